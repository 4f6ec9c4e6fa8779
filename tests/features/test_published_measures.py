"""How published studies measure, each by hand beside ours."""

from datetime import date

from ibis.backends import BaseBackend

from segmentlab.features.rfm import Rfm
from segmentlab.features.studies import Identity, PurchaseValue
from segmentlab.features.table import build_feature_table
from segmentlab.testing.logs import make_table as table

AS_OF = date(2011, 3, 3)
LINES = [
    ("12370 / Cyprus", "1", "A", "BAG", 10.0, 1.0, "2011-03-01 13:00", "Cyprus"),
    ("12370 / Cyprus", "2", "B", "BOX", 1.0, 9.0, "2011-03-01 14:00", "Cyprus"),
    ("ada", "3", "A", "BAG", 2.0, 1.0, "2011-03-02 12:00", "Spain"),
]


def test_an_id_is_its_first_number_and_0_without_one(engine: BaseBackend) -> None:
    frame = build_feature_table({"identity": Identity()}, table(engine, LINES), AS_OF).frame
    assert frame["identity_number"].to_dict() == {"12370 / Cyprus": 12370.0, "ada": 0.0}


def test_totals_times_means_are_no_sums(engine: BaseBackend) -> None:
    """10 pieces at 1 and one at 9 are worth 19, and not eleven times five."""
    lines = table(engine, LINES)
    right = build_feature_table({"purchase_value": PurchaseValue()}, lines, AS_OF).frame
    wrong = build_feature_table({"purchase_value": PurchaseValue("total_times_mean")}, lines, AS_OF).frame
    assert right.loc["12370 / Cyprus"].tolist() == [2.0, 19.0, 9.5]
    assert wrong.loc["12370 / Cyprus"].tolist() == [2.0, 55.0, 27.5]
    assert right.loc["ada"].tolist() == wrong.loc["ada"].tolist() == [1.0, 2.0, 2.0]


def test_recency_in_whole_days_until_a_moment(engine: BaseBackend) -> None:
    lines = table(engine, LINES)
    calendar = build_feature_table({"rfm": Rfm()}, lines, AS_OF).frame["rfm_recency"]
    elapsed = build_feature_table({"rfm": Rfm(until="2011-03-03 13:30:00")}, lines, AS_OF).frame[
        "rfm_recency"
    ]
    assert calendar.to_dict() == {"12370 / Cyprus": 2.0, "ada": 1.0}
    assert elapsed.to_dict() == {"12370 / Cyprus": 1.0, "ada": 1.0}
