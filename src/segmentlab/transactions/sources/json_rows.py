"""JSON, an array of objects or one object a line: every value as text, as it is written."""

import codecs
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import duckdb
import ibis
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, simplify_column
from segmentlab.transactions.sources.encoding import (
    UTF_8,
    find_compression,
    guess_encoding,
    read_head,
    rewrite_as_utf8,
    unpack,
)
from segmentlab.transactions.sources.raw import RawTable

JSON_START: Final = re.compile(rb"(\xef\xbb\xbf)?\s*(\[\s*)?\{\s*[\"}]")
PARTS_HAVE: Final = ("quantity", "unit_price", "line_total")
WHOLE_ID: Final = "order.id"
BARE_JSON: Final = re.compile(rb"(\xef\xbb\xbf)?\s*[\[{]")
JSON_ENDINGS: Final = (".json", ".jsonl", ".ndjson")
EXPECTED: Final = "Expected an array of objects, or one object a line, each of them a line of the log"


def is_json(path: Path) -> bool:
    """By its first characters, which no table of text begins with."""
    return JSON_START.match(read_head(path).replace(b"\0", b"").lstrip(b"\xff\xfe")) is not None


def refuse_other_json(path: Path, name: Path) -> None:
    """What is JSON by its name and its first character, and holds no object, is no text in columns either."""
    if path.suffix.lower() in JSON_ENDINGS and BARE_JSON.match(read_head(path)):
        raise DataError(f"{name}: not readable as JSON (it holds no objects). {EXPECTED}.")


def read_json(path: Path, engine: BaseBackend, name: Path) -> RawTable:
    """The objects as rows; what stands within another (`customer: {id: 7}`) is the column `customer.id`."""
    with TemporaryDirectory(prefix="segmentlab-") as scratch:
        readable = path
        if find_compression(path) != "none":
            readable = unpack(path, Path(scratch) / "unpacked.json")
        encoding = guess_encoding(readable)
        if encoding != UTF_8 or read_head(readable).startswith(codecs.BOM_UTF8):
            plain = Path(scratch) / "utf8.json"
            rewrite_as_utf8(readable, plain, "utf-8-sig" if encoding == UTF_8 else encoding)
            readable = plain
        try:
            return _read_objects(readable, engine, name)
        except duckdb.Error as error:
            told = str(error).replace(str(readable), str(name)).splitlines()[0]
            raise DataError(f"{name}: not readable as JSON ({told}). {EXPECTED}.") from error


def _read_objects(readable: Path, engine: BaseBackend, name: Path) -> RawTable:
    quoted = str(readable).replace("'", "''")
    source = f"read_json_objects('{quoted}', format = 'auto')"
    asked = f"SELECT count(*), json_group_structure(json) FROM {source}"  # noqa: S608  (quoted above)
    rows, shape = engine.con.execute(asked).fetchone()
    structure = json.loads(shape) if shape else {}
    if not isinstance(structure, dict):
        raise DataError(f"{name}: JSON that holds no objects. {EXPECTED}.")
    lists = [key for key, kind in structure.items() if isinstance(kind, list)]
    if rows == 1 and lists:
        raise DataError(
            f"{name}: one object, with lists in {', '.join(map(repr, lists))}. {EXPECTED}: write the list "
            "alone to a file."
        )
    within = [key for key in lists if _holds_objects(structure[key])]
    whole = (
        structure if len(within) != 1 else {key: kind for key, kind in structure.items() if key != within[0]}
    )
    cells = _list_cells(whole, "json", name, rename=len(within) == 1)
    note = f"; lists are left as text: {', '.join(map(repr, lists))}" if lists else ""
    if len(within) == 1:
        (key,) = within
        cells += _list_cells(structure[key][0], "item", name, above=f"{key}.")
        path = _write_path((key,), name)
        source = f"(SELECT json, unnest(json_extract(json, '{path}[*]')) AS item FROM {source})"  # noqa: S608
        note = f", each element of their '{key}' is a row"
    table = ibis.util.gen_name("json")
    engine.raw_sql(f'CREATE TEMP TABLE "{table}" AS SELECT {", ".join(cells)} FROM {source}')  # noqa: S608
    return RawTable(engine.table(table), (f"JSON, {rows:,} objects{note}.",), 1, place="object")


def _holds_objects(kind: object) -> bool:
    return isinstance(kind, list) and bool(kind) and isinstance(kind[0], dict) and bool(kind[0])


def _list_cells(
    structure: Mapping[str, Any], of: str, name: Path, above: str = "", *, rename: bool = False
) -> list[str]:
    """What gives each column; a total and an id of the whole are none of its parts, and are renamed."""
    cells = []
    for path in _list_paths(structure):
        column = above + ".".join(path)
        if rename and any(simplify_column(path[-1]) in COLUMN_ALIASES[ours] for ours in PARTS_HAVE):
            column = f"{column} of the whole"
        elif rename and path == ("id",):
            column = WHOLE_ID
        cells.append(f"""{of} ->> '{_write_path(path, name)}' AS "{column}\"""")
    return cells


def _list_paths(structure: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, kind in structure.items():
        if isinstance(kind, dict) and kind:
            yield from _list_paths(kind, (*above, key))
        else:
            yield (*above, key)


def _write_path(path: tuple[str, ...], name: Path) -> str:
    odd = [key for key in path if '"' in key or "\\" in key or not key]
    if odd:
        raise DataError(f"{name}: the key {odd[0]!r} can't be the name of a column. Rename it.")
    return "$" + "".join(f'."{key}"' for key in path).replace("'", "''")
