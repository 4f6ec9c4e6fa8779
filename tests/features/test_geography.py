"""Countries, by hand: what is home is learnt, and stays what it was for customers who come later."""

from datetime import date

import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.features.geography import Geography
from segmentlab.features.table import build_feature_table
from segmentlab.testing.logs import make_table as table

AS_OF = date(2011, 3, 2)
COLUMNS = ["geography_abroad", "geography_market"]


def lines(*pairs: tuple[str, str | None]) -> list[tuple[object, ...]]:
    return [(who, "1", "20725", "BAG", 1.0, 1.0, "2011-03-01 10:00", country) for who, country in pairs]


KNOWN = lines(
    ("ada", "Spain"),
    ("bob", "Spain"),
    ("cor", "Spain"),  # one line in Spain, two in France: a French customer
    ("cor", "France"),
    ("cor", "France"),
    ("dee", None),
)


def expected(rows: dict[str, list[float]]) -> pd.DataFrame:
    frame = pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS, dtype=float)
    return frame.rename_axis("customer_id")


def test_four_customers_by_hand(engine: BaseBackend) -> None:
    frame = build_feature_table({"geography": Geography()}, table(engine, KNOWN), AS_OF).frame
    wanted = expected({"ada": [0, 0.5], "bob": [0, 0.5], "cor": [1, 0.25], "dee": [1, 0.25]})
    pd.testing.assert_frame_equal(frame, wanted, check_index_type=False)


def test_home_does_not_move_with_later_customers(engine: BaseBackend) -> None:
    known = build_feature_table({"geography": Geography()}, table(engine, KNOWN), AS_OF)
    later = table(engine, lines(("eve", "France"), ("fay", "France"), ("gus", "Malta"), ("hal", "Spain")))
    wanted = expected({"eve": [1, 0.25], "fay": [1, 0.25], "gus": [1, 0], "hal": [0, 0.5]})
    pd.testing.assert_frame_equal(known.recipe.describe(later, AS_OF), wanted, check_index_type=False)


def test_equal_countries_are_taken_by_the_alphabet(engine: BaseBackend) -> None:
    even = lines(("ada", "Spain"), ("bob", "Malta"), ("cor", "Spain"), ("cor", "Malta"), ("dee", "Spain"))
    frame = build_feature_table({"geography": Geography()}, table(engine, even), AS_OF).frame
    assert frame["geography_abroad"].to_dict() == {"ada": 1, "bob": 0, "cor": 0, "dee": 1}
