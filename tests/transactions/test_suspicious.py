"""Lines of implausible size are shown, not dropped."""

from datetime import datetime, timedelta

import pytest
from ibis.backends import BaseBackend

from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.overview import MOST_LINES, find_suspicious_lines

START = datetime(2011, 1, 1)


def sales(count: int, quantity: float = 2.0, price: float = 3.0) -> list[tuple[object, ...]]:
    return [
        (
            "anna",
            str(number),
            "20725",
            "LUNCH BAG",
            quantity,
            price,
            START + timedelta(minutes=number),
            "France",
        )
        for number in range(count)
    ]


def test_pieces_and_money_beyond_the_usual_are_told_apart(engine: BaseBackend) -> None:
    odd = [
        ("bert", "many", "20725", "LUNCH BAG", 11.0, 0.1, START, "France"),
        ("bert", "dear", "20725", "LUNCH BAG", 1.0, 90.0, START, "France"),
        ("bert", "both", "20725", "LUNCH BAG", -40.0, 3.0, START, "France"),
        ("bert", "large", "20725", "LUNCH BAG", 10.0, 3.0, START, "France"),  # five times, and not more
    ]
    found = find_suspicious_lines(table(engine, [*odd, *sales(5000)]))
    assert dict(zip(found["invoice_id"], found["reason"], strict=True)) == {
        "both": "20 times the usual 2 pieces and 20 times the usual value of 6.00",
        "dear": "15 times the usual value of 6.00",
        "many": "6 times the usual 2 pieces",
    }
    assert found.columns[-1] == "reason"
    assert found["invoice_id"].tolist() == ["both", "dear", "many"]


def test_at_most_a_hundred_and_the_largest_first(engine: BaseBackend) -> None:
    odd = [(*line[:4], 100.0 + number, *line[5:]) for number, line in enumerate(sales(120))]
    found = find_suspicious_lines(table(engine, [*odd, *sales(150_000)]))
    assert found["quantity"].tolist() == [219.0 - number for number in range(MOST_LINES)]


@pytest.mark.parametrize("rows", [SHOP, sales(3), sales(3, quantity=0.0), sales(3, price=0.0)], ids=len)
def test_a_small_or_worthless_log_has_nothing_to_show(
    engine: BaseBackend, rows: list[tuple[object, ...]]
) -> None:
    assert find_suspicious_lines(table(engine, rows)).empty
