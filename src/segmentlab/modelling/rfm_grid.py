"""The grid that everybody knows: customers cut by recency, frequency and monetary value, cell by cell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar, Final, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted, validate_data

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import Labels, Points, Transformer
from segmentlab.modelling.parameters import (
    ListOf,
    Nothing,
    Number,
    ParameterTable,
    RisingNumbers,
    WholeNumber,
    check_parameters,
)

# The columns of the grid by its parameters' names.
GRID_FEATURES: Final[Mapping[str, str]] = {
    "recency": "rfm_recency",
    "frequency": "rfm_frequency",
    "monetary": "rfm_monetary",
}
Bins = int | Sequence[float]
MOST_CELLS: Final = 1_000
ROUNDING: Final = 1e-9  # of a cut point: a customer on it stays below, whatever the last digit says


class RfmGrid(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Cuts customers into cells by recency, frequency and monetary value; a cell is a segment.

    Each of the three takes a number of bins, which are quantiles of the customers at hand, or own cut points
    in the feature's unit: `recency=[30, 90]` makes three bins, up to 30 days, up to 90, and above. Customers
    with one value are never cut apart, so where many share one there are fewer bins than asked for, and a
    note says so. Cells with fewer customers than `smallest` join the nearest larger one. New customers are
    placed by the cut points that were learnt.

    Args:
        recency: Bins or cut points of `rfm_recency`, in days; 1 leaves it out.
        frequency: Bins or cut points of `rfm_frequency`, in orders.
        monetary: Bins or cut points of `rfm_monetary`, in money.
        smallest: The share of the customers below which a cell is none of its own.
        columns: Where the three stand among the points. None takes the first ones in this order, as of a
            matrix; a `Segmenter` finds them by their names.

    Attributes:
        labels_: The segment of each customer.
        cuts_: The cut points of each column, where the model saw them.
        bins_: The bin of each customer by each column, from 0.
        cells_: The segment of each cell, by the bins of its columns.
        notes_: What could not be done as it was asked for, in sentences.

    Example:
        >>> from segmentlab.modelling import RfmGrid
        >>> grid = RfmGrid(recency=2, frequency=[1], monetary=1)
        >>> grid.fit([[5, 9, 90], [7, 8, 70], [90, 1, 5], [80, 1, 8]]).labels_
        array([0, 0, 1, 1])
        >>> grid.predict([[100, 1, 20]])
        array([1])
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "recency": (WholeNumber(1, 10), RisingNumbers()),
        "frequency": (WholeNumber(1, 10), RisingNumbers()),
        "monetary": (WholeNumber(1, 10), RisingNumbers()),
        "smallest": (Number(least=0, most=1),),
        "columns": (ListOf(WholeNumber(0)), Nothing()),
    }

    def __init__(
        self,
        recency: Bins = 3,
        frequency: Bins = 3,
        monetary: Bins = 3,
        smallest: float = 0.02,
        columns: Sequence[int] | None = None,
    ) -> None:
        self.recency = recency
        self.frequency = frequency
        self.monetary = monetary
        self.smallest = smallest
        self.columns = columns

    def check_together(self) -> None:
        """Refuse a grid of one cell, and one of more cells than anybody could tell apart."""
        sizes = {
            name: len(bins) + 1 if isinstance(bins, Sequence) else int(bins)
            for name, bins in self._list_bins().items()
        }
        if not 2 <= prod(sizes.values()) <= MOST_CELLS:
            told = ", ".join(f"{name} {size}" for name, size in sizes.items())
            raise ConfigError(
                f"RfmGrid has {prod(sizes.values()):,} cells (bins: {told}): expected 2 to {MOST_CELLS:,}. "
                "Change recency=, frequency= or monetary=."
            )

    def meet_customers(
        self, features: pd.DataFrame, preparation: Transformer, projection: Transformer
    ) -> Self:
        """Find the three features by their names, and own cut points in the space that customers stand in."""
        check_parameters(self)
        if not (isinstance(projection, FunctionTransformer) and projection.func is None):
            raise ConfigError(
                "RfmGrid cuts features, and a projection leaves none of them as it was. "
                "Choose projection=none."
            )
        names, bins = list(features.columns), self._list_bins()
        missing = [name for name, own in bins.items() if own != 1 and GRID_FEATURES[name] not in names]
        if missing:
            raise ConfigError(
                f"RfmGrid needs {', '.join(GRID_FEATURES[name] for name in missing)}, and the features are "
                f"{', '.join(map(str, names))}. Choose features=rfm, alone or beside others, or set "
                f"model.{missing[0]}=1 to leave it out of the grid."
            )
        self.columns = [names.index(each) if each in names else 0 for each in GRID_FEATURES.values()]
        for name, own in bins.items():
            if isinstance(own, Sequence):
                setattr(self, name, _move_cuts(GRID_FEATURES[name], own, features, preparation))
        return self

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Learn the cut points and the cells."""
        check_parameters(self)
        self.check_together()
        points = validate_data(self, X, dtype=np.float64)
        chosen = self._choose_columns(points)
        bins = list(self._list_bins().values())[: chosen.shape[1]]
        self.cuts_ = [_make_cuts(column, own) for column, own in zip(chosen.T, bins, strict=True)]
        self.bins_ = find_bins(chosen, self.cuts_)
        shape = tuple(len(cuts) + 1 for cuts in self.cuts_)
        counts = np.bincount(np.ravel_multi_index(tuple(self.bins_.T), shape), minlength=np.prod(shape))
        least = self.smallest * len(points)
        self.cells_ = join_small_cells(counts.reshape(shape), least)
        self.labels_: Labels = self.cells_[tuple(self.bins_.T)]
        self.notes_ = tuple(self._describe_limits(counts, least))
        return self

    def predict(self, X: Points) -> Labels:  # noqa: N803
        """The segment of the cell that each customer falls into."""
        check_is_fitted(self, "cells_")
        points = validate_data(self, X, reset=False, dtype=np.float64)
        found: Labels = self.cells_[tuple(find_bins(self._choose_columns(points), self.cuts_).T)]
        return found

    def _list_bins(self) -> dict[str, Bins]:
        return {name: getattr(self, name) for name in GRID_FEATURES}

    def _choose_columns(self, points: Points) -> Points:
        return points[
            :, list(range(len(GRID_FEATURES)))[: points.shape[1]] if self.columns is None else self.columns
        ]

    def _describe_limits(self, counts: Labels, least: float) -> Iterator[str]:
        for (name, asked), cuts in zip(self._list_bins().items(), self.cuts_, strict=False):
            if not isinstance(asked, Sequence) and len(cuts) + 1 < asked:
                yield (
                    f"{name}={asked} makes {len(cuts) + 1} bins: too many customers share one value to cut "
                    "them into more."
                )
        small = counts[(counts > 0) & (counts < least)]
        if len(small):
            yield (
                f"{len(small)} of {np.count_nonzero(counts)} cells with customers hold fewer than "
                f"{self.smallest:.3g} of all, {small.sum():,} customers together, and joined the nearest "
                "larger cell (model.smallest)."
            )
        empty = int((counts == 0).sum())
        if empty:
            yield f"{empty} of {len(counts)} cells hold nobody: a new customer there joins the nearest cell."


def find_quantile_cuts(values: Points, bins: int) -> Points:
    """The values between which customers are cut into as many equal parts as ties allow.

    Who is above a cut point is in the upper part, and no part is empty. Where more customers share the
    largest value than a part holds, they are cut from the others.
    """
    distinct = np.unique(values)
    if len(distinct) < 2:
        return np.empty(0)
    wanted = np.quantile(values, np.arange(1, bins) / bins)
    above = np.unique(np.searchsorted(distinct, wanted, side="right").clip(max=len(distinct) - 1))
    low, high = distinct[above - 1], distinct[above]
    middle = low + (high - low) / 2
    return np.asarray(np.where(middle < high, middle, low))


def find_bins(values: Points, cuts: Sequence[Points]) -> Labels:
    """The bin of each value by the cut points of its column: who is on a cut point is below it."""
    columns = zip(values.T, cuts, strict=True)
    found: Labels = np.column_stack([np.searchsorted(own, column, side="left") for column, own in columns])
    return found


def join_small_cells(counts: Labels, least: float) -> Labels:
    """The segment of each cell: those that are large enough in their order, the others by the nearest one.

    Near is by the number of bins between; of equally near ones the larger counts. Where no cell is large
    enough, the largest is.
    """
    large = np.argwhere((counts >= least) & (counts > 0))
    if not len(large):
        large = np.argwhere(counts == counts.max())[:1]
    places = np.argwhere(np.ones_like(counts, dtype=np.bool_))
    steps = np.abs(places[:, None, :] - large[None, :, :]).sum(axis=2)
    sizes = counts[tuple(large.T)]
    # A share of one step decides between equally near cells, and never between others.
    nearest = (steps + 0.5 * (1 - sizes / sizes.max())[None, :]).argmin(axis=1)
    return np.asarray(nearest.reshape(counts.shape), dtype=np.int64)


def _make_cuts(column: Points, bins: Bins) -> Points:
    if isinstance(bins, Sequence):
        return np.asarray(bins, dtype=np.float64)
    return find_quantile_cuts(column, bins)


def _move_cuts(
    feature: str, cuts: Sequence[float], features: pd.DataFrame, preparation: Transformer
) -> list[float]:
    """Cut points in a feature's own unit, as what the preparation makes of them.

    Every stage of a preparation works feature by feature and keeps the order, so that a cut point goes the
    way of a value. Caps do not keep all of it: those who were told apart have to be so still.
    """
    exact = np.asarray(cuts, dtype=np.float64)
    rows = features.iloc[np.zeros(len(exact), dtype=np.intp)].reset_index(drop=True).astype(np.float64)
    rows[feature] = exact + ROUNDING * np.maximum(1.0, np.abs(exact))
    place = list(features.columns).index(feature)
    moved: Points = np.asarray(preparation.transform(rows))[:, place]
    prepared = np.asarray(preparation.transform(features))[:, [place]]
    before = find_bins(features[[feature]].to_numpy(dtype=np.float64), [exact])
    for position, cut in enumerate(cuts):
        # One cut point at a time: caps may put two of them on one spot.
        apart = (before[:, 0] > position) == (prepared[:, 0] > moved[position])
        if not apart.all():
            raise ConfigError(
                f"RfmGrid can't cut {feature} at {cut:g}: after the preparation {int((~apart).sum()):,} "
                "customers are not on the side where they were. Choose prepare=log_standard, outliers=none, "
                "or a cut point that no cap reaches."
            )
    return [float(value) for value in moved]


@dataclass(frozen=True)
class GridCells:
    """Places points by the cell that they fall into."""

    columns: Labels
    cuts: tuple[Points, ...]
    cells: Labels
    usual: Points  # how far half of the fitted customers are from a border at least, by column

    @classmethod
    def of(cls, model: Any, points: Points) -> Self:  # noqa: ANN401  (whatever has the attributes)
        """Keep what a fitted grid places customers by."""
        count = len(model.cuts_)
        columns = np.arange(count) if model.columns is None else np.asarray(model.columns[:count])
        fresh = cls(columns.astype(np.int64), tuple(model.cuts_), model.cells_, np.ones(count))
        distances = fresh._measure_margins(points)
        finite = np.where(np.isfinite(distances), distances, np.nan)
        usual = [np.nanmedian(own) if np.isfinite(own).any() else 1.0 for own in finite.T]
        return cls(fresh.columns, fresh.cuts, fresh.cells, np.array(usual))

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label of each point, and how far it is from the next segment.

        Confidence is 0 on a cut point between two segments, a half where as far from it as half of the
        customers are, and nears 1 further away.
        """
        labels: Labels = self.cells[tuple(find_bins(points[:, self.columns], self.cuts).T)]
        margins = self._measure_margins(points)
        usual = np.where(self.usual > 0, self.usual, 1.0)
        bounded = np.isfinite(margins)
        near = np.divide(margins, margins + usual, out=np.ones_like(margins), where=bounded)
        return labels, np.asarray(near.min(axis=1))

    def _measure_margins(self, points: Points) -> Points:
        """By column, how far each point is from the cut points beyond which another segment begins."""
        values = points[:, self.columns]
        bins = find_bins(values, self.cuts)
        own = self.cells[tuple(bins.T)]
        margins = np.full(values.shape, np.inf)
        for column, cuts in enumerate(self.cuts):
            for step, side in ((-1, -1), (1, 0)):
                place = bins[:, column] + side
                inside = (place >= 0) & (place < len(cuts))
                beyond = bins.copy()
                beyond[inside, column] += step
                other = inside & (self.cells[tuple(beyond.T)] != own)
                distance = np.abs(values[other, column] - cuts[place[other]])
                margins[other, column] = np.minimum(margins[other, column], distance)
        return margins
