"""SEG014: a value model that says less of later spend than what was spent before."""

import numpy as np
import pandas as pd

from segmentlab.evaluation import Foresight, judge_foresight, list_told_forecasts
from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.reliability import NoBetterThanPastSpend
from segmentlab.evaluation.draws import Effort
from tests.evaluation.checks.segments import evidence, judged, look


def foreseen(noise_of_value: float) -> Foresight:
    """Customers who go on as before, and a value model that sees them through some noise."""
    chance = np.random.default_rng(0)
    customers = pd.Index([f"c{number:03d}" for number in range(400)], name="customer_id")
    habit = chance.normal(4, 1.5, 400)
    past, later = (pd.Series(np.expm1(habit + chance.normal(0, 0.5, 400)), customers) for _ in range(2))
    score = habit + chance.normal(0, noise_of_value, 400)
    value = pd.DataFrame({"score": score, "buys": score}, index=customers)
    features = pd.DataFrame({"x_one": habit, "x_two": habit, "x_three": habit}, index=customers)
    return judge_foresight(
        np.arange(400) % 3,
        features,
        features,
        later.clip(lower=0).to_numpy(),
        told=list_told_forecasts(past, value),
        effort=Effort(resamples=30),
        seed=0,
    )


def test_a_model_that_knows_less_than_past_spend_is_told() -> None:
    table = foreseen(noise_of_value=3.0).table
    found = look(NoBetterThanPastSpend, judged(usefulness=table))
    r2 = table["spend_r2"]
    assert found == [
        Finding(
            code="SEG014",
            title="The value model says less than past spend",
            severity="warning",
            evidence="Later spend is foreseen worse by the value model than by past spend: R2 "
            f"{r2['value_model']:.3f} against {r2['baseline_past_spend']:.3f}.",
            advice=NoBetterThanPastSpend.advice,
        )
    ]


def test_a_model_that_knows_as_much_is_no_finding() -> None:
    table = foreseen(noise_of_value=0.5).table
    assert (
        table.loc["value_model", "spend_r2_beyond_low"] < 0 < table.loc["value_model", "spend_r2_beyond_high"]
    )
    assert not evidence(NoBetterThanPastSpend, judged(usefulness=table))


def test_where_there_is_no_model_or_no_interval_it_is_silent() -> None:
    table = foreseen(noise_of_value=3.0).table
    for lacking in (table.drop(index="value_model"), table.drop(columns="spend_r2_beyond_high")):
        assert not evidence(NoBetterThanPastSpend, judged(usefulness=lacking))
    assert not evidence(NoBetterThanPastSpend, judged())
