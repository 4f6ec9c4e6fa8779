"""The laws of a folder of choices: every file in it is an option that can be built and says what it is."""

from collections.abc import Mapping, Sequence
from typing import Final

from segmentlab.lab.config import (
    build_data_rules,
    build_engine,
    build_plan,
    build_source,
    compose_setup,
    list_groups,
    write_help,
)
from segmentlab.transactions import CleaningRule

# What an option can't be composed without. Nothing is read, but a file of labels has to be there.
NEEDED_CHOICES: Final = {
    "data=file": ("data.path=somewhere.parquet",),
    "model=given_labels": (f"model.path={__file__}",),
}


def check_option(group: str, option: str, choices: Sequence[str] = ()) -> None:
    """An option composes, names classes that may be built, and is built.

    Args:
        group: Such as `features`.
        option: The name of its file, without `.yaml`.
        choices: What else has to be chosen for it, as on the command line.
    """
    needed = NEEDED_CHOICES.get(f"{group}={option}", ())
    setup = compose_setup([f"{group}={option}", *needed, *choices])
    assert build_plan(setup.config).model is not None
    assert hasattr(build_source(setup.config), "read"), f"data={option} has no method read"
    assert hasattr(build_engine(setup.config), "connect"), f"engine={option} has no method connect"


def check_scored_option(option: str, command: str, choices: Sequence[str] = ()) -> Mapping[str, CleaningRule]:
    """Whatever is learnt from can be scored and watched; the rules that the data brings are handed back."""
    needed = NEEDED_CHOICES.get(f"data={option}", ())
    config = compose_setup([f"data={option}", *needed, *choices], command).config
    assert hasattr(build_source(config), "read"), f"data={option} has no method read"
    return build_data_rules(config)


def check_headline(group: str, option: str) -> None:
    """The first comment of the file says what the option is, for whoever asks for --help."""
    assert group in list_groups("run"), f"there is no group '{group}'"
    lines = write_help("run").split(f"\n  {group}\n")[1].splitlines()
    first = next(number for number, line in enumerate(lines) if line.split()[:1] == [option])
    told = " ".join(lines[first : first + 2]).replace("(yours)", "")  # a long name has its line
    assert len(told.split()) > 3, f"{group}/{option}.yaml begins with no comment"
