"""A segment that has doubled is told, whatever all shares together say."""

import pandas as pd
import pytest
from omegaconf import OmegaConf

from segmentlab.flow.alarms import AlarmLimits
from segmentlab.flow.population import check_population, describe_population_drift
from segmentlab.lab.config.folders import CONF

NAMES = {0: "Loyal", 1: "New", 2: "Lapsed"}
NO_COLUMN = pd.DataFrame(columns=["feature", "psi", "gap", "p", "median_before", "median_after"])


def find_growth(before: list[int], after: list[int], *, noise: int = 0) -> tuple[bool, float, str]:
    sizes = pd.Series(before), pd.Series([*after, noise], index=[*range(len(after)), -1])
    limits = AlarmLimits(**OmegaConf.load(CONF / "limits" / "usual.yaml"))
    found = describe_population_drift(NO_COLUMN, NO_COLUMN, sizes)
    checks = {check.name: check for check in check_population(found, [], limits, NAMES)}
    assert not checks["shares"].fired
    return checks["growth"].fired, checks["growth"].value, checks["growth"].told


def test_new_that_doubles_is_named() -> None:
    fired, value, told = find_growth([500, 100, 400], [450, 200, 350])
    assert fired
    assert value == pytest.approx(2.0)
    assert told == "New had 10.0% of the customers and has 20.0%"


@pytest.mark.parametrize("after", [[500, 180, 320], [640, 10, 350], [500, 100, 400]])
def test_a_season_alarms_nobody(after: list[int]) -> None:
    assert not find_growth([500, 100, 400], after)[0]


def test_a_few_customers_more_and_noise_are_no_growth() -> None:
    assert not find_growth([500, 3, 497], [500, 15, 485])[0]
    assert not find_growth([500, 100, 400], [480, 95, 375], noise=50)[0]
