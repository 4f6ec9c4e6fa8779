"""Habits in time, by hand."""

from datetime import date

import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.features.rhythm import Rhythm
from segmentlab.features.table import build_feature_table
from segmentlab.testing.logs import make_table as table


def line(customer: str, when: str, spend: float) -> tuple[object, ...]:
    return (customer, "1", "20725", "LUNCH BAG", 1.0, spend, when, "France")


LINES = [
    line("cora", "2011-10-01 09:00", 1.0),  # a Saturday, a morning
    line("cora", "2011-10-01 15:00", 1.0),
    line("cora", "2011-10-03 17:00", 2.0),  # an evening, on the day before the middle of the tenure
    line("cora", "2011-10-07 12:00", 4.0),  # from the middle on
    line("dirk", "2011-09-30 23:59", 5.0),
    line("dirk", "2011-09-30 23:58", 5.0),
    line("emma", "2011-09-01 08:00", 3.0),
    line("emma", "2011-10-11 08:00", 1.0),
]


def test_three_customers_by_hand(engine: BaseBackend) -> None:
    frame = build_feature_table({"rhythm": Rhythm()}, table(engine, LINES), date(2011, 10, 12)).frame
    expected = pd.DataFrame(
        {
            "rhythm_tenure": [11.0, 12.0, 41.0],
            "rhythm_gap": [3.0, 12.0, 40.0],  # dirk came on one day, and has been away for 12
            "rhythm_gap_spread": [1.0, 0.0, 0.0],
            "rhythm_weekend": [1 / 3, 0.0, 0.0],
            "rhythm_morning": [0.5 / 3, 0.0, 1.0],
            "rhythm_evening": [1 / 3, 1.0, 0.0],
            "rhythm_season": [1.0, 0.0, 0.5],
            "rhythm_trend": [0.5, 0.5, 0.25],
        },
        index=pd.Index(["cora", "dirk", "emma"], name="customer_id"),
    )
    pd.testing.assert_frame_equal(frame, expected, check_index_type=False)


def test_late_is_counted_in_own_gaps(engine: BaseBackend) -> None:
    """Cora is two days beyond her gap of three, emma is not, and dirk's gap grows with his silence."""
    made = build_feature_table({"rhythm": Rhythm(late=True)}, table(engine, LINES), date(2011, 10, 12))
    assert made.frame["rhythm_late"].round(6).tolist() == [round(2 / 3, 6), 0.0, 0.0]
    plain = build_feature_table({"rhythm": Rhythm()}, table(engine, LINES), date(2011, 10, 12)).frame
    pd.testing.assert_frame_equal(made.frame.drop(columns="rhythm_late"), plain)
