"""Lines that were posted to the live service, of a customer who is to be forgotten."""

from pathlib import Path

import duckdb

from segmentlab.lab.outputs import LINES_TABLE, forget_posted_lines


def test_a_customers_lines_are_deleted(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path / 'live.duckdb'}"
    assert forget_posted_lines(url, "c1") is None
    with duckdb.connect(tmp_path / "live.duckdb") as file:
        file.execute(f"create table {LINES_TABLE} as select 'c' || i % 2 as customer_id from range(6) n(i)")
    assert forget_posted_lines(url, "c1") == 3
    assert forget_posted_lines(url, "c1") == 0
    with duckdb.connect(tmp_path / "live.duckdb") as file:
        assert file.sql(f"select distinct customer_id from {LINES_TABLE}").fetchall() == [("c0",)]
