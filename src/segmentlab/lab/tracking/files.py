"""Writes what a run leaves as files, tables so that they are safe to open in a spreadsheet."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from errno import EIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from segmentlab.flow import Document, Figure, Item, Picture, Table, Text
from segmentlab.lab.config import create_private_file
from segmentlab.redaction import redact_known

if TYPE_CHECKING:
    import pandas as pd


def write_items(items: Iterable[Item], folder: Path, *, figures: bool = True) -> None:
    """Write tables, texts and figures below the folder, each under its own path; other items are no files.

    Without `figures` these are left out: a page shows them, and a folder for people stays short.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for item in items:
        match item:
            case Table(path, frame, encoding):
                with _drafted(folder / path) as draft:
                    if "customer_id" in (*frame.columns, frame.index.name):
                        create_private_file(draft)  # single customers are for the owner of the run alone
                    write_table(frame, draft, encoding)
            case Document(path, content):
                with _drafted(folder / path) as draft:
                    draft.write_bytes(content)
            case Text(path, content):
                with _drafted(folder / path) as draft:
                    draft.write_text(redact_known(content), encoding="utf-8")
            case Figure(picture) if figures:
                with _drafted(folder / "figures" / f"{picture.name}.png") as draft:
                    _write_figure(picture, draft)


@contextmanager
def _drafted(path: Path) -> Iterator[Path]:
    """A file that gets its name when it is whole: who looks at a page meanwhile sees the last one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".draft-{path.name}")
    draft.unlink(missing_ok=True)
    try:
        with name_file(path):
            yield draft
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def name_file(path: Path) -> Iterator[None]:
    """An error of the block names the file that it is about: a full disk does not do so by itself."""
    try:
        yield
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(error.errno or EIO, error.strerror or str(error), str(path)) from error


def _write_figure(picture: Picture, path: Path) -> None:
    """As it can be pasted; a page has it to hover over, and the library once for all figures."""
    from segmentlab.report import paint_png

    path.write_bytes(paint_png(picture.figure, title=picture.title))


# A spreadsheet runs a cell that begins with one of these as a formula, whoever wrote it there.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
AMOUNT = re.compile(r"-[\d,]+\.\d\d")  # money below zero, as people write it, is a number and no formula

Cell = TypeVar("Cell")


def write_table(frame: "pd.DataFrame", path: Path, encoding: str = "utf-8") -> None:
    """Write CSV or Parquet, as the ending of the path says. A named index becomes a column."""
    table = frame.reset_index(drop=frame.index.name is None)
    if path.suffix == ".parquet":
        table.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        defuse_table(table).to_csv(path, index=False, encoding=encoding)
    else:
        raise ValueError(f"A table is kept as .csv or .parquet, not as '{path.name}'.")


def defuse_table(table: "pd.DataFrame") -> "pd.DataFrame":
    """The table with an apostrophe before every text a spreadsheet would run; numbers stay as they are."""
    safe = table.copy()
    for name in table.select_dtypes(include=["object", "str", "category"]):
        if table[name].dtype != "str" or table[name].str.startswith(FORMULA_STARTS).any():
            safe[name] = table[name].astype(object).map(_defuse_cell)
    return safe.rename(columns=_defuse_cell)


def _defuse_cell(cell: Cell) -> Cell | str:
    runs = isinstance(cell, str) and cell.startswith(FORMULA_STARTS) and not AMOUNT.fullmatch(cell)
    return f"'{cell}" if runs else cell
