"""Delta tables by their log: the files that were added and not removed, and a refusal of all the rest.

The log is a JSON file a commit. What it may say beyond adding and removing files (deletion vectors, names of
columns that are mapped, later protocols) changes what a file means, so a table that uses it is refused.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from segmentlab.errors import DataError

DELTA_LOG: Final = "_delta_log"
COMMIT_NAME: Final = re.compile(r"\d{20}\.json")
READER_VERSION: Final = 1
NULL_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"

Action = Mapping[str, Any]


@dataclass(frozen=True)
class DeltaTable:
    """The files that the last version of a table consists of, and those that say so."""

    files: tuple[Path, ...]
    log: tuple[Path, ...]


def read_delta_log(folder: Path) -> DeltaTable:
    """Play the commits in their order."""
    log = sorted(path for path in (folder / DELTA_LOG).iterdir() if COMMIT_NAME.fullmatch(path.name))
    versions = [int(path.stem) for path in log]
    if versions != list(range(len(log))) or not log:
        raise _refuse(folder, "its log does not begin at version 0, or lacks a version")
    live: dict[str, Action] = {}
    for action in _read_actions(folder, log):
        _check_known(folder, action)
        if "add" in action:
            live[action["add"]["path"]] = action["add"]
        elif "remove" in action:
            live.pop(action["remove"]["path"], None)
    if not live:
        raise DataError(f"{folder}: a Delta table without a row. Point data.path at one with transactions.")
    return DeltaTable(tuple(sorted(_find_file(folder, add) for add in live.values())), tuple(log))


def _read_actions(folder: Path, log: list[Path]) -> Iterator[Action]:
    for path in log:
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                action = json.loads(line) if line.strip() else {}
            except json.JSONDecodeError as error:
                raise _refuse(folder, f"{path.name} of its log is no JSON ({error})") from error
            if not isinstance(action, dict):
                raise _refuse(folder, f"{path.name} of its log holds what is no action")
            yield action


def _check_known(folder: Path, action: Action) -> None:
    """Refuse whatever makes a file mean something else than its rows."""
    if action.get("protocol", {}).get("minReaderVersion", READER_VERSION) > READER_VERSION:
        raise _refuse(folder, "it asks for a later reader (column mapping, deletion vectors or more)")
    if action.get("metaData", {}).get("configuration", {}).get("delta.columnMapping.mode", "none") != "none":
        raise _refuse(folder, "its columns have other names in the files")
    if action.get("add", {}).get("deletionVector") is not None:
        raise _refuse(folder, "single rows of its files are deleted by vectors")


def _find_file(folder: Path, add: Action) -> Path:
    """The file of an action; what its folders are called has to be what the log says of its partition."""
    inside = unquote(add["path"])
    path = folder / inside
    if not path.resolve().is_relative_to(folder.resolve()) or "://" in inside:
        raise _refuse(folder, f"it holds files elsewhere: {inside}")
    if not path.is_file():
        raise DataError(
            f"{path}: the Delta table holds this file, and it is not there. Copy the whole folder."
        )
    told = {name: NULL_PARTITION if value is None else value for name, value in _list_partition(add)}
    shown = dict(part.split("=", 1) for part in map(unquote, Path(inside).parts[:-1]) if "=" in part)
    if told != shown:
        raise _refuse(folder, "the folders of its partitions are not named after their values")
    return path


def _list_partition(add: Action) -> list[tuple[str, str | None]]:
    return list((add.get("partitionValues") or {}).items())


def _refuse(folder: Path, why: str) -> DataError:
    return DataError(
        f"{folder}: a Delta table that is not read: {why}. Export what it holds as Parquet and point "
        "data.path at that; all files of the folder together would hold deleted lines as well."
    )
