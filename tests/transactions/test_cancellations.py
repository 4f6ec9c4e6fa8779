"""Netting: what was cancelled leaves the purchase it cancels, and nothing else does."""

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.cleaning.cancellations import NetCancellations
from segmentlab.transactions.cleaning.copies import ExactDuplicate, Overlap
from segmentlab.transactions.cleaning.single_lines import InvoicePrefix
from segmentlab.transactions.ledger import clean_lines

ENGINE = ibis.duckdb.connect()
NET = {"netted": NetCancellations()}
START = datetime(2011, 1, 1)

Row = tuple[object, ...]


def line(
    invoice: str, quantity: float, minute: int, customer: str | None = "anna", price: float = 2.5
) -> Row:
    when = START + timedelta(minutes=minute)
    return (customer, invoice, "20725", "LUNCH BAG", float(quantity), price, when, "France")


def kept(rows: list[Row]) -> list[tuple[str, float]]:
    """Invoice and quantity of what netting leaves; a bystander sees to it that something is left."""
    bystander = line("bystander", 1, 0, customer="zoe")
    left = clean_lines(table(ENGINE, [*rows, bystander]), NET, "log").transactions.to_pandas()
    pairs = zip(left["invoice_id"], left["quantity"], strict=True)
    return sorted(pair for pair in pairs if pair[0] != "bystander")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([line("1", 5, 0), line("C2", -5, 1)], []),
        ([line("1", 5, 0), line("C2", -2, 1)], [("1", 3)]),
        ([line("1", 5, 0), line("C2", -7, 1)], [("C2", -2)]),
        ([line("1", 5, 0), line("2", 4, 1), line("C3", -3, 2)], [("1", 5), ("2", 1)]),
        ([line("1", 5, 0), line("2", 4, 1), line("C3", -6, 2)], [("1", 3)]),
        ([line("1", 5, 0), line("C2", -3, 1), line("C3", -3, 2)], [("C3", -1)]),
        ([line("C1", -5, 0), line("2", 5, 1)], [("2", 5), ("C1", -5)]),
        ([line("C2", -5, 0), line("1", 5, 0)], []),
        ([line("1", 5, 0), line("C2", -2, 1), line("3", 4, 2), line("C4", -6, 3)], [("1", 1)]),
        ([line("1", 5, 0), line("C2", -5, 1, price=2.0)], [("1", 5), ("C2", -5)]),
        ([line("1", 5, 0), line("C2", -5, 1, customer="bert")], [("1", 5), ("C2", -5)]),
        ([line("1", 5, 0, customer=None), line("C2", -5, 1, customer=None)], [("1", 5), ("C2", -5)]),
        ([line("1", 5, 0), line("2", -5, 1), line("C3", 5, 2)], [("1", 5), ("2", -5), ("C3", 5)]),
        ([line("1", 0, 0), line("C2", -5, 1)], [("1", 0), ("C2", -5)]),
        ([line("1", 0.3, 0), line("C2", -0.1, 1), line("c3", -0.2, 2)], []),
    ],
    ids=[
        "whole", "in part", "more than was bought", "the most recent first", "several purchases",
        "no piece twice", "not a later purchase", "bought before cancelled in the same minute",
        "back to an older purchase", "another price", "another customer", "nobody",
        "a return is no cancellation", "nothing bought", "fractions",
    ],
)  # fmt: skip
def test_a_cancellation_meets_the_most_recent_earlier_purchases(
    rows: list[Row], expected: list[tuple[str, float]]
) -> None:
    assert kept(rows) == expected


def histories() -> st.SearchStrategy[list[Row]]:
    """Purchases, cancellations and returns of two customers, often alike and often in the same minute."""
    event = st.builds(
        line,
        invoice=st.sampled_from(["1", "2", "C3", "C4"]),
        quantity=st.integers(-6, 9),
        minute=st.integers(0, 8),
        customer=st.sampled_from(["anna", "bert", None]),
        price=st.sampled_from([2.5, 4.0]),
    )
    return st.lists(event, min_size=1, max_size=24)


def walked(rows: list[Row]) -> Counter[Row]:
    """Netting as one would do it by hand: one line at a time, with a stack of purchases."""
    stacks: dict[tuple[object, ...], list[list[object]]] = defaultdict(list)
    result: list[list[object]] = []
    moment = sorted(rows, key=lambda row: (row[6], row[4] < 0, row[1], row[4]))
    for row in map(list, moment):
        result.append(row)
        stack = stacks[row[0], row[5]]
        cancels = row[1].startswith("C")
        if row[0] is not None and not cancels and row[4] > 0:
            stack.append(row)
        while row[0] is not None and cancels and row[4] < 0 and stack:
            taken = min(-row[4], stack[-1][4])
            row[4] += taken
            stack[-1][4] -= taken
            if stack[-1][4] == 0:
                stack.pop()
    untouched = Counter(row for row in moment if row[4] == 0)
    return untouched + Counter(tuple(row) for row in result if row[4] != 0)


@given(rows=histories(), shuffle=st.randoms(use_true_random=False))
def test_windows_give_what_a_walk_with_a_stack_gives_in_any_order(rows: list[Row], shuffle: object) -> None:
    expected = walked(rows)
    shuffle.shuffle(rows)
    bystander = line("bystander", 1, 0, customer="zoe")
    cleaned = clean_lines(table(ENGINE, [*rows, bystander]), NET, "log")
    left = cleaned.transactions.to_pandas().astype({"customer_id": object})
    left["customer_id"] = left["customer_id"].where(left["customer_id"].notna(), None)
    found = Counter(tuple(row) for row in left.itertuples(index=False) if row[1] != "bystander")
    assert found == expected
    assert cleaned.ledger.set_index("rule").loc["netted", "revenue"] == 0


def test_what_found_no_purchase_leaves_under_a_name_of_its_own(engine: BaseBackend) -> None:
    rules = {**NET, "unmatched": InvoicePrefix("C")}
    rows = [line("1", 5, 0), line("2", 3, 1), line("C3", -4, 2), line("C4", -6, 3)]
    ledger = clean_lines(table(engine, [*rows, *SHOP]), rules, "log").ledger.set_index("rule")
    assert ledger.loc["netted"].tolist() == [3 + 2, 0, 0.0]
    assert ledger.loc["unmatched"].tolist() == [1, 0, -2 * 2.5]


def test_a_log_without_products_is_not_netted(engine: BaseBackend) -> None:
    log = table(engine, SHOP).drop("product_id")
    assert clean_lines(log, NET, "log").ledger["rows"].tolist() == [len(SHOP), len(SHOP)]


def test_a_line_total_shrinks_with_its_line(engine: BaseBackend) -> None:
    log = table(engine, [line("1", 5, 0), line("C2", -2, 1)])
    cleaned = clean_lines(log.mutate(line_total=log.quantity * log.unit_price), NET, "log")
    assert cleaned.transactions.line_total.to_pandas().tolist() == [3 * 2.5]
    assert cleaned.ledger["revenue"].tolist() == [7.5, 0.0, 7.5]


def test_columns_of_the_user_stay_untouched(engine: BaseBackend) -> None:
    log = table(engine, [line("1", 5, 0), line("C2", -2, 1)]).mutate(rest=7, part=ibis.literal("x"))
    kept = clean_lines(log, {"overlap": Overlap(), "duplicate": ExactDuplicate(), **NET}, "log").transactions
    assert kept.columns == log.columns
    assert kept.to_pandas()[["quantity", "rest"]].to_numpy().tolist() == [[3.0, 7.0]]
