"""A column for each value, by hand."""

from datetime import date

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.features.pivot import Pivot
from segmentlab.features.table import build_feature_table
from segmentlab.testing.logs import make_table as table

AS_OF = date(2011, 3, 2)


def line(who: str, product: str | None, pieces: float, country: str = "Spain") -> tuple[object, ...]:
    return (who, "1", product, "BAG", pieces, 1.0, "2011-03-01 10:00", country)


LINES = [
    line("ada", "A", 2.0),
    line("ada", "A", 3.0),
    line("ada", "B", 1.0, "Malta"),
    line("bob", "B", 4.0),
    line("bob", "B", -4.0),  # all of it came back
    line("bob", "C", -1.0),
    line("cor", None, 9.0, "Malta"),
]


def test_pieces_by_product_less_those_that_came_back(engine: BaseBackend) -> None:
    known = build_feature_table({"bought": Pivot("bought", "product_id")}, table(engine, LINES), AS_OF)
    wanted = {"ada": [5.0, 1.0, 0.0], "bob": [0.0, 0.0, -1.0], "cor": [0.0, 0.0, 0.0]}
    columns = ["bought_A", "bought_B", "bought_C"]
    frame = pd.DataFrame.from_dict(wanted, orient="index", columns=columns).rename_axis("customer_id")
    pd.testing.assert_frame_equal(known.frame, frame, check_index_type=False)
    assert known.columns[0].description == "pieces of A, less those that came back"


def test_presence_by_country(engine: BaseBackend) -> None:
    sets = {"at": Pivot("at", "country", of="presence")}
    frame = build_feature_table(sets, table(engine, LINES), AS_OF).frame
    assert frame.to_dict("list") == {"at_Malta": [1.0, 0.0, 1.0], "at_Spain": [1.0, 1.0, 0.0]}


def test_the_values_that_most_customers_have(engine: BaseBackend) -> None:
    lines = [*LINES, line("dee", "A", 1.0), line("eve", "C", 1.0)]
    frame = build_feature_table({"x": Pivot("x", "product_id", most=2)}, table(engine, lines), AS_OF).frame
    assert list(frame.columns) == ["x_A", "x_C"]


def test_later_customers_are_told_by_what_was_learnt(engine: BaseBackend) -> None:
    known = build_feature_table({"x": Pivot("x", "product_id")}, table(engine, LINES), AS_OF)
    later = known.recipe.describe(table(engine, [line("fay", "Z", 5.0), line("fay", "B", 2.0)]), AS_OF)
    assert later.to_dict("list") == {"x_A": [0.0], "x_B": [2.0], "x_C": [0.0]}


def test_nothing_to_tell_customers_by_is_told(engine: BaseBackend) -> None:
    with pytest.raises(DataError, match="features=x: no line has a product_id"):
        build_feature_table({"x": Pivot("x", "product_id")}, table(engine, [line("ada", None, 1.0)]), AS_OF)
