"""Where a run comes from: its choices, its code, and the packages that decide the numbers."""

import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any, Final

import yaml
from omegaconf import OmegaConf

from segmentlab import __version__
from segmentlab.evaluation import NOT_GIVEN
from segmentlab.flow import Provenance
from segmentlab.lab.config import CREDENTIAL_MARKS, IN_CHECKOUT, ROOT, Setup, find_option, write_start
from segmentlab.redaction import redact_values

RECORDED_LIBRARIES = ("duckdb", "ibis-framework", "numpy", "pandas", "scikit-learn", "scipy")
# What decides no number, or is a hundred phrases of which the option is a parameter: config.yaml has it.
UNTOLD: Final = {"names", "look", "profile", "report"}
# Groups of which the option says all: a value of theirs is a parameter where it is not the option's own.
# The others' values stay, for what an option stands for changes with versions, and runs are compared by it.
TOLD_BY_OPTION: Final = ("engine", "view", "evaluate")
TOLD_ANYWAY: Final = {"as_of", "evaluate.holdout_days"}  # runs are compared within one day and one horizon
NAMING_GROUPS = (
    "engine",
    "data",
    "cleaning",
    "features",
    "outliers",
    "one_time",
    "prepare",
    "projection",
    "model",
    "view",
    "names",
    "tune",
    "evaluate",
)


def collect_provenance(setup: Setup) -> Provenance:
    """Everything that decides the result, without addresses that may hold a password."""
    settings = OmegaConf.to_container(setup.config, resolve=True)
    assert isinstance(settings, dict)
    for place in ("tracking", "cache", "cache_folder", "log_copies", "history", "log"):
        del settings[place]
    settings["tune"].pop("storage", None)
    if CREDENTIAL_MARKS.search(str(settings["data"].get("url"))):
        del settings["data"]["url"]
    settings = redact_values(settings)
    choices = _collect_choices(setup)
    decisive = (*RECORDED_LIBRARIES, "pyspark") if choices["engine"] == "spark" else RECORDED_LIBRARIES
    return Provenance(
        choices=choices,
        parameters=_list_parameters(settings, choices),
        config=OmegaConf.to_yaml(OmegaConf.create(settings)),
        command=write_command(setup),
        code=_find_code_version(),
        versions={"python": sys.version.split()[0], **{package: version(package) for package in decisive}},
    )


def write_command(setup: Setup) -> str:
    """What was typed, as it can be typed again."""
    return " ".join([write_start(setup.command), *map(shlex.quote, setup.public)])


def _collect_choices(setup: Setup) -> dict[str, str]:
    """The option of each group; several feature sets are named together."""
    named = {**setup.choices, "features": ",".join(map(str, setup.config.features))}
    return {group: named[group] for group in NAMING_GROUPS}


def _list_parameters(settings: Mapping[Any, object], choices: Mapping[str, str]) -> dict[str, str]:
    """The values that tell runs apart, few enough to be looked through."""
    values = dict(_flatten_values({key: value for key, value in settings.items() if key not in UNTOLD}))
    own = dict(_flatten_values({group: _read_option(group, choices[group]) for group in TOLD_BY_OPTION}))
    return {
        key: value
        for key, value in values.items()
        if key in TOLD_ANYWAY or (value not in NOT_GIVEN and value != own.get(key))
    }


def _read_option(group: str, name: str) -> object:
    """What is written in the file of an option."""
    return yaml.safe_load(find_option(group, name).read_text(encoding="utf-8"))


def _flatten_values(node: object, prefix: str = "") -> Iterator[tuple[str, str]]:
    """`model.n_clusters` for nested values; a list is one value."""
    if isinstance(node, Mapping):
        for key, child in node.items():
            yield from _flatten_values(child, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, str(node)


def _find_code_version() -> str:
    """The commit, marked when the working tree differs from it; the package's version without a checkout."""
    if not IN_CHECKOUT:
        return __version__
    describe = ["git", "-C", str(ROOT), "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    try:
        commit = subprocess.run(describe, capture_output=True, text=True, check=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.SubprocessError):
        return __version__
    return f"{__version__}+{commit.stdout.strip()}"
