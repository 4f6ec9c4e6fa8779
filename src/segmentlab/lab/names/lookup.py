"""From a class to its short name and back.

No name leads to anything but what `released` says, a feature set of ours, or what a plug-in registered, so a
file can't make anybody import what was not chosen to be stored.
"""

import importlib
import re
from collections.abc import Collection, Mapping
from functools import cache
from typing import Any, Final

from segmentlab.lab.names.plugins import find_plugin_name, find_plugin_place
from segmentlab.lab.names.released import PATHS_OF_0_1_0, PLACES

_NAMES: Final = {place: name for name, place in PLACES.items()}
_PATH: Final = re.compile(r"\bsegmentlab(?:\.\w+)+")
# A feature set is one Python file and one YAML: until it is released it is stored by its path.
_NEW_SET: Final = re.compile(r"(segmentlab\.features\.[a-z]\w*)\.([A-Z]\w*)")


class UnknownNameError(LookupError):
    """A stored name that leads to no class here. Its text reads on after `The file ... holds`."""

    def __init__(
        self, name: str, reason: str = "a name that neither this SegmentLab nor a plug-in knows"
    ) -> None:
        super().__init__(f"'{name}', {reason}")


def find_name(place: str, among: Collection[str] = PLACES) -> str | None:
    """The short name of what stands at `package.module:Class`, if it has one among these or a plug-in's."""
    name = _NAMES.get(place)
    if name is not None:
        return name if name in among else None
    path = place.replace(":", ".")
    return path if _NEW_SET.fullmatch(path) else find_plugin_name(place)


def read_name(stored: str, among: Collection[str]) -> str:
    """The short name that a file means, which may be the path that an earlier version wrote.

    `among` are the released names that may stand in such a file. Plug-ins and feature sets that are not
    released yet may stand in any.
    """
    name = PATHS_OF_0_1_0.get(stored, stored)
    if name in among or _NEW_SET.fullmatch(name) or find_plugin_place(name) is not None:
        return name
    raise UnknownNameError(stored)


def find_place(name: str) -> tuple[str, str]:
    """The module that a class is in today, and what it is called there."""
    new = _NEW_SET.fullmatch(name)
    if new is not None:
        return new[1], new[2]
    place = PLACES.get(name) or find_plugin_place(name)
    if place is None:
        raise UnknownNameError(name)
    module, _, own = place.partition(":")
    return module, own


def find_current_path(path: str) -> str:
    """Where a class is today that an earlier version knew under that path; other paths stay as they are.

    >>> from segmentlab.lab.names import find_current_path
    >>> find_current_path("segmentlab.modelling.preparation.log.SignedLog")
    'segmentlab.modelling.preparation.SignedLog'
    """
    name = PATHS_OF_0_1_0.get(path)
    return path if name is None else ".".join(find_place(name))


def find_class(name: str) -> Any:  # noqa: ANN401  (a class, or a function of scikit-learn's)
    """What a short name stands for. What a module only imported is none of its own: `own_plugin.os`."""
    module, own = find_place(name)
    try:
        found = getattr(importlib.import_module(module), own)
    except (ImportError, AttributeError) as error:
        raise UnknownNameError(name, f"whose class can't be loaded here ({error})") from error
    if getattr(found, "__module__", None) != module:
        raise UnknownNameError(name, f"which is not defined in {module}")
    return found


def replace_paths(text: str) -> str:
    """The text with the path of every class that has a name, today's or an earlier version's, replaced by it.

    So what two versions logged of the same choice is the same.

    >>> from segmentlab.lab.names import replace_paths
    >>> replace_paths("segmentlab.modelling.preparation.log.SignedLog")
    'signed_log'
    """
    return _PATH.sub(lambda found: _list_paths().get(found[0], found[0]), text)


@cache
def _list_paths() -> Mapping[str, str]:
    """Every way to write a class: where it is, as its room hands it on, and as earlier versions wrote it."""
    paths = dict(PATHS_OF_0_1_0)
    for name, place in PLACES.items():
        module, _, own = place.partition(":")
        room = ".".join(module.split(".")[:2])
        paths |= {f"{module}.{own}": name, f"{room}.{own}": name}
    return paths
