"""From an engine to pandas: tables of customers, which may be many millions of rows."""

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa


def fetch(table: ir.Table) -> pd.DataFrame:
    """The rows of a table, in memory of their own.

    A column of text is a window into the engine's answer, and holds all of it, every number included, for
    as long as it lives. With ten million customers that is a gigabyte for each table. So text is copied.

    Example:
        >>> import ibis
        >>> from segmentlab.transactions import fetch
        >>> fetch(ibis.memtable({"customer_id": ["a", "b"], "orders": [3, 1]}))
          customer_id  orders
        0           a       3
        1           b       1
    """
    frame: pd.DataFrame = table.to_pandas()
    texts: list[str] = list(frame.select_dtypes("str"))
    for name in texts:
        text = pa.array(frame[name])
        if isinstance(text, pa.ChunkedArray):
            frame[name] = pd.Series(text.combine_chunks(), index=frame.index, dtype=frame[name].dtype)
    return frame
