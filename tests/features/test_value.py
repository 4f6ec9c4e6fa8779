"""The score of the laws as a feature: the same number as the room gives, learnt once."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.features.table import build_feature_table
from segmentlab.features.value import Value
from segmentlab.testing.logs import make_table as table
from segmentlab.value import fit_value_model, summarize_days

AS_OF = date(2011, 12, 10)


def line(customer: str, when: str, pieces: float = 1.0, price: float = 5.0) -> tuple[object, ...]:
    return (customer, f"{customer}{when}", "20725", "LUNCH BAG", pieces, price, when, "France")


LINES = [
    *(line("often", f"2011-{month:02d}-03 10:00", price=20.0 + month) for month in range(2, 12)),
    line("often", "2011-11-03 18:00", price=4.0),  # the same day: one order
    *(line(f"once{number:02d}", f"2011-03-{number:02d} 09:00", price=number) for number in range(1, 29)),
    *(line(f"twice{day:02d}", f"2011-0{month}-{day:02d} 09:00") for day in range(1, 20) for month in (4, 8)),
    line("late", "2011-12-09 23:59"),
]  # fmt: skip
REFUNDS = [
    line("often", "2011-11-05 09:00", pieces=-1.0, price=100.0),
    line("back", "2011-05-05 09:00", -2.0),
]


def test_the_score_is_that_of_the_model(engine: BaseBackend) -> None:
    frame = build_feature_table({"value": Value(horizon=90)}, table(engine, LINES), AS_OF).frame
    days = pd.DataFrame(
        [(row[0], pd.Timestamp(str(row[6])[:10]), float(row[4]) * float(row[5])) for row in LINES],  # type: ignore[arg-type]
        columns=["customer_id", "day", "money"],
    )
    people = summarize_days(days.groupby(["customer_id", "day"], as_index=False).sum(), AS_OF)
    expected = fit_value_model(people).forecast(people, 90)["score"]
    np.testing.assert_allclose(frame["value_score"], expected, atol=1e-8)
    assert frame["value_score"].idxmax() == "often"
    assert people.loc["often", "repeats"] == 9


def test_refunds_are_taken_off_and_who_bought_nothing_spends_nothing(engine: BaseBackend) -> None:
    plain = build_feature_table({"value": Value()}, table(engine, LINES), AS_OF)
    net = plain.recipe.describe(table(engine, [*LINES, *REFUNDS]), AS_OF)["value_score"]
    assert net["back"] == 0
    assert 0 < net["often"] < plain.frame.loc["often", "value_score"]
    others = plain.frame.index.drop("often")
    pd.testing.assert_series_equal(net[others], plain.frame.loc[others, "value_score"])


@pytest.mark.parametrize("law", ["bg_nbd", "pareto_nbd"])
def test_another_law_or_a_longer_horizon_may_be_chosen(engine: BaseBackend, law: str) -> None:
    short, long = (
        build_feature_table({"value": Value(horizon, law)}, table(engine, LINES), AS_OF).frame["value_score"]
        for horizon in (30, 300)
    )
    assert (long >= short).all()
    assert long["often"] > short["often"]
