"""Usefulness over several cut-off days, beside grids that are the same for every run.

Folds, samples and resamples hang on the ids of customers and on nothing else: not on a seed, not on segments.
So any two runs on the same data are judged on the same draws, and how they differ is known in pairs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.evaluation.draws import Estimate
from segmentlab.evaluation.rfm_grid import make_rfm_grid
from segmentlab.evaluation.usefulness import (
    FORECAST_FOLDS,
    FloatValues,
    forecast_by_columns,
    forecast_in_folds,
    score_forecast,
)

GRID_CELLS: Final = (4, 5, 8)  # of the grids that every run is held against
OWN: Final = "segments"
MOST_PAIRED_DRAWS: Final = 200
KEPT_DRAWS: Final = 100  # with the run, so that others can be held against it
LEAST_DRAWS: Final = 20  # by which two runs are told apart
DRAWS_TAG: Final = "usefulness.draws"
DAYS_TAG: Final = "usefulness.days"
TAG_UNIT: Final = 1e-5  # of an R2: a tag holds whole numbers

Keys = npt.NDArray[np.uint64]


class CutoffDay(NamedTuple):
    """What was known of customers on a day, their segments then, and what they spent in the days after."""

    cut: date
    labels: pd.Series
    rfm: pd.DataFrame
    spend: pd.Series
    told: Mapping[str, pd.DataFrame] = {}  # by forecast, the `score` and `buys` of each customer


@dataclass(frozen=True)
class PairedUsefulness:
    """How segments, grids and others foresaw later spend, day by day and on the same resamples."""

    table: pd.DataFrame  # a row for each day and forecast, the latest day first
    draws: pd.DataFrame  # R2 of each forecast, the mean of all days; a row for each resample

    @property
    def means(self) -> dict[str, float]:
        """R2 of each forecast over all days."""
        each = self.table.groupby("forecast")["spend_r2"]
        return {str(name): float(weigh_days(len(values)) @ values.to_numpy()) for name, values in each}

    @property
    def metrics(self) -> dict[str, float]:
        """The mean over the days, and how far it is beyond each grid and beyond the best of them."""
        means = self.means
        found = {"usefulness/cutoffs": float(self.table["cut"].nunique())}
        found |= self._estimate("usefulness/mean_spend_r2", means[OWN])
        grids = [f"grid_{cells}" for cells in GRID_CELLS]
        best = max(grids, key=lambda grid: means[grid])
        for name, grid in (*zip(grids, grids, strict=True), ("best_grid", best)):
            found |= self._estimate(f"usefulness/beyond_{name}", means[OWN] - means[grid], against=grid)
        return found

    @property
    def tags(self) -> dict[str, str]:
        """R2 of each day and the first draws, by which two runs are compared without opening their files."""
        days = self.table.loc[self.table["forecast"] == OWN, "spend_r2"]
        kept = {DAYS_TAG: days, DRAWS_TAG: self.draws[OWN].head(KEPT_DRAWS)}
        return {
            tag: ",".join(f"{value / TAG_UNIT:.0f}" for value in own) for tag, own in kept.items() if len(own)
        }

    def _estimate(self, name: str, value: float, against: str | None = None) -> dict[str, float]:
        drawn = self.draws[OWN] - (0.0 if against is None else self.draws[against])
        return Estimate(value, float(drawn.std(ddof=1)) if len(drawn) > 1 else np.nan).metrics(name)


def judge_cutoffs(days: Sequence[CutoffDay], *, sample: int, resamples: int) -> PairedUsefulness | None:
    """Judge segments of several days by what came after each; None where nothing can be told of any."""
    tables, drawn = [], []
    for day in sorted(days, key=lambda one: one.cut, reverse=True):
        if np.ptp(day.spend) > 0:
            scores, draws = _judge_day(day, sample, min(resamples, MOST_PAIRED_DRAWS))
            tables.append(scores.rename_axis("forecast").reset_index().assign(cut=day.cut))
            drawn.append(draws)
    if not tables:
        return None
    table = pd.concat(tables, ignore_index=True)
    first = ["cut", "forecast", "customers"]
    ordered = table[[*first, *table.columns.drop(first)]]
    weighted = [weight * draws for weight, draws in zip(weigh_days(len(drawn)), drawn, strict=True)]
    return PairedUsefulness(ordered, sum(weighted[1:], start=weighted[0]))


def weigh_days(count: int) -> FloatValues:
    """How much each day counts, the latest first and most: it is the most like today."""
    weights = np.arange(count, 0, -1.0)
    return np.asarray(weights / weights.sum())


def read_draws(tags: Mapping[str, str]) -> FloatValues:
    """The draws that a run has kept; empty of a run that kept none."""
    return _read_tag(tags, DRAWS_TAG)


def read_day_scores(tags: Mapping[str, str]) -> FloatValues:
    """R2 of each day of a run, the latest first; empty of a run that was judged on one day."""
    return _read_tag(tags, DAYS_TAG)


def _read_tag(tags: Mapping[str, str], name: str) -> FloatValues:
    return np.array([kept for kept in tags.get(name, "").split(",") if kept], dtype=np.float64) * TAG_UNIT


def _judge_day(day: CutoffDay, sample: int, resamples: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The scores of each forecast, and its R2 in each resample."""
    keys = _make_keys(day.spend.index)
    rows = np.sort(np.argsort(keys, kind="stable")[:sample])
    keys, spend = keys[rows], day.spend.to_numpy()[rows]
    folds = (_scatter(keys) % FORECAST_FOLDS).astype(np.int64)
    groups = {OWN: day.labels.to_numpy()}
    groups |= {f"grid_{cells}": make_rfm_grid(day.rfm, cells) for cells in GRID_CELLS}
    forecasts = {name: forecast_in_folds(labels[rows], spend, folds) for name, labels in groups.items()}
    forecasts |= {name: forecast_by_columns(one.iloc[rows], spend, folds) for name, one in day.told.items()}
    scores = pd.DataFrame({name: score_forecast(one, spend) for name, one in forecasts.items()}).T
    weights = _draw_weights(keys, resamples)
    log_spend = np.log1p(spend)
    counts = weights.sum(axis=1)
    variance = weights @ log_spend**2 / counts - (weights @ log_spend / counts) ** 2
    drawn = {
        name: 1 - (weights @ (log_spend - one.spend) ** 2 / counts) / variance
        for name, one in forecasts.items()
    }
    return scores.assign(customers=len(rows)), pd.DataFrame(drawn)


def _make_keys(customers: pd.Index) -> Keys:
    """A number for each customer that looks drawn at random, and is always the same."""
    return np.asarray(pd.util.hash_array(customers.astype(str).to_numpy(dtype=object)), dtype=np.uint64)


def _scatter(keys: Keys) -> Keys:
    """Numbers that have nothing to do with the keys any more (the last step of SplitMix64)."""
    mixed = (keys ^ (keys >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


STEP: Final = np.uint64(0x9E3779B97F4A7C15)  # between the draws of one customer, as SplitMix64 has it
MANTISSA: Final = np.uint64(11)  # bits that a double does not hold
POISSON: Final = np.cumsum(np.exp(-1) / np.cumprod([1.0, *range(1, 10)]))


def _draw_weights(keys: Keys, count: int) -> FloatValues:
    """How often each resample holds each customer: a Poisson number of mean one, as in a bootstrap.

    A customer is drawn alike whoever else is there, on every day.
    """
    numbers = np.arange(1, count + 1, dtype=np.uint64)[:, None] * STEP
    chances = (_scatter(keys[None, :] + numbers) >> MANTISSA) * 2.0**-53
    return np.searchsorted(POISSON, chances).astype(np.float64)
