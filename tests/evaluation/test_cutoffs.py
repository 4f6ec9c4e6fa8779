"""Usefulness over several cut-off days: the same baselines and the same draws for every run."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.cutoffs import (
    CutoffDay,
    PairedUsefulness,
    judge_cutoffs,
    read_draws,
)

CUTS = date(2011, 9, 1), date(2011, 6, 1), date(2011, 3, 1)


def make_day(cut: date, segments: int = 3, rows: int = 900) -> CutoffDay:
    """Customers of three kinds whose spend their kind decides; RFM knows nothing of it."""
    generator = np.random.default_rng(cut.month)
    customers = pd.Index([f"c{number}" for number in range(rows)], name="customer_id")
    kind = np.arange(rows) % 3
    spend = np.where(generator.random(rows) < kind / 2, 50.0 * kind, 0.0)
    rfm = pd.DataFrame(generator.exponential(size=(rows, 3)), index=customers)
    return CutoffDay(cut, pd.Series(kind % segments, index=customers), rfm, pd.Series(spend, index=customers))


def judge(*days: CutoffDay, sample: int = 10_000, resamples: int = 100) -> PairedUsefulness:
    found = judge_cutoffs(days, sample=sample, resamples=resamples)
    assert found is not None
    return found


def test_segments_that_decide_the_future_are_beyond_every_grid() -> None:
    found = judge(*map(make_day, CUTS)).metrics
    assert found["usefulness/cutoffs"] == 3
    assert found["usefulness/mean_spend_r2_low"] > 0.4
    for name in ("grid_4", "grid_5", "grid_8", "best_grid"):
        assert found[f"usefulness/beyond_{name}_low"] > 0.3
    best = min(found[f"usefulness/beyond_grid_{cells}"] for cells in (4, 5, 8))
    assert found["usefulness/beyond_best_grid"] == best


def test_the_mean_is_over_the_days_and_the_latest_counts_most() -> None:
    each = [judge(make_day(cut)).metrics["usefulness/mean_spend_r2"] for cut in CUTS]
    for days in (CUTS, CUTS[::-1]):
        found = judge(*map(make_day, days))
        assert found.means["segments"] == pytest.approx(np.dot([3, 2, 1], each) / 6)
        assert found.draws["segments"].mean() == pytest.approx(found.means["segments"], abs=0.01)


def test_baselines_and_draws_are_those_of_every_run() -> None:
    """Whatever the segments, however many there are, and in whatever order customers come."""
    one = judge(make_day(CUTS[0]))
    few = make_day(CUTS[0], segments=2)
    order = np.random.default_rng(0).permutation(len(few.spend))
    other = judge(
        few._replace(labels=few.labels.iloc[order], rfm=few.rfm.iloc[order], spend=few.spend.iloc[order])
    )
    for grid in ("grid_4", "grid_5", "grid_8"):
        rows = [found.table.set_index("forecast").loc[grid, "spend_r2"] for found in (one, other)]
        assert rows[0] == pytest.approx(rows[1])
        np.testing.assert_allclose(one.draws[grid], other.draws[grid])


def test_in_pairs_runs_are_told_apart_that_intervals_can_not_tell() -> None:
    day = make_day(CUTS[0])
    moved = day.labels.copy()
    moved.iloc[:24] = 0  # a few customers who are in the wrong segment
    good, worse = judge(day), judge(day._replace(labels=moved))
    assert worse.metrics["usefulness/mean_spend_r2_high"] > good.metrics["usefulness/mean_spend_r2_low"]
    first, second = read_draws(good.tags), read_draws(worse.tags)
    assert (first - second).mean() > 2 * (first - second).std()


def test_a_sample_is_of_the_same_customers_for_every_run() -> None:
    samples = [judge(make_day(CUTS[0], segments), sample=300) for segments in (2, 3)]
    assert [set(found.table["customers"]) for found in samples] == [{300}, {300}]
    np.testing.assert_allclose(samples[0].draws["grid_5"], samples[1].draws["grid_5"])


def test_draws_are_kept_as_they_were_and_more_of_them_begin_alike() -> None:
    few, many = judge(make_day(CUTS[0]), resamples=50), judge(make_day(CUTS[0]), resamples=150)
    kept = read_draws(few.tags)
    np.testing.assert_allclose(kept, few.draws["segments"], atol=1e-5)
    more = read_draws(many.tags)
    assert len(more) == 100
    np.testing.assert_allclose(more[:50], kept)


def test_resamples_spread_as_those_of_a_bootstrap() -> None:
    """Held against drawing customers with replacement, for the same customers."""
    day = make_day(CUTS[0])
    drawn = judge(day, resamples=200).draws["segments"].std()
    generator, log_spend = np.random.default_rng(0), np.log1p(day.spend.to_numpy())
    expected = pd.Series(log_spend).groupby(day.labels.to_numpy()).transform("mean").to_numpy()
    reached = []
    for _ in range(200):
        rows = generator.integers(0, len(log_spend), len(log_spend))
        reached.append(1 - ((log_spend - expected)[rows] ** 2).mean() / log_spend[rows].var())
    assert drawn == pytest.approx(np.std(reached), rel=0.25)


def test_without_draws_there_is_no_interval_and_no_tag() -> None:
    found = judge(make_day(CUTS[0]), resamples=0)
    assert "usefulness/mean_spend_r2" in found.metrics
    assert "usefulness/mean_spend_r2_low" not in found.metrics
    assert list(found.tags) == ["usefulness.days"]
    assert len(read_draws(found.tags)) == 0


def test_days_after_which_nobody_bought_tell_nothing() -> None:
    day = make_day(CUTS[0])
    nothing = day._replace(cut=CUTS[1], spend=day.spend * 0)
    assert judge(day, nothing).metrics["usefulness/cutoffs"] == 1
    assert judge_cutoffs([nothing], sample=100, resamples=10) is None
