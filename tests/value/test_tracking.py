"""Repeat orders week by week: what a law expects of customers of whom it knows the first day alone."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from segmentlab.value import MbgNbd, track_orders


def test_customers_who_live_by_the_law_keep_to_its_line() -> None:
    """Drawn from the law itself, orders lie near what it expects, on both sides of the cut."""
    law, chance, begun = MbgNbd(0.8, 25.0, 0.9, 2.5), np.random.default_rng(0), pd.Timestamp("2024-01-01")
    first, repeats = np.zeros(400, dtype=int), np.zeros(400, dtype=int)
    for start in chance.integers(0, 250, 3_000):
        rate, leaves = chance.gamma(law.r, 1 / law.alpha), chance.beta(law.a, law.b)
        first[start] += 1
        moment = float(start)
        while chance.random() > leaves:
            moment += chance.exponential(1 / max(rate, 1e-9))
            if moment >= 400:
                break
            repeats[int(moment)] += 1
    daily = pd.DataFrame(
        {"first": first, "repeats": repeats}, index=begun + pd.to_timedelta(range(400), unit="D")
    )
    found = track_orders(law, daily, date(2024, 9, 9), date(2025, 2, 3))
    assert found["week"].iloc[-1] == pd.Timestamp("2025-02-03")
    assert pd.Timestamp("2024-09-09") in set(found["week"])
    late = found.iloc[10:]
    assert late["happened"].to_numpy() == pytest.approx(late["expected"].to_numpy(), rel=0.08)


def test_a_day_that_is_not_over_does_not_count() -> None:
    days = pd.to_datetime(["2024-01-01", "2024-01-08"])
    daily = pd.DataFrame({"first": [3, 0], "repeats": [0, 2]}, index=days)
    found = track_orders(MbgNbd(0.5, 6.0, 0.9, 1.6), daily, date(2024, 1, 8), date(2024, 1, 15))
    assert found["happened"].tolist() == [0, 0, 2]
    assert found["expected"].is_monotonic_increasing
