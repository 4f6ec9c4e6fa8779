"""Whatever form a table comes in: its content picks the reader."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from ibis.backends import BaseBackend

from segmentlab.transactions.sources import excel, parquet, text
from segmentlab.transactions.sources.raw import Raw

Used = TypeVar("Used")


def read(
    path: Path,
    form: text.TextChoices,
    sheets: Sequence[str] | None,
    engine: BaseBackend,
    use: Callable[[Raw], Used],
) -> Used:
    """Use the file or folder as a table."""
    if parquet.is_parquet(path):
        return parquet.read(path, engine, use)
    if excel.is_workbook(path):
        return use(excel.read(path, sheets, engine))
    return text.read(path, form, engine, use)
