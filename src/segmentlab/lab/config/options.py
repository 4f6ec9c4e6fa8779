"""Which options a command offers, which of them were chosen, and which parameters each has."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from segmentlab.lab.config.folders import find_config, list_options, list_overlays


class Option(NamedTuple):
    """One option of a group; as a text it is what somebody types."""

    group: str
    name: str

    def __str__(self) -> str:
        return f"{self.group}={self.name}"


def list_groups(command: str) -> list[str]:
    """The config groups that a command chooses from: those that its defaults name."""
    named = _list_named_groups(find_config(command).read_text(encoding="utf-8"))
    return sorted(name for name in named if list_options(name))


def list_parameters(command: str) -> set[str]:
    """The parameters that a command has whatever is chosen, dotted."""
    return set(_list_keys(read_values(command)))


def list_option_parameters(command: str) -> dict[Option, set[str]]:
    """The parameters of every option of every group, dotted."""
    options = [Option(group, path.stem) for group in list_groups(command) for path in list_options(group)]
    return {option: set(_list_keys(read_option_values(option))) for option in options}


def list_default_options(command: str) -> dict[str, list[str]]:
    """The options of each group without a word of the user."""
    return _read_choices(find_config(command))


def list_chosen_options(command: str, typed: Sequence[str]) -> list[Option]:
    """The options that were typed, those that a typed overlay chooses, and else those of the command."""
    chosen = list_default_options(command)
    words = dict(word.lstrip("+").partition("=")[::2] for word in typed)
    for overlay in list_overlays():
        if overlay.stem in words.get("experiments", "").split(","):
            chosen |= _read_choices(overlay)
    return [
        Option(group, name)
        for group, names in chosen.items()
        for name in re.findall(r"[\w-]+", words.get(group, ",".join(names)))
    ]


def read_values(command: str) -> dict[str, Any]:
    """What a command's own file says, beside the options that it chooses."""
    values = _read_file(find_config(command))
    return {key: value for key, value in values.items() if key not in ("defaults", "hydra")}


def read_option_values(option: Option) -> dict[str, Any]:
    """What an option's file says, from the top; nothing of an option that is not there."""
    path = {path.stem: path for path in list_options(option.group)}.get(option.name)
    if path is None:
        return {}
    is_global = "@package _global_" in path.read_text(encoding="utf-8")
    return _read_file(path) if is_global else {option.group: _read_file(path)}


def _read_choices(path: Path) -> dict[str, list[str]]:
    """The options that a file's defaults choose, and those of the overlays that it begins with."""
    chosen: dict[str, list[str]] = {}
    for entry in _read_file(path).get("defaults", []):
        if isinstance(entry, dict):
            for key, value in entry.items():
                names = value if isinstance(value, list) else [value]
                chosen[key.removeprefix("override ").lstrip("/")] = [str(name) for name in names if name]
        elif (base := path.parent / f"{entry}.yaml").is_file():
            chosen |= _read_choices(base)
    return chosen


def _list_keys(node: object, prefix: str = "") -> Iterator[str]:
    if not isinstance(node, dict):
        return
    for key, child in node.items():
        if key in ("_target_", "_args_"):
            continue
        dotted = f"{prefix}.{key}" if prefix else str(key)
        yield dotted
        yield from _list_keys(child, dotted)


def _read_file(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {}


@lru_cache(maxsize=8)
def _list_named_groups(text: str) -> frozenset[str]:
    """The groups that the defaults of such a file name."""
    defaults = yaml.safe_load(text)["defaults"]
    return frozenset(name for entry in defaults if isinstance(entry, dict) for name in entry)
