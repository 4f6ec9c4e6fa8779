"""A text that is parsed while it is read holds what the patient way finds in it."""

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import DataError
from segmentlab.transactions.file import File
from segmentlab.transactions.sources import arrow_text as at_once
from tests.examples import draw_examples

COLUMNS = {"quantity": "qty", "unit_price": "price", "timestamp": "date"}
NAMES = ("customer", "date", "qty", "price")
# Values that tools are known to disagree on, among harmless ones.
NUMBERS = st.sampled_from(
    ["1", "2.50", " 3 ", "+4", "1e3", ".5", "1_000", "0x1F", "nan", "inf", "", "1e300", "x"]
)
DATES = st.sampled_from(["28/02/2010", "1/3/2010", "31/02/2010", "29/02/2011", "13/13/2010", "01/02/10", ""])
CUSTOMERS = st.sampled_from(
    ["007", "A 1", " b", "NA", "null", "", '"with, comma"', '"two\nlines"', '"""q"""']
)


def outcome(path: Path, **said: object) -> object:
    """The rows in their order, or the error."""
    try:
        dataset = File(path=str(path), dates="day_first", **said).read(ibis.duckdb.connect())
    except DataError as error:
        return str(error)
    aside = None if dataset.quarantine is None else dataset.quarantine.astype("str").to_dict("records")
    return dataset.transactions.to_pandas().astype("str").to_dict("records"), dataset.notes, aside


@draw_examples(12)
@given(
    rows=st.lists(st.tuples(CUSTOMERS, DATES, NUMBERS, NUMBERS), min_size=1, max_size=4),
    on_bad_rows=st.sampled_from(["error", "quarantine"]),
)
def test_both_ways_find_the_same(rows: list[tuple[str, ...]], on_bad_rows: str) -> None:
    sound = ("anna", "15/03/2010", "1", "2")  # so that the column of dates is one
    lines = [NAMES, sound, sound, *rows, sound, sound]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shop.csv"
        path.write_text("\n".join(",".join(row) for row in lines) + "\n", encoding="utf-8")
        quick = outcome(path, on_bad_rows=on_bad_rows)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(at_once, "MOST_ARROW_BYTES", 0)
            assert outcome(path, on_bad_rows=on_bad_rows) == quick


def test_a_sound_text_is_read_at_once_packed_or_not(tmp_path: Path) -> None:
    text = b"customer,date,qty,price\n007,01/02/2010,1,2.5\n"
    for name, content in {"shop.csv": text, "shop.txt": gzip.compress(text)}.items():
        (tmp_path / name).write_bytes(content)
        rows = at_once.read_text_with_arrow(tmp_path / name, NAMES, ",", 1, COLUMNS)
        assert rows is not None
        assert rows.to_pylist() == [{"customer": "007", "date": "01/02/2010", "qty": 1.0, "price": 2.5}]


def test_a_large_text_is_left_to_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(b"customer,date,qty,price\n007,01/02/2010,1,2.5\n")
    monkeypatch.setattr(at_once, "MOST_ARROW_BYTES", 20)
    assert at_once.read_text_with_arrow(path, NAMES, ",", 1, COLUMNS) is None


def test_what_is_read_at_once_outlives_the_file(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    path.write_bytes(b"customer,date,qty,price\n007,01/02/2010,1,2.5\n008,13/02/2010,1,2.5\n")
    lines = File(path=str(path)).read(ibis.duckdb.connect()).transactions
    path.unlink()
    assert lines.to_pandas()["timestamp"].tolist() == [pd.Timestamp("2010-02-01"), pd.Timestamp("2010-02-13")]
