import ibis
import pandas as pd
import pyarrow as pa
from pandas.testing import assert_frame_equal

from segmentlab.transactions import fetch

MANY = 300_000  # more than the engine answers in one piece


def test_text_is_in_memory_of_its_own() -> None:
    """What is a window into the engine's answer comes in the pieces of that answer."""
    engine = ibis.duckdb.connect()
    ids = engine.sql(f"select 'K' || i customer_id, i number from range({MANY}) numbers(i) order by i")
    window, own = ids.to_pandas(), fetch(ids)
    assert isinstance(pa.array(window["customer_id"]), pa.ChunkedArray)
    assert isinstance(pa.array(own["customer_id"]), pa.Array)
    assert_frame_equal(own, window)


def test_missing_text_and_no_rows_come_as_they_do_in_pandas() -> None:
    table = ibis.memtable(pd.DataFrame({"name": ["a", None], "number": [1.5, 2.5]}))
    for some in (table, table.limit(0)):
        assert_frame_equal(fetch(some), some.to_pandas())
