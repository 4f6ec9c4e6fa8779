"""One customer with other values: which segment that would be, and how near the next one is."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.modelling import Scorer

LOOKS: Final = 48  # at values of a feature on each side of the customer's own, spread as customers are
CLOSER_LOOKS: Final = 24  # between the last of the same segment and the first of another one, twice
RATIO_TOLERANCE: Final = 1e-6
RATIO_ROWS: Final = 2_000  # customers that have to agree before a feature counts as made of two others


class Ratio(NamedTuple):
    """A feature that follows from others: one divided by another, or a copy where there is no other."""

    name: str
    above: str
    below: str | None

    def compute(self, rows: pd.DataFrame) -> pd.Series:
        """Its values, kept where nothing can be divided."""
        if self.below is None:
            return rows[self.above]
        return (rows[self.above] / rows[self.below]).where(rows[self.below] != 0, rows[self.name])


class Crossing(NamedTuple):
    """The nearest value of one feature at which a customer is in another segment."""

    feature: str
    value: float
    segment: int
    name: str
    distance: float  # from where the customer stands, in the scoring space


@dataclass(frozen=True)
class WhatIf:
    """Customers of a run, of whom one may have other values. Nothing is learnt from them.

    Example:
        >>> import segmentlab as sl
        >>> from segmentlab.flow import WhatIf
        >>> shop = sl.make_shop(customers=300)
        >>> model = sl.load(sl.segment(shop, evaluate="quick", n_clusters=3).save("to_ask"))
        >>> known = sl.segment(shop, evaluate="quick", n_clusters=3).customers.set_index("customer_id")
        >>> asked = WhatIf(model.scorer, known[model.features])
        >>> changed = asked.change(asked.known.iloc[0], {"rfm_recency": 400.0})
        >>> asked.place(changed)["name"]
        'One-time'
    """

    scorer: Scorer
    known: pd.DataFrame  # features of the customers that the segments were learnt from, a row for each

    @cached_property
    def ratios(self) -> tuple[Ratio, ...]:
        """The features that are others divided by each other among all customers looked at."""
        return tuple(_find_ratios(self.known.head(RATIO_ROWS)))

    @cached_property
    def free(self) -> tuple[str, ...]:
        """The features that may be changed: those that follow from others do so."""
        followers = {ratio.name for ratio in self.ratios}
        return tuple(name for name in self.scorer.features if name not in followers)

    @cached_property
    def whole(self) -> frozenset[str]:
        """The features that are counts: no customer has a part of one."""
        rows = self.known[list(self.free)]
        return frozenset(rows.columns[(rows == rows.round()).all()])

    def change(self, customer: pd.Series, changes: Mapping[str, float]) -> pd.Series:
        """The customer with these values; features that follow from them follow."""
        row = customer[list(self.scorer.features)].astype("float64").to_frame().T
        return self._set_features(row.assign(**changes), set(changes)).iloc[0]

    def place(self, customer: pd.Series) -> pd.Series:
        """`segment`, `name` and `confidence` of one customer."""
        return self.scorer.assign(customer.to_frame().T).iloc[0]

    def find_crossings(self, customer: pd.Series) -> list[Crossing]:
        """For each feature and direction the nearest value with another segment, the nearest of all first.

        Values are looked for between the least and the greatest that any customer has; one feature is
        changed at a time.
        """
        own = int(self.place(customer)["segment"])
        sides = [
            (name, values)
            for name in self.free
            for values in _spread_values(self.known[name].to_numpy(), float(customer[name]))
            if len(values)
        ]
        for closer in (True, True, False):
            crossed = self._look(customer, own, sides)
            if not crossed:
                return []
            if closer:
                sides = [
                    (name, self._space_values(name, before, after)) for name, before, after, _ in crossed
                ]
        return sorted(
            self._measure_crossings(customer, [(name, found, row) for name, _, found, row in crossed]),
            key=lambda crossing: crossing.distance,
        )

    def _look(
        self, customer: pd.Series, own: int, sides: Sequence[tuple[str, np.ndarray]]
    ) -> list[tuple[str, float, float, pd.Series]]:
        """Of each side the last value of the same segment, the first of another, and who is there."""
        if not sides:
            return []
        rows = pd.concat([self._vary(customer, name, values) for name, values in sides], ignore_index=True)
        placed = self.scorer.assign(rows)
        found, start = [], 0
        for name, values in sides:
            other = placed["segment"].to_numpy()[start : start + len(values)] != own
            if other.any():
                first = int(other.argmax())
                before = float(customer[name]) if first == 0 else float(values[first - 1])
                found.append((name, before, float(values[first]), placed.iloc[start + first]))
            start += len(values)
        return found

    def _vary(self, customer: pd.Series, name: str, values: np.ndarray) -> pd.DataFrame:
        row = customer[list(self.scorer.features)].astype("float64").to_frame().T
        rows = row.loc[row.index.repeat(len(values))].reset_index(drop=True)
        return self._set_features(rows.assign(**{name: values}), {name})

    def _set_features(self, rows: pd.DataFrame, changed: set[str]) -> pd.DataFrame:
        for ratio in self.ratios:
            if changed & {ratio.above, ratio.below}:
                rows[ratio.name] = ratio.compute(rows)
        return rows

    def _space_values(self, name: str, before: float, after: float) -> np.ndarray:
        """Values between two, the second among them; whole ones of what is counted."""
        values = np.linspace(before, after, CLOSER_LOOKS + 1)[1:]
        if name not in self.whole:
            return values
        rounded = np.round(values)
        kept = np.concatenate([[True], rounded[1:] != rounded[:-1]]) & (rounded != before)
        return np.asarray(rounded[kept])

    def _measure_crossings(
        self, customer: pd.Series, found: Sequence[tuple[str, float, pd.Series]]
    ) -> Iterator[Crossing]:
        rows = [self._vary(customer, name, np.array([value])) for name, value, _ in found]
        here = self._vary(customer, self.scorer.features[0], np.array([customer[self.scorer.features[0]]]))
        space = self.scorer.prepare(pd.concat([here, *rows], ignore_index=True)).to_numpy()
        distances = np.linalg.norm(space[1:] - space[0], axis=1)
        for (name, value, placed), distance in zip(found, distances, strict=True):
            yield Crossing(name, value, int(placed["segment"]), str(placed["name"]), float(distance))


def _spread_values(known: np.ndarray, own: float) -> Iterator[np.ndarray]:
    """Values that customers have, above and below one's own, the nearest first."""
    values = np.unique(known)
    for side in (values[values > own], values[values < own][::-1]):
        places = np.unique(np.linspace(0, len(side) - 1, min(len(side), LOOKS)).astype(np.intp))
        yield side[places]


def _find_ratios(rows: pd.DataFrame) -> Iterator[Ratio]:
    """Copies and quotients among columns that vary; what is no count is looked at first, the last before."""
    varied = [name for name in rows.columns if rows[name].min() < rows[name].max()]
    counts = {name for name in varied if (rows[name] == rows[name].round()).all()}
    followers: set[str] = set()
    for name in sorted(varied, key=lambda one: (one in counts, -varied.index(one))):
        others = [one for one in varied if one != name and one not in followers]
        ratio = _find_ratio(rows, name, others, list(rows.columns).index(name))
        if ratio is not None:
            followers.add(name)
            yield ratio


def _find_ratio(rows: pd.DataFrame, name: str, others: Sequence[str], place: int) -> Ratio | None:
    own = rows[name].to_numpy(dtype=np.float64)
    for one in others:
        if list(rows.columns).index(one) < place and _is_close(own, rows[one].to_numpy(dtype=np.float64)):
            return Ratio(name, one, None)
    for above, below in permutations(others, 2):
        divisor = rows[below].to_numpy(dtype=np.float64)
        usable = divisor != 0
        quotient = np.divide(rows[above].to_numpy(dtype=np.float64), divisor, out=own.copy(), where=usable)
        if usable.mean() > 1 / 2 and _is_close(own, quotient):
            return Ratio(name, above, below)
    return None


def _is_close(first: np.ndarray, second: np.ndarray) -> bool:
    return bool(np.allclose(first, second, rtol=RATIO_TOLERANCE, atol=1e-9))
