"""A text whose lines are not read before they are asked for says what one that is read at once says."""

from pathlib import Path
from tempfile import TemporaryDirectory

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.testing.logs import SHOP, USUAL_RULES, make_frame
from segmentlab.transactions import Dataset, DuckDB
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines
from tests.examples import draw_examples

NAMES = ("customer", "invoice", "product", "date", "qty", "price", "note")
SOUND = ("anna", "10001", "85048", "2010-03-15 08:26:00", "1", "2.5", "")
CUSTOMERS = st.sampled_from(["7.0", "8", " b", "null", "", '"with, comma"', "Total"])
PRODUCTS = st.sampled_from(["85048", "47503J ", "47503J", "", "POST", "Total"])
DATES = st.sampled_from(
    ["2010-03-15 08:26:00", " 2010-3-16 8:26:01 ", "2010-02-31 00:00:00", "", "15/03/2010"]
)
NUMBERS = st.sampled_from(["1", "2.50", " 3 ", "-4", "0", "1e3", "nan", "1e13", "", "x"])
NOTES = st.sampled_from(["", '"two\nlines"', '"""q"""', "é"])


def is_read(log: Dataset) -> bool:
    """Whether its lines are in the engine's memory."""
    engine = log.transactions.get_backend()
    tables = engine.con.execute("SELECT table_name FROM duckdb_tables()").fetchall()
    return any("ibis_late" in name for (name,) in tables)


def write_shop(folder: Path, **more: object) -> Path:
    frame = make_frame(SHOP).assign(**more)
    frame.to_csv(folder / "shop.csv", index=False)
    return folder / "shop.csv"


def tell_outcome(path: Path, engine: BaseBackend) -> object:
    """What is found in the lines, without and with their sums, or the error."""
    try:
        log = File(path=str(path)).read(engine)
    except DataError as error:
        return str(error)
    assert log.sums is not None
    rules = {name: rule for name, rule in USUAL_RULES.items() if name != "unknown"}
    ledgers = [clean_lines(log.transactions, rules, "shop", sums) for sums in (log.sums, None)]
    for one in ("ledger", "gross"):
        pd.testing.assert_frame_equal(*(pd.DataFrame(getattr(each, one)) for each in ledgers))
    totals = [each.totals.order_by("customer_id").to_pandas() for each in ledgers if each.totals is not None]
    pd.testing.assert_frame_equal(*totals, check_dtype=False, rtol=1e-9)
    lines = log.transactions.to_pandas().astype("str").to_dict("records")
    return lines, log.notes, ledgers[0].ledger.round(6).to_dict("records")


@draw_examples(12)
@given(
    rows=st.lists(
        st.tuples(CUSTOMERS, st.just("10002"), PRODUCTS, DATES, NUMBERS, NUMBERS, NOTES),
        min_size=1,
        max_size=3,
    )
)
def test_both_ways_find_the_same(rows: list[tuple[str, ...]]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shop.csv"
        lines = [NAMES, SOUND, *rows, SOUND, SOUND, SOUND]
        path.write_text("\n".join(",".join(row) for row in lines) + "\n", encoding="utf-8")
        assert tell_outcome(path, DuckDB().connect()) == tell_outcome(path, ibis.duckdb.connect())


@pytest.mark.parametrize("dates", ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%Y-%m-%dT%H:%M:%S+01:00"])
def test_lines_are_read_when_they_are_asked_for(tmp_path: Path, engine: BaseBackend, dates: str) -> None:
    path = write_shop(tmp_path, timestamp=make_frame(SHOP)["timestamp"].dt.strftime(dates))
    said = {"dates": "day_first"} if dates.startswith("%d") else {}
    log = File(path=str(path), **said).read(engine)
    cleaned = clean_lines(log.transactions, USUAL_RULES, log.source, log.sums)
    assert not is_read(log)
    assert log.transactions.count().to_pyarrow().as_py() == cleaned.ledger["rows"].iloc[0] == len(SHOP)
    assert is_read(log)
    plain = File(path=str(path), **said).read(ibis.duckdb.connect())
    pd.testing.assert_frame_equal(log.transactions.to_pandas(), plain.transactions.to_pandas())
    assert log.notes == plain.notes


@pytest.mark.parametrize(
    "more", [{"discount": 0.0}, {"part": "a"}, {"quantity": "1,5"}, {"unit_price": 3, "quantity": 2}], ids=str
)
def test_what_has_to_be_looked_at_more_closely_is_read_at_once(
    tmp_path: Path, engine: BaseBackend, more: dict[str, object]
) -> None:
    log = File(path=str(write_shop(tmp_path, **more))).read(engine)
    assert log.transactions.count().to_pyarrow().as_py() == len(SHOP)
    assert not is_read(log)


def test_a_file_that_changes_before_its_lines_are_asked_for_is_refused(
    tmp_path: Path, engine: BaseBackend
) -> None:
    path = write_shop(tmp_path)
    log = File(path=str(path)).read(engine)
    path.write_text(path.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"shop\.csv: the file has changed since it was read\. Read it again"):
        log.transactions.to_pandas()
    path.unlink()
    with pytest.raises(DataError, match=r"shop\.csv: its lines can't be read any more"):
        log.transactions.to_pandas()


def test_a_total_below_is_found_without_the_lines(tmp_path: Path, engine: BaseBackend) -> None:
    path = write_shop(tmp_path)
    width = len(make_frame(SHOP).columns)
    with path.open("a", encoding="utf-8") as stream:
        stream.write("Total" + "," * (width - 1) + "\n")
    log = File(path=str(path), on_bad_rows="quarantine").read(engine)
    assert log.transactions.count().to_pyarrow().as_py() == len(SHOP)
