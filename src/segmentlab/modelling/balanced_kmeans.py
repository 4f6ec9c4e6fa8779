"""K-Means whose segments are neither too small nor too large."""

from dataclasses import dataclass
from math import ceil, floor
from typing import ClassVar, NamedTuple, Self

import numpy as np
import pandas as pd
from scipy.spatial.distance import cdist
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.interfaces import Labels, Points, Transformer
from segmentlab.modelling.parameters import (
    SEED,
    Nothing,
    ParameterTable,
    Share,
    WholeNumber,
    check_at_most,
    check_parameters,
)

MOST_STEPS = 100  # of assigning and averaging; a few dozen settle it


class BalancedKMeans(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """K-Means with a smallest and a largest segment, for teams that can't serve five people or half of all.

    It assigns and averages as K-Means does, but each assignment is the cheapest of those that keep to the
    sizes (exact, not greedy). The sizes hold for the customers it is fitted on. Who is moved to keep them
    belongs to a segment whose centre is not the nearest: a segment has a handicap, by which its centre counts
    as further away, or nearer, than it is. New customers are placed with the same handicaps, so that a
    customer like one who was there gets the same segment; nobody counts them.

    Args:
        n_clusters: How many segments there shall be.
        size_min: The smallest segment: a number of customers, a share below 1 of them, or None.
        size_max: The largest, likewise.
        n_init: Starts by K-Means, of which the best is kept.
        random_state: The seed of the starts; without one they differ from fit to fit.

    Attributes:
        labels_: The segment of each customer.
        cluster_centers_: The centres.
        handicaps_: What is added to the squared distance from each centre; 0 where no size was in the way.
        inertia_: The sum of squared distances to the own centres.
        notes_: How many customers were moved, in a sentence.

    Example:
        >>> from segmentlab.modelling import BalancedKMeans
        >>> points = [[0.0], [1.0], [2.0], [3.0], [4.0], [50.0]]
        >>> BalancedKMeans(2, size_min=2, size_max=None, random_state=0).fit(points).labels_.tolist()
        [0, 0, 0, 0, 1, 1]
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "n_clusters": (WholeNumber(1),),
        "size_min": (WholeNumber(1), Share(), Nothing()),
        "size_max": (WholeNumber(1), Share(), Nothing()),
        "n_init": (WholeNumber(1),),
        "random_state": (SEED, Nothing()),
    }

    def __init__(
        self,
        n_clusters: int = 5,
        size_min: float | None = 0.05,
        size_max: float | None = 0.5,
        n_init: int = 5,
        random_state: int | None = None,
    ) -> None:
        self.n_clusters = n_clusters
        self.size_min = size_min
        self.size_max = size_max
        self.n_init = n_init
        self.random_state = random_state

    def check_together(self) -> None:
        """Refuse shares that no number of customers could keep to."""
        least, most = (value if _is_share(value) else None for value in (self.size_min, self.size_max))
        if least is not None and least * self.n_clusters > 1 + ROUNDING:
            raise ConfigError(
                f"size_min={least:g} of BalancedKMeans does not work with {self.n_clusters} segments: they "
                f"need {least * self.n_clusters:.0%} of the customers. Lower model.size_min to "
                f"{1 / self.n_clusters:.3g} or less, or lower model.n_clusters."
            )
        if most is not None and most * self.n_clusters < 1 - ROUNDING:
            raise ConfigError(
                f"size_max={most:g} of BalancedKMeans does not work with {self.n_clusters} segments: they "
                f"hold {most * self.n_clusters:.0%} of the customers. Raise model.size_max to "
                f"{ceil(1000 / self.n_clusters) / 1000:.3g} or more or set it to null, or "
                "raise model.n_clusters."
            )
        if least is not None and most is not None and least > most:
            raise ConfigError(
                f"size_min={least:g} and size_max={most:g} of BalancedKMeans do not work: expected size_min "
                "to be size_max at most."
            )

    def meet_customers(
        self,
        features: pd.DataFrame,
        preparation: Transformer,  # noqa: ARG002  (only how many there are counts)
        projection: Transformer,  # noqa: ARG002
    ) -> Self:
        """Make shares of numbers: whoever fits it again on a part of these customers means the same part."""
        check_parameters(self)
        self._find_limits(len(features))
        for name in ("size_min", "size_max"):
            value = getattr(self, name)
            if value is not None and not _is_share(value):
                setattr(self, name, _make_share(value, len(features)))
        return self

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Assign and average until nobody moves, from each start."""
        check_parameters(self)
        points = validate_data(self, X, dtype=np.float64)
        check_at_most(self, "n_clusters", len(points))
        limits = self._find_limits(len(points))
        seeds = check_random_state(self.random_state).randint(np.iinfo(np.int32).max, size=self.n_init)
        # Equal sums of squares are no gain: the first start stays, whatever the last digit says.
        best = min((_run_once(points, self.n_clusters, limits, int(seed)) for seed in seeds), key=_rate)
        self.labels_, self.cluster_centers_, self.handicaps_ = best.labels, best.centres, best.handicaps
        self.inertia_ = best.inertia
        self.notes_ = self._describe_moves(points)
        return self

    def predict(self, X: Points) -> Labels:  # noqa: N803
        """The segment with the nearest centre, handicaps counted."""
        check_is_fitted(self, "handicaps_")
        points = validate_data(self, X, reset=False, dtype=np.float64)
        return WeightedCentres(self.cluster_centers_, self.handicaps_).assign(points)[0]

    def _find_limits(self, customers: int) -> "SizeLimits":
        """Both sizes as numbers of customers. A share is rounded to the side that leaves more room."""
        self.check_together()
        least, most = self.size_min, self.size_max
        if least is None:
            least = 1
        elif _is_share(least):
            least = floor(least * customers + ROUNDING)
        if most is None:
            most = customers
        elif _is_share(most):
            most = ceil(most * customers - ROUNDING)
        least, most, k = max(int(least), 1), int(most), self.n_clusters
        if least * k > customers:
            raise DataError(
                f"{k} segments of {least:,} customers or more need {k * least:,}, and there are "
                f"{customers:,} to cluster. Lower model.size_min to {customers // k:,} or less, or "
                "lower model.n_clusters."
            )
        if most * k < customers:
            raise DataError(
                f"{k} segments of {most:,} customers or fewer hold {k * most:,}, and there are {customers:,} "
                f"to cluster. Raise model.size_max to {-(-customers // k):,} or more, or raise "
                "model.n_clusters."
            )
        if least > most:
            raise DataError(
                f"size_min={self.size_min} and size_max={self.size_max} of BalancedKMeans ask for "
                f"segments of {least:,} customers or more and {most:,} or fewer. Lower model.size_min or "
                "raise model.size_max."
            )
        return SizeLimits(least, most)

    def _describe_moves(self, points: Points) -> tuple[str, ...]:
        nearest = cdist(points, self.cluster_centers_).argmin(axis=1)
        moved = int((nearest != self.labels_).sum())
        if not moved:
            return ()
        return (
            f"{moved:,} of {len(points):,} customers are not in the segment whose centre is nearest, so that "
            "every segment keeps to model.size_min and model.size_max.",
        )


ROUNDING = 1e-9  # of shares: 0.1 of 30 customers are 3


class SizeLimits(NamedTuple):
    """The fewest and the most customers of a segment."""

    least: int
    most: int


class Settled(NamedTuple):
    """What one start came to."""

    labels: Labels
    centres: Points
    handicaps: Points
    inertia: float


def _is_share(value: float | None) -> bool:
    return Share().accepts(value)


def _make_share(count: float, customers: int) -> float | None:
    """A number of customers as their share; all of them is no limit."""
    return None if count >= customers else float(count) / customers


def _rate(settled: Settled) -> float:
    return float(f"{settled.inertia:.12g}")


def _run_once(points: Points, count: int, limits: SizeLimits, seed: int) -> Settled:
    """From the centres of K-Means to labels that keep to the sizes and no longer change."""
    centres = KMeans(count, n_init=1, random_state=seed).fit(points).cluster_centers_
    labels = np.full(len(points), -1)
    for _ in range(MOST_STEPS):
        costs = cdist(points, centres, "sqeuclidean")
        before, (labels, handicaps) = labels, assign_customers(costs, limits)
        if (labels == before).all():
            break
        own = centres
        sizes = np.bincount(labels, minlength=count)[:, None]
        sums = [np.bincount(labels, column, minlength=count) for column in points.T]
        centres = np.column_stack(sums) / sizes
    else:
        centres = own  # those that the last labels and handicaps belong to
    inertia = float(costs[np.arange(len(points)), labels].sum())
    return Settled(labels, centres, handicaps, inertia)


def assign_customers(costs: Points, limits: SizeLimits) -> tuple[Labels, Points]:
    """The cheapest labels within the sizes, and what each segment's costs are raised by to make them so."""
    from segmentlab.modelling.size_limits import assign_within_limits

    scale = float(costs.max()) or 1.0  # differences below rounding count as none, whatever the unit
    labels, prices = assign_within_limits(costs / scale, limits.least, limits.most)
    return labels, -prices * scale


@dataclass(frozen=True)
class WeightedCentres:
    """The nearest centre, where each stands as far behind the others as its handicap says."""

    centres: Points
    handicaps: Points

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label of each point, and the margin between its centre and the next: 0 at a border."""
        distances = cdist(points, self.centres, "sqeuclidean") + self.handicaps
        labels = distances.argmin(axis=1)
        if len(self.centres) == 1:
            return labels, np.ones(len(points))
        nearest, other = np.sqrt(np.partition(distances, 1, axis=1)[:, :2].T)
        ratio = np.divide(nearest, other, out=np.ones_like(nearest), where=other > 0)
        return labels, np.asarray(1 - ratio.clip(max=1.0))
