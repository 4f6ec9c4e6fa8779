"""`--help`, read from the configuration files themselves: an option's first line says what it is."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from segmentlab.lab.config.folders import (
    find_config,
    is_users_own,
    list_conf_folders,
    list_options,
    list_overlays,
)
from segmentlab.lab.config.options import list_groups
from segmentlab.lab.config.start import write_start

WIDTH = 80  # of the narrowest terminal that is in use
OWN_MARK = "(yours)"
COMMENTED_VALUE = re.compile(r"^(?P<indent> *)(?P<key>\w+):\s*(?P<value>[^#]*?)\s*(?:#\s*(?P<comment>.*))?$")


def write_command_list(commands: Sequence[str]) -> str:
    """What each command is for, and how one goes on from here."""
    lines = ["segmentlab <command> [group=option] [parameter=value] ...", ""]
    for command in commands:
        lines += _format_row(command, _read_headline(find_config(command)), indent=2, column=10)
    return "\n".join([*lines, "", "segmentlab <command> --help lists the choices that a command has.", ""])


def write_help(command: str) -> str:
    """The whole help page of one command."""
    config = find_config(command)
    choices = "[group=option] " if list_groups(command) else ""
    lines = [f"{write_start(command)} {choices}[parameter=value] ...", "", *_wrap(_read_headline(config))]
    if choices:
        lines += _describe_choices(command)
    lines += ["", "Parameters:", "", *_format_rows(_list_parameters(config)), ""]
    if "model" in list_groups(command):
        lines += ["Several at once:  -m model.n_clusters=3,4,5"]
    lines += ["Look, don't run:  --cfg job"]
    if choices:
        lines += ["An option's own parameters: <group>.<parameter>=value, as --cfg job shows them."]
    return "\n".join([*lines, ""])


def _describe_choices(command: str) -> list[str]:
    combines = "; features=[a,b] combines sets" if "features" in list_groups(command) else ""
    lines = ["", f"Groups (group=option{combines}):"]
    for group in list_groups(command):
        lines += [
            "",
            f"  {group}",
            *_format_rows(map(_describe_file, list_options(group))),
        ]
    if "model" in list_groups(command) and list_overlays():  # an experiment is a run
        lines += [
            "",
            "Experiments (experiment=number):",
            "",
            *_format_rows(map(_describe_file, list_overlays())),
        ]
    return [*lines, *_describe_own_folder()]


def _describe_file(path: Path) -> tuple[str, str]:
    """The name of an option or overlay and what it is; those of the user are marked."""
    return path.stem, (f"{OWN_MARK} " if is_users_own(path) else "") + _read_headline(path)


def _describe_own_folder() -> list[str]:
    own = [str(folder) for folder in list_conf_folders() if is_users_own(folder)]
    if not own:
        return []
    return ["", f"{OWN_MARK}: from {own[0]},", "which wins over an option of the same name."]


def _read_headline(path: Path) -> str:
    """The first comment; Hydra wants its own `@package` line before it."""
    with path.open(encoding="utf-8") as stream:
        comments = (line.removeprefix("#").strip() for line in stream if line.startswith("#"))
        return next((comment for comment in comments if not comment.startswith("@")), "")


def _format_rows(pairs: Iterator[tuple[str, str]]) -> list[str]:
    return [line for pair in pairs for line in _format_row(*pair)]


def _format_row(name: str, text: str, indent: int = 4, column: int = 22) -> list[str]:
    """The name, and beside it what it is; below it where the name needs the room."""
    head = " " * indent + name
    lines = _wrap(text, indent + column + 1)
    if len(name) > column:
        return [head, *lines]
    return [head + lines[0][len(head) :], *lines[1:]] if lines else [head]


def _wrap(text: str, indent: int = 0) -> list[str]:
    """Lines that fit; a word is never cut, for it may be there to be copied."""
    blank = " " * indent
    return textwrap.wrap(
        text, WIDTH, initial_indent=blank, subsequent_indent=blank,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _list_parameters(path: Path) -> Iterator[tuple[str, str]]:
    """`evaluate.sample=10000` and its comment, for every commented value outside Hydra's own section."""
    section = ""
    for line in path.read_text(encoding="utf-8").split("\nhydra:")[0].splitlines():
        found = COMMENTED_VALUE.match(line)
        if found is None:
            continue
        key, value, comment = found["key"], found["value"], found["comment"]
        if not value:
            section = key
        elif comment:
            name = f"{section}.{key}" if found["indent"] else key
            yield (name if "$" in value else f"{name}={value}"), comment
