"""Lines that are there more than once: within a part, and across parts."""

from collections import Counter
from datetime import datetime, timedelta

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.transactions.cleaning.copies import MOST_JOINTS, ExactDuplicate, Overlap
from segmentlab.transactions.ledger import clean_lines

ENGINE = ibis.duckdb.connect()
START = datetime(2011, 1, 1)

Row = tuple[object, ...]


def sale(invoice: str, day: float) -> Row:
    return ("anna", invoice, "20725", "LUNCH BAG", 1.0, 1.65, START + timedelta(days=day), "France")


def kept(rows: list[Row], rule: object, parts: list[str | None] | None = None) -> list[str]:
    """The invoices that stay, in order of name."""
    lines = frame(rows)
    if parts is not None:
        lines["part"] = parts
    log = ENGINE.create_table(ibis.util.gen_name("log"), lines)
    return sorted(clean_lines(log, {"rule": rule}, "log").transactions.invoice_id.to_pandas())


PARTS = st.lists(
    st.tuples(st.sampled_from(["x", "y", "z"]), st.sampled_from(["1", "2"]), st.integers(0, 2)), min_size=1
)


@given(lines=PARTS)
def test_as_many_copies_stay_as_the_part_with_the_most_has(lines: list[tuple[str, str, int]]) -> None:
    copies = Counter(lines)
    expected: Counter[str] = Counter()
    for invoice, day in {line[1:] for line in lines}:
        expected[invoice] += max(copies[part, invoice, day] for part in "xyz")
    found = kept([sale(*line[1:]) for line in lines], Overlap(), [line[0] for line in lines])
    assert Counter(found) == expected


def test_a_part_may_be_nameless() -> None:
    assert kept([sale("1", 0)] * 3, Overlap(), ["x", None, None]) == ["1", "1"]


def test_without_parts_nothing_overlaps() -> None:
    rows = [sale("1", 0), sale("2", 5), sale("1", 0), sale("2", 5)]
    assert kept(rows, Overlap()) == ["1", "1", "2", "2"]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([0, 3, 6, 3, 6, 9], [0, 3, 6, 9]),
        ([0, 3, 3, 6, 3, 6, 9], [0, 3, 3, 6, 9]),
        ([0, 3, 6, 3, 3, 6, 6, 9], [0, 3, 3, 6, 6, 9]),
        ([0, 4, 1, 4, 2, 4], [0, 1, 2, 4]),
        ([3, 2, 3, 2], [2, 2, 3, 3]),  # a day back is no joint, only more than a day
        ([0, 3] * (MOST_JOINTS + 2), [0] * (MOST_JOINTS + 2) + [3] * (MOST_JOINTS + 2)),
    ],
    ids=[
        "two exports",
        "repeats in the first",
        "repeats in the second",
        "three exports",
        "short",
        "unsorted",
    ],
)
def test_a_jump_back_in_time_begins_a_new_part(days: list[int], expected: list[int]) -> None:
    assert kept([sale(str(day), day) for day in days], Overlap(jump_days=1)) == [str(day) for day in expected]


def test_where_the_column_names_the_parts_jumps_mean_nothing() -> None:
    rows = [sale("1", 0), sale("2", 5), sale("1", 0)]
    assert kept(rows, Overlap(jump_days=1), ["x", "x", "x"]) == ["1", "1", "2"]


def test_of_equal_lines_one_stays_whichever_part_it_came_from() -> None:
    rows = [sale("1", 0), sale("1", 0), sale("1", 1), sale("2", 0)]
    assert kept(rows, ExactDuplicate(), ["x", "y", "y", "y"]) == ["1", "1", "2"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_copy_never_leaves_for_the_sake_of_one_that_left(engine: BaseBackend, order: int) -> None:
    lines = frame([sale("1", 0)] * 4)
    lines["part"] = ["x", "y", "y", "z"]
    rules = dict([("overlap", Overlap()), ("duplicate", ExactDuplicate())][::order])
    ledger = clean_lines(engine.create_table("log", lines), rules, "log").ledger.set_index("rule")
    assert ledger.loc["kept", "rows"] == 1
    assert ledger["rows"].drop(["read", "kept"]).tolist() == ([2, 1] if order == 1 else [3, 0])


def test_nothing_at_all_is_no_copy(engine: BaseBackend) -> None:
    with pytest.raises(DataError, match="the table holds no rows"):
        clean_lines(engine.create_table("log", frame(SHOP[:0])), {"overlap": Overlap(jump_days=1)}, "log")
