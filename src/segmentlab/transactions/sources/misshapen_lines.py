"""Lines of a text that are no rows: too many or too few cells, or a quotation that never ends."""

from collections.abc import Callable
from typing import Final

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

NOT_UTF_8: Final = "INVALID ENCODING"  # DuckDB's word for it


def apart(
    read: Callable[..., ir.Table], engine: BaseBackend, error: duckdb.Error
) -> tuple[ir.Table, pd.DataFrame]:
    """The lines that are rows, as a table of the engine, and the others: `line`, `reason` and `text`.

    `error` is what DuckDB said when it met the first; it is raised again where there turns out to be none.
    """
    if _is_about_bytes(str(error)):
        raise UnicodeError(str(error)) from error
    found = ibis.util.gen_name("rejects")
    rows = read(store_rejects=True, rejects_table=found, rejects_scan=f"{found}_scan")
    table = engine.create_table(ibis.util.gen_name("rows"), rows, temp=True)
    rejects = engine.table(found).select("line", "error_type", reason="error_message", text="csv_line")
    # Two threads may both have met a line.
    lines: pd.DataFrame = rejects.distinct(on="line").order_by("line").to_pandas()
    if lines.empty:
        raise error
    if lines["error_type"].eq(NOT_UTF_8).any():
        raise UnicodeError(str(error)) from error
    return table, lines.drop(columns="error_type")


def _is_about_bytes(said: str) -> bool:
    return "unicode" in said.lower() or "utf-8" in said.lower()
