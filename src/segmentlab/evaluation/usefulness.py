"""What the segments of yesterday say about the days after: the one score that compares any two runs.

A segmentation is a prediction when every customer is expected to do what their segment does. Each is
expected to do what the *others* of their segment did: customers are predicted in folds, so more
segments do not score better by fitting chance.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.modelling import Labels, Points, limit_threads

FORECAST_FOLDS: Final = 5
CEILING_TREES: Final = 30  # small steps that add up: more of them fit chance
CALIBRATION_BINS: Final = 10  # of predicted probabilities, for the calibration error

FloatValues = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """What is expected of each customer: the logarithm of one plus their spend, and whether they buy."""

    spend: FloatValues
    repurchase: FloatValues
    folds: Labels  # each is expected to do what customers of the other folds did


@dataclass(frozen=True)
class RankedValues:
    """Numbers, and the place of each in its fold: to rank a resample takes no sorting."""

    numbers: FloatValues
    places: Labels  # among the different ones of all folds, fold by fold
    folds: Labels
    rising: Labels  # the places by their numbers, whatever the fold
    levels: FloatValues  # the numbers of those

    @classmethod
    def of(cls, values: FloatValues, folds: Labels) -> "RankedValues":
        """Sorted once."""
        different, place = np.unique(values, return_inverse=True)
        codes, places = np.unique(folds * len(different) + place, return_inverse=True)
        numbers = codes % len(different)
        rising = np.argsort(numbers, kind="stable")
        return cls(values, places, folds, rising, different[numbers[rising]])

    def part(self, rows: Labels) -> "RankedValues":
        """Some of the numbers."""
        return replace(self, numbers=self.numbers[rows], places=self.places[rows], folds=self.folds[rows])

    @property
    def ranks(self) -> FloatValues:
        """In its fold, counted from the middle rank; equals share the mean of theirs.

        What is expected in a fold leans against what happened there, for it was learnt from all others. So
        customers are ranked among those for whom it was learnt alike: one segment for all ranks nobody.
        """
        counts = np.bincount(self.places)
        overall = (np.cumsum(counts) - (counts - 1) / 2)[self.places]
        sizes = np.bincount(self.folds)
        middle = np.cumsum(sizes) - (sizes - 1) / 2
        return np.asarray(overall - middle[self.folds])


def forecast_by_group(labels: Labels, spend: FloatValues, seed: int) -> Forecast:
    """Everybody does what the others of their group do."""
    return forecast_in_folds(labels, spend, draw_folds(len(spend), seed))


def forecast_in_folds(labels: Labels, spend: FloatValues, folds: Labels) -> Forecast:
    """The same with folds that are known."""
    log_spend, bought = np.log1p(spend), (spend > 0).astype(float)
    return Forecast(
        _compute_group_means(labels, log_spend, folds), _compute_group_means(labels, bought, folds), folds
    )


def forecast_by_columns(told: pd.DataFrame, spend: FloatValues, folds: Labels) -> Forecast:
    """What numbers say of each customer, at the level at which customers of the other folds came.

    `score` stands for spend and `buys` for whether they buy. A straight line brings each to its level, so
    that a number of another season, or in another unit, is judged by how it tells customers apart.
    """
    expected = _fit_lines(told["score"].to_numpy(), np.log1p(spend), folds)
    chances = _fit_lines(told["buys"].to_numpy(), (spend > 0).astype(float), folds)
    return Forecast(expected, np.clip(chances, 0, 1), folds)


def _fit_lines(column: FloatValues, outcome: FloatValues, folds: Labels) -> FloatValues:
    """A line through the customers of the other folds, for each fold."""
    found = np.empty(len(column))
    for fold in range(FORECAST_FOLDS):
        here, others = folds == fold, folds != fold
        known, came = column[others], outcome[others]
        spread = known.var()
        slope = ((known - known.mean()) * (came - came.mean())).mean() / spread if spread > 0 else 0.0
        found[here] = came.mean() + slope * (column[here] - known.mean())
    return found


def forecast_by_features(features: Points, spend: FloatValues, seed: int) -> Forecast:
    """The ceiling: what the features say when each customer may stand for themselves."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    outcomes = np.log1p(spend), (spend > 0).astype(float)
    folds = draw_folds(len(spend), seed)
    expected = [np.empty(len(spend)) for _ in outcomes]
    with limit_threads(len(spend)):
        for fold in range(FORECAST_FOLDS):
            here, others = folds == fold, folds != fold
            for outcome, found in zip(outcomes, expected, strict=True):
                trees = HistGradientBoostingRegressor(max_iter=CEILING_TREES, random_state=seed)
                found[here] = trees.fit(features[others], outcome[others]).predict(features[here])
    return Forecast(expected[0], np.clip(expected[1], 0, 1), folds)


def score_forecast(forecast: Forecast, spend: FloatValues) -> dict[str, float]:
    """How good the forecast was. A score that the outcomes do not allow is missing."""
    values = forecast.spend, forecast.repurchase, np.log1p(spend)
    expected, probability, came = (RankedValues.of(each, forecast.folds) for each in values)
    return _compute_scores(expected, probability, came)


def _compute_scores(
    expected: RankedValues, probability: RankedValues, log_spend: RankedValues
) -> dict[str, float]:
    spent, bought = log_spend.numbers, log_spend.numbers > 0
    found: dict[str, float] = {}
    if np.ptp(spent) > 0:
        found["spend_r2"] = float(1 - ((spent - expected.numbers) ** 2).mean() / spent.var())
    foreseen, came = expected.ranks, log_spend.ranks
    if np.ptp(came) > 0 and np.ptp(foreseen) > 0:
        found["spend_rank"] = float(foreseen @ came / np.sqrt((foreseen @ foreseen) * (came @ came)))
    if 0 < bought.sum() < len(bought):
        found["repurchase_auc"] = _compute_auc(probability, bought)
        found["repurchase_calibration"] = compute_calibration_error(probability, bought)
    return found


def compute_top_share(labels: Labels, forecast: Forecast, spend: FloatValues) -> float | None:
    """The share of later revenue from the segment of which most was expected per customer."""
    total = spend.sum()
    if total <= 0:
        return None
    expected = pd.Series(forecast.spend).groupby(labels).mean()
    return float(spend[labels == expected.idxmax()].sum() / total)


def compute_score_intervals(
    forecasts: Mapping[str, Forecast],
    spend: FloatValues,
    against: str,
    resamples: int,
    seed: int,
    rivals: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Per forecast: its scores, their 95 % intervals, and those of the difference to one of them.

    That one is `against`, but for those that have a rival of their own.
    Customers are resampled, the same ones for every forecast, so differences are as sure as they can be.
    """
    folds = forecasts[against].folds
    ranked = {
        name: (RankedValues.of(one.spend, folds), RankedValues.of(one.repurchase, folds))
        for name, one in forecasts.items()
    }
    later = RankedValues.of(np.log1p(spend), folds)
    table = pd.DataFrame({name: _compute_scores(*both, later) for name, both in ranked.items()}).T
    if not resamples:
        return table
    generator = np.random.default_rng(seed)
    drawn = {}
    for number in range(resamples):
        rows = generator.integers(0, len(spend), len(spend))
        came = later.part(rows)
        for name, (expected, probability) in ranked.items():
            drawn[number, name] = _compute_scores(expected.part(rows), probability.part(rows), came)
    resampled = pd.DataFrame.from_dict(drawn, orient="index").rename_axis(["draw", "forecast"])
    draws, names = (resampled.index.get_level_values(level) for level in ("draw", "forecast"))
    others = pd.MultiIndex.from_arrays([draws, [(rivals or {}).get(name, against) for name in names]])
    beyond = resampled - resampled.reindex(others).to_numpy()
    for suffix, values in (("", resampled), ("_beyond", beyond)):
        groups = values.groupby(level="forecast")
        for bound, quantile in (("low", 0.025), ("high", 0.975)):
            table = table.join(groups.quantile(quantile).add_suffix(f"{suffix}_{bound}"))
    return table


def compute_calibration_error(probability: RankedValues, happened: npt.NDArray[np.bool_]) -> float:
    """The mean distance between what was expected and what happened, over bins of what was expected."""
    levels, places = probability.levels, probability.places
    counts = np.bincount(places, minlength=len(levels))[probability.rising]
    apart = levels * counts - np.bincount(places, happened, minlength=len(levels))[probability.rising]
    edges = np.unique(_find_quantiles(levels, counts, np.linspace(0, 1, CALIBRATION_BINS + 1)))
    starts = np.searchsorted(levels, edges[1:-1])
    so_far = np.concatenate([[0.0], apart.cumsum()])
    return float(np.abs(np.diff(so_far[[0, *starts, len(levels)]])).sum() / len(places))


def _find_quantiles(levels: FloatValues, counts: Labels, shares: FloatValues) -> FloatValues:
    """Those of numbers that are known sorted, each as often as its count says."""
    ends = counts.cumsum()
    wanted = shares * (ends[-1] - 1)
    below = np.floor(wanted)
    low, high = (levels[np.searchsorted(ends, edge, "right")] for edge in (below, np.ceil(wanted)))
    return np.asarray(low + (high - low) * (wanted - below))


def _compute_auc(probability: RankedValues, happened: npt.NDArray[np.bool_]) -> float:
    """How often somebody who bought was expected to rather than somebody who did not (Mann & Whitney).

    Each is compared with those of the same fold.
    """
    buyers = np.bincount(probability.folds, happened)
    pairs = buyers @ (np.bincount(probability.folds) - buyers)
    return float(0.5 + probability.ranks[happened].sum() / pairs) if pairs else np.nan


def draw_folds(rows: int, seed: int) -> npt.NDArray[np.int64]:
    """The fold of each customer, the same for every forecast of a seed."""
    return np.random.default_rng(seed).permutation(np.arange(rows) % FORECAST_FOLDS)


def _compute_group_means(labels: Labels, values: FloatValues, folds: npt.NDArray[np.int64]) -> FloatValues:
    """The mean of each customer's group in the other folds; of everybody there when it has nobody."""
    expected = np.empty(len(values))
    groups = np.unique(labels, return_inverse=True)[1]
    for fold in range(FORECAST_FOLDS):
        here, others = folds == fold, folds != fold
        counts = np.bincount(groups[others], minlength=groups.max() + 1)
        sums = np.bincount(groups[others], values[others], minlength=groups.max() + 1)
        overall = values[others].mean() if others.any() else values.mean()
        means = np.divide(sums, counts, out=np.full(len(counts), overall), where=counts > 0)
        expected[here] = means[groups[here]]
    return expected
