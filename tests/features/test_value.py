"""The score of the laws as a feature: the same number as the room gives, learnt once."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.features.table import build_feature_table
from segmentlab.features.value import ExpectedSpend, Value
from segmentlab.lab.names import RECIPE_PARTS
from segmentlab.lab.tracking.archive import pack, unpack
from segmentlab.testing.logs import make_table as table
from segmentlab.value import fit_value_model, look_ahead, summarize_days

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


def draw_log(customers: int = 260) -> tuple[list[tuple[object, ...]], pd.DataFrame]:
    """Lines of customers whose rates differ and grow or fall, and the same by customer and day."""
    chance, lines = np.random.default_rng(4), []
    for who in range(customers):
        for day in np.unique(chance.integers(chance.integers(0, 150), 200, chance.integers(1, 12))):
            when = f"{pd.Timestamp('2011-05-01') + pd.Timedelta(days=int(day)):%Y-%m-%d}"
            lines.append(line(f"c{who:03d}", f"{when} 10:00", price=float(chance.integers(5, 90))))
    days = pd.DataFrame([(row[0], pd.Timestamp(str(row[6])[:10]), row[5]) for row in lines])
    return lines, days.set_axis(["customer_id", "day", "money"], axis="columns")


def test_a_long_log_blends_the_score_with_what_habits_foretold(engine: BaseBackend) -> None:
    """The engine counts what the value room counts of days: both blend to the same."""
    lines, days = draw_log()
    as_of = date(2011, 11, 20)
    made = build_feature_table({"value": Value(horizon=60)}, table(engine, lines), as_of)
    frame = made.frame
    expected = look_ahead(days, as_of, 60).customers["score"]
    np.testing.assert_allclose(frame["value_score"], expected.reindex(frame.index), atol=1e-7)
    plain = build_feature_table(
        {"value": Value(horizon=60, blended=False)}, table(engine, lines), as_of
    ).frame
    assert frame["value_score"].mean() == pytest.approx(plain["value_score"].mean())
    assert not np.allclose(frame["value_score"], plain["value_score"], atol=0.05)
    some = [row for row in lines if str(row[0]) < "c040"]
    alone = made.recipe.describe(table(engine, some), as_of)
    pd.testing.assert_frame_equal(alone, frame.loc[alone.index], atol=1e-8)


def test_what_was_learnt_is_stored_as_numbers_and_comes_back(engine: BaseBackend) -> None:
    lines, _ = draw_log()
    learnt = Value(horizon=60, more=True).learn(table(engine, lines), date(2011, 11, 20))
    assert isinstance(learnt, ExpectedSpend)
    assert learnt.habits is not None
    assert unpack(pack(learnt), tuple(RECIPE_PARTS)) == learnt


def test_more_columns_are_what_the_laws_say(engine: BaseBackend) -> None:
    frame = build_feature_table({"value": Value(horizon=90, more=True)}, table(engine, LINES), AS_OF).frame
    assert list(frame) == ["value_score", "value_alive", "value_buys", "value_orders", "value_spend"]
    assert (frame["value_buys"] <= frame["value_alive"]).all()
    plain = build_feature_table({"value": Value(horizon=90)}, table(engine, LINES), AS_OF).frame
    pd.testing.assert_series_equal(frame["value_score"], plain["value_score"])
