"""Our own dataclasses as plain data, and back: nothing that is read can run.

Fields are JSON, arrays `.npy` and frames Parquet, in one zip archive. A class stands there by its short
name, and the reader says which names it takes. The same values give the same bytes, so a digest of the bytes
is a name for the values.
"""

import dataclasses
import json
from collections.abc import Collection, Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentlab.errors import SegmentLabError, StoreError
from segmentlab.lab.names import RECIPE_PARTS, UnknownNameError, find_class, find_name, read_name
from segmentlab.lab.tracking.scorer_file import OTHER_VERSION, check_digest

if TYPE_CHECKING:
    from segmentlab.flow import Recipe


TREE_FILE: Final = "tree.json"


class NotPlainError(TypeError):
    """A value that would not come back as it was."""


def pack(value: object) -> bytes:
    """A dataclass, or a collection of them, with all that it holds."""
    target = BytesIO()
    pack_into(target, value)
    return target.getvalue()


def pack_into(target: BinaryIO, value: object) -> None:
    """The same, into a file."""
    with ZipFile(target, "w") as archive:
        tree = _Writer(archive).write_value(value)
        _add_file(archive, TREE_FILE, json.dumps(tree).encode())


def unpack(data: bytes, names: Collection[str]) -> Any:  # noqa: ANN401  (whatever was written)
    """What `pack` was given, if its classes have these names or are a plug-in's."""
    with ZipFile(BytesIO(data)) as archive:
        return _Reader(archive, names).read_value(json.loads(archive.read(TREE_FILE)))


class _Writer:
    """Turns values into what JSON knows; arrays and frames become files of their own."""

    def __init__(self, archive: ZipFile) -> None:
        self.archive = archive

    def write_value(self, value: object) -> object:
        """JSON's own values as they are; everything else as an object with one key, its kind."""
        match value:
            case None | bool() | int() | float() | str():
                return value
            case list() | tuple():
                return {type(value).__name__: [self.write_value(item) for item in value]}
            case Mapping():
                return {
                    "mapping": [
                        [self.write_value(key), self.write_value(item)] for key, item in value.items()
                    ]
                }
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            given = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
            return {
                "object": [
                    _find_class_name(type(value)),
                    {name: self.write_value(item) for name, item in given.items()},
                ]
            }
        return self._write_leaf(value)

    def _write_leaf(self, value: object) -> dict[str, object]:
        """What holds no further value of ours."""
        if type(value) is date:  # a timestamp is a date as well, and more than that
            return {"date": value.isoformat()}
        match value:
            case np.ndarray() if not value.dtype.hasobject:
                return {"array": self._write_array(value)}
            case pd.DataFrame():
                return {"frame": self._write_frame(value)}
            case pd.Series():
                return {"series": [value.name, self._write_frame(value.to_frame("value"))]}
        raise NotPlainError(f"{type(value).__name__} is no dataclass, number, text, date, array or frame.")

    def _write_array(self, array: np.ndarray[Any, Any]) -> str:
        content = BytesIO()
        np.save(content, array, allow_pickle=False)
        return self._write_file(content.getvalue(), "npy")

    def _write_frame(self, frame: pd.DataFrame) -> str:
        """A frame that Parquet would bring back otherwise is refused here, where it can still be told."""
        try:
            content: bytes = frame.to_parquet()
            same = pd.read_parquet(BytesIO(content)).equals(frame)
        except pa.ArrowException as error:
            raise NotPlainError(f"Parquet does not take a frame: {error}") from error
        if not same:
            raise NotPlainError(f"Parquet changes a frame with the columns {', '.join(map(str, frame))}.")
        return self._write_file(content, "parquet")

    def _write_file(self, content: bytes, ending: str) -> str:
        name = f"{len(self.archive.namelist())}.{ending}"
        _add_file(self.archive, name, content)
        return name


class _Reader:
    """Turns the tree back into values."""

    def __init__(self, archive: ZipFile, names: Collection[str]) -> None:
        self.archive = archive
        self.names = names

    def read_value(self, node: Any) -> Any:  # noqa: ANN401  (whatever was written)
        """The value of a node and of all below it."""
        match node:
            case {"list": items}:
                return [self.read_value(item) for item in items]
            case {"tuple": items}:
                return tuple(self.read_value(item) for item in items)
            case {"mapping": pairs}:
                return {self.read_value(key): self.read_value(item) for key, item in pairs}
            case {"object": [name, given]}:
                return self._find_class(name)(**{key: self.read_value(item) for key, item in given.items()})
        return self._read_leaf(node)

    def _read_leaf(self, node: Any) -> Any:  # noqa: ANN401  (whatever was written)
        match node:
            case {"date": text}:
                return date.fromisoformat(text)
            case {"array": name}:
                return np.load(self._read_file(name), allow_pickle=False)
            case {"frame": name}:
                return pd.read_parquet(self._read_file(name))
            case {"series": [name, values]}:
                return pd.read_parquet(self._read_file(values))["value"].rename(name)
        return node

    def _read_file(self, name: str) -> BytesIO:
        return BytesIO(self.archive.read(name))

    def _find_class(self, stored: str) -> type:
        """The dataclass that a file means."""
        name = read_name(stored, self.names)
        found = find_class(name)
        if not (isinstance(found, type) and dataclasses.is_dataclass(found)):
            raise NotPlainError(f"{name} is no dataclass.")
        return found


def _find_class_name(kind: type) -> str:
    name = find_name(f"{kind.__module__}:{kind.__qualname__}")
    if name is None:
        raise NotPlainError(
            f"{kind.__qualname__} of {kind.__module__} has no name to be stored by: give it one in STORED of "
            "your plug-in, or for a class of SegmentLab in lab/names/released.py."
        )
    return name


def _add_file(archive: ZipFile, name: str, content: bytes) -> None:
    archive.writestr(ZipInfo(name), content)  # a ZipInfo of its own has no clock in it


def dump_recipe(recipe: "Recipe") -> bytes:
    """The recipe as bytes that `load_recipe_file` will take."""
    try:
        data = pack(recipe)
        unpack(data, RECIPE_PARTS)
    except (NotPlainError, UnknownNameError) as error:
        raise StoreError(
            f"The recipe of this model can't be stored: {error} Rules of cleaning and feature sets are "
            "frozen dataclasses of plain values."
        ) from error
    return data


def load_recipe_file(path: Path, digest: str) -> "Recipe":
    """Read a recipe back, if the file is the one with that digest."""
    data = path.read_bytes()
    check_digest(data, digest, path)
    try:
        recipe: Recipe = unpack(data, RECIPE_PARTS)
    except UnknownNameError as error:
        raise StoreError(f"The recipe '{path}' holds {error}. {OTHER_VERSION}") from error
    except SegmentLabError:  # some of them are a ValueError too
        raise
    except (BadZipFile, LookupError, TypeError, ValueError) as error:
        raise StoreError(f"The recipe '{path}' can't be read here ({error}). {OTHER_VERSION}") from error
    return recipe
