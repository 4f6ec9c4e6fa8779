"""The chapter on what to expect, in words and tables."""

from datetime import date

import pandas as pd

from segmentlab.flow import ValueAhead
from segmentlab.report.prospects import tell_prospects

CUSTOMERS = pd.Index(["anna", "bert", "cara"], name="customer_id")
NAMES = pd.Series({0: "Loyal", 1: "One-time"})
LABELS = pd.Series([0, 0, 1], index=CUSTOMERS)


def ahead(**changes: object) -> ValueAhead:
    customers = pd.DataFrame(
        {
            "alive": [1.0, 0.9, 0.5],
            "silent": [3.0, 70.0, 40.0],
            "gap": 10.0,
            "late_gap": 50.0,
            "late": [0.0, 6.0, 3.0],
            "next_order": [date(2024, 3, 1), date(2024, 3, 9), None],
        },
        index=CUSTOMERS,
    )
    for days in (30, 90):
        customers[[f"buys_{days}", f"orders_{days}"]] = 0.5
        customers[f"spend_{days}"] = [100.0 * days, 50.0, 0.0]
        customers[f"spend_{days}_low"], customers[f"spend_{days}_high"] = 0.0, 12_000.0
    spreads = pd.DataFrame(10.0, index=CUSTOMERS, columns=[30, 90])
    told = {"levels": {30: (1.0, 1.1, 0.9), 90: (1.5,)}, "trusted": (30,), "notes": ("A doubt.",), **changes}
    return ValueAhead(customers, (30, 90), spreads, **told)


def test_segments_have_who_is_there_who_comes_and_what_they_spend() -> None:
    told = tell_prospects(ahead(), LABELS, NAMES, with_customers=True)
    (presence, spend), (first,) = told.tables, told.people
    assert presence.rows == [["Loyal", "2", "1"], ["One-time", "0", "0"], ["All", "2", "2"]]
    assert spend.headings == ["Segment", "In 30 days", "In 90 days"]
    assert spend.rows[0] == ["Loyal", "3,050 (2,724 to 3,381)", "9,050 (9,027 to 13,610)"]
    assert first.rows[1][:6] == ["bert", "Loyal", "90.0 %", "50.0 %", "2024-03-09", "6.0 gaps"]
    assert first.rows[2][4:6] == ["n/a", "3.0 gaps"]


def test_what_may_be_believed_is_said_for_each_horizon() -> None:
    told = tell_prospects(ahead(), LABELS, NAMES, with_customers=False)
    assert told.people == [], "a summary names nobody"
    assert told.lead.startswith("In the next 30 days 2 of 3 customers are expected to order, for 3,050 (")
    assert told.trust.startswith("Numbers for 30 days may be taken at their word")
    assert "Numbers for 90 days tell who comes before whom" in told.trust
    untried = tell_prospects(ahead(levels={}, trusted=()), LABELS, NAMES, with_customers=False)
    assert untried.trust.startswith("Whether as many come as is expected was not tried")


def test_an_end_that_can_not_be_told_is_not_made_up() -> None:
    endless = pd.DataFrame(float("inf"), index=CUSTOMERS, columns=[30, 90])
    told = ahead()
    open_ended = ValueAhead(told.customers, told.horizons, endless, told.levels, told.trusted, told.notes)
    assert "no end can be told" in tell_prospects(open_ended, LABELS, NAMES, with_customers=False).lead
