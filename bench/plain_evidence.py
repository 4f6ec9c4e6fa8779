"""The evidence as one would write it with scikit-learn: a loop of fits, and a score after each."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.stats import rankdata
from sklearn.cluster import KMeans
from sklearn.metrics import (
    calinski_harabasz_score,
    davies_bouldin_score,
    r2_score,
    roc_auc_score,
    silhouette_score,
)

from segmentlab.evaluation.calibration import draw_random_segments
from segmentlab.evaluation.reference import NULL_MODELS
from segmentlab.evaluation.usefulness import Forecast

Points = npt.NDArray[np.float64]
Numbers = dict[str, Points]
STARTS, FOLDS = 20, 5


def kmeans(k: int, seed: int) -> KMeans:
    """The model of both sides."""
    return KMeans(k, n_init=STARTS, random_state=seed)


def seeds_of(draws: int) -> list[int]:
    """A seed for each draw, as ours."""
    return [int(seed) for seed in np.random.SeedSequence(0).generate_state(draws)]


def evidence(points: Points, labels: Points, draws: int, ks: Iterable[int]) -> Numbers:
    """Nulls, calibration, stability, and the scores at every k."""
    seeds, k = seeds_of(draws), len(np.unique(labels))
    reached = []
    for null in NULL_MODELS.values():
        for seed in seeds:
            drawn = null(points, np.random.default_rng(seed))
            reached.append(silhouette_score(drawn, kmeans(k, seed).fit(drawn).labels_))
    places = np.unique(points, axis=0)
    chance = np.array(
        [
            scores(points, draw_random_segments(points, places, k, np.random.default_rng(seed)))
            for seed in seeds
        ]
    )
    z = (np.array(scores(points, labels)) - chance.mean(axis=0)) / chance.std(axis=0, ddof=1)
    views = []
    for each in ks:
        own = kmeans(each, 0).fit(points).labels_
        views.append([*scores(points, own), calinski_harabasz_score(points, own)])
    return {
        "stability": np.mean([jaccard(points, labels, seed) for seed in seeds], axis=0),
        "nulls": np.array(reached),
        "calibration": z * [1, -1],
        "k": np.array(views),
    }


def scores(points: Points, labels: Points) -> list[float]:
    """The two scores that are calibrated."""
    return [silhouette_score(points, labels), davies_bouldin_score(points, labels)]


def jaccard(points: Points, labels: Points, seed: int) -> list[float]:
    """Per segment: the most similar segment of one resample, customer sets against customer sets."""
    rows = np.random.default_rng(seed).integers(0, len(points), len(points))
    again = kmeans(len(np.unique(labels)), seed).fit(points[rows]).labels_
    kept = dict(zip(rows.tolist(), again.tolist(), strict=True))
    found = []
    for segment in np.unique(labels):
        own = {row for row in kept if labels[row] == segment}
        others = ({row for row in kept if kept[row] == other} for other in set(kept.values()))
        found.append(max(len(own & other) / len(own | other) for other in others))
    return found


def holdout(groups: dict[str, Points], ceiling: Forecast, spend: Points, resamples: int) -> Points:
    """R2, rank correlation and AUC of each forecast, and the ends of their 95 % intervals."""
    folds = np.random.default_rng(0).permutation(np.arange(len(spend)) % FOLDS)
    outcomes = np.log1p(spend), spend > 0
    forecasts = [tuple(by_group(own, outcome, folds) for outcome in outcomes) for own in groups.values()]
    forecasts.append((ceiling.spend, ceiling.repurchase))
    generator = np.random.default_rng(0)
    drawn = [
        usefulness(forecasts, spend, folds, generator.integers(0, len(spend), len(spend)))
        for _ in range(resamples)
    ]
    own = usefulness(forecasts, spend, folds, np.arange(len(spend)))
    return np.stack([own, *np.quantile(drawn, [0.025, 0.975], axis=0)])


def by_group(groups: Points, outcome: Points, folds: Points) -> Points:
    """What the others of a group did, in folds."""
    expected = np.empty(len(groups))
    for fold in range(FOLDS):
        here, others = folds == fold, folds != fold
        means = pd.Series(outcome[others].astype(float)).groupby(groups[others]).mean()
        expected[here] = means.reindex(groups[here]).fillna(outcome[others].mean())
    return expected


def usefulness(forecasts: list[tuple[Points, ...]], spend: Points, folds: Points, rows: Points) -> Points:
    """A row per forecast; customers are ranked among those of their fold, for whom it was learnt alike."""
    later, own = spend[rows], folds[rows]
    return np.array(
        [
            [
                r2_score(np.log1p(later), spent[rows]),
                correlate(rank(spent[rows], own), rank(later, own)),
                rank_buyers(bought[rows], later > 0, own),
            ]
            for spent, bought in forecasts
        ]
    )


def rank(values: Points, folds: Points) -> Points:
    """From the middle of each fold."""
    found = np.empty(len(values))
    for fold in np.unique(folds):
        ranks = rankdata(values[folds == fold])
        found[folds == fold] = ranks - ranks.mean()
    return found


def correlate(one: Points, other: Points) -> float:
    """Nothing where nobody differs."""
    return float(np.corrcoef(one, other)[0, 1]) if np.ptp(one) > 0 and np.ptp(other) > 0 else np.nan


def rank_buyers(expected: Points, bought: Points, folds: Points) -> float:
    """The AUC within each fold, by its pairs of who bought and who did not."""
    each = [(expected[folds == fold], bought[folds == fold]) for fold in np.unique(folds)]
    pairs = [happened.sum() * (~happened).sum() for _, happened in each]
    return float(np.average([roc_auc_score(happened, found) for found, happened in each], weights=pairs))
