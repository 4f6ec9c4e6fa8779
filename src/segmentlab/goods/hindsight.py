"""Would the lists of earlier days have been bought? Every way beside every other, and which one is shown."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.assortment import Assortment, lay_out_assortment
from segmentlab.goods.purchases import BeforeAndAfter, ProductCodes
from segmentlab.goods.recommendations import ProductLists, choose_best_products
from segmentlab.goods.ways import AGAIN, CHANCE, KINDS, NEW, UNJUDGED, WAYS, find_way, list_ways

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RATES: Final = ("hit_rate", "recall")
SURE: Final = 1.96  # standard errors on either side of a mean: an interval of 95 %
LEAST_JUDGES: Final = 50  # customers who came back; fewer decide nothing
YARDSTICK: Final = "popularity"

Values = npt.NDArray[np.float64]


class EarlierDay(NamedTuple):
    """What was bought before and after a day, and the segments of that day."""

    bought: BeforeAndAfter
    labels: pd.Series


class Choice(NamedTuple):
    """The way whose lists are shown, and why."""

    way: str
    reason: str


@dataclass(frozen=True)
class JudgedWays:
    """All ways judged by what came after earlier days, and the choice among them for each kind.

    `table` has a row per kind, segment (missing: all customers) and way.
    """

    table: pd.DataFrame
    choices: Mapping[str, Choice]


class Judges(NamedTuple):
    """Customers who came back after a day, and what the list of each way was worth to each of them."""

    customers: npt.NDArray[np.object_]
    segments: npt.NDArray[np.int64]
    days: npt.NDArray[np.int64]
    rates: Mapping[str, Values]  # of each way: customers by the two rates

    def of_segment(self, segment: int) -> "Judges":
        """Those of one segment."""
        own = self.segments == segment
        rates = {way: values[own] for way, values in self.rates.items()}
        return Judges(self.customers[own], self.segments[own], self.days[own], rates)


def judge_ways(days: Sequence[EarlierDay]) -> JudgedWays | None:
    """Judge every way to recommend; nothing where nobody came back for anything that could be recommended.

    All ways choose among the same products. Of `new` products only those count that the customer did not
    have, of `again` whatever they bought. Days are pooled.
    """
    rows, choices = [], {}
    gathered = [_look_back(one, number) for number, one in enumerate(days)]
    for kind in KINDS:
        own = [found[kind] for found in gathered if kind in found]
        if not own:
            continue
        judges = _pool_judges(own)
        choices[kind] = choose_way(kind, judges)
        rows += [row | {"kind": kind, "segment": None} for row in _compare_ways(judges)]
        for segment in np.unique(judges.segments):
            few = _compare_ways(judges.of_segment(segment))
            rows += [row | {"kind": kind, "segment": int(segment)} for row in few]
    if not rows:
        return None
    table = pd.DataFrame(rows).astype({"segment": "Int64"})
    table["shown"] = [choices[kind].way == way for kind, way in zip(table["kind"], table["by"], strict=True)]
    first = ["kind", "segment", "by", "shown", "days", "customers"]
    return JudgedWays(table[[*first, *(name for name in table if name not in first)]], choices)


def _look_back(day: EarlierDay, number: int) -> dict[str, Judges]:
    """Who came back after a day, for each kind, and what each way's list would have been worth to them."""
    before = day.bought.before
    assortment = lay_out_assortment(before, day.labels)
    if not len(assortment.candidates):
        return {}
    wanted = _find_wanted(day.bought)
    came = {kind: np.flatnonzero(bought.sum(axis=1) > 0) for kind, bought in wanted.items()}
    everybody = came[AGAIN]
    rates: dict[str, dict[str, Values]] = {kind: {} for kind in KINDS}
    if not len(everybody):
        return {}
    for way in WAYS:
        lists = choose_best_products(assortment, way.learn(assortment), everybody, way.kinds)
        for kind, own in lists.items():
            here = np.isin(everybody, came[kind])
            few = ProductLists(everybody[here], own.columns[here])
            rates[kind][way.name] = _compute_rates(few, assortment, wanted[kind])
    people, labels = before.customers.to_numpy(), day.labels.reindex(before.customers.to_numpy()).to_numpy()
    return {
        kind: Judges(people[own], labels[own], np.full(len(own), number), rates[kind])
        for kind, own in came.items()
        if len(own)
    }


def _find_wanted(bought: BeforeAndAfter) -> "dict[str, csr_array]":
    """Customers by products: what they bought afterwards, and what of it is new; charges left out."""
    from scipy.sparse import csr_array

    before, after = bought.before, bought.after
    goods = after[~before.products["charge"].to_numpy()[after["product"]]]
    shape = len(before.customers), len(before.products)

    def lay_out(customer: ProductCodes, product: ProductCodes) -> "csr_array":
        return csr_array((np.ones(len(customer), dtype=np.float32), (customer, product)), shape=shape)

    later = lay_out(goods["customer"].to_numpy(), goods["product"].to_numpy())
    owned = lay_out(before.customer, before.product)
    return {AGAIN: later, NEW: (later - later.multiply(owned)).tocsr()}


def _compute_rates(lists: ProductLists, assortment: Assortment, wanted: "csr_array") -> Values:
    """Per customer: is anything of the list among what they bought, and how much of that is on the list."""
    width = wanted.shape[1]
    row, product = wanted[lists.customers].nonzero()
    products = np.where(lists.columns >= 0, assortment.candidates[lists.columns], -1)
    listed = (np.arange(len(products))[:, None] * width + products)[products >= 0]
    hits = np.bincount(row, np.isin(row * width + product, listed), minlength=len(products))
    return np.column_stack([hits > 0, hits / np.bincount(row, minlength=len(products))])


def _pool_judges(days: Sequence[Judges]) -> Judges:
    return Judges(
        np.concatenate([day.customers for day in days]),
        np.concatenate([day.segments for day in days]),
        np.concatenate([day.days for day in days]),
        {way: np.concatenate([day.rates[way] for day in days]) for way in days[0].rates},
    )


# Means with their intervals, and the choice.


def estimate_mean(values: Values, customers: npt.NDArray[np.object_]) -> Values:
    """The mean of each column, and the ends of its 95 % interval: customers vary, not their days.

    Who came back after two days is one who was seen twice. Of a single customer nobody knows an interval.
    """
    mean = values.mean(axis=0)
    people, place = np.unique(customers, return_inverse=True)
    sums = np.column_stack([np.bincount(place, column) for column in (values - mean).T])
    if len(people) < 2:
        return np.array([mean, np.full_like(mean, np.nan), np.full_like(mean, np.nan)])
    error = SURE * np.sqrt((sums**2).sum(axis=0) * len(people) / (len(people) - 1)) / len(values)
    return np.array([mean, mean - error, mean + error])


def _compare_ways(judges: Judges) -> Iterator[dict[str, object]]:
    """A row per way: its rates, and how far they lie beyond those of popularity, in pairs."""
    counts = {"days": len(np.unique(judges.days)), "customers": len(np.unique(judges.customers))}
    for way, values in judges.rates.items():
        own = estimate_mean(values, judges.customers)
        beyond = estimate_mean(values - judges.rates[YARDSTICK], judges.customers)
        row: dict[str, object] = {"by": way, **counts}
        for place, rate in enumerate(RATES):
            low, high = np.clip(own[1:, place], 0, 1)
            row |= {rate: own[0, place], f"{rate}_low": low, f"{rate}_high": high}
            names = (f"{rate}_beyond", f"{rate}_beyond_low", f"{rate}_beyond_high")
            row |= dict(zip(names, beyond[:, place], strict=True))
        yield row


def choose_way(kind: str, judges: Judges) -> Choice:
    """Ours where its recall beats the strongest rival's beyond the interval of their difference.

    Else the simplest rival that can't be told from the strongest.
    """
    came = len(np.unique(judges.customers))
    if came < LEAST_JUDGES:
        title = find_way(UNJUDGED[kind]).title
        told = f"{came} customers came back, too few to judge by, and it did best on shops that we know"
        return Choice(UNJUDGED[kind], f"“{title}” is shown unjudged: {told}.")
    ways = [way for way in list_ways(kind) if way.name != CHANCE]
    recall = {way.name: float(judges.rates[way.name][:, 1].mean()) for way in ways}
    ours = max((way for way in ways if way.ours), key=lambda way: recall[way.name])
    rivals = [way for way in ways if not way.ours]
    strongest = max(rivals, key=lambda way: recall[way.name])
    gain = _compare_recall(judges, ours.name, strongest.name)
    told = (
        f"recall {recall[ours.name]:.3f} against {recall[strongest.name]:.3f} of “{strongest.title}”, the "
        f"strongest rival, {gain[0]:+.4f} ({gain[1]:+.4f} to {gain[2]:+.4f})"
    )
    if gain[1] > 0:
        return Choice(ours.name, f"“{ours.title}” is shown: {told}.")
    simplest = next(way for way in rivals if _compare_recall(judges, strongest.name, way.name)[1] <= 0)
    return Choice(
        simplest.name,
        f"“{simplest.title}” is shown, for “{ours.title}” does not win beyond its interval: {told}.",
    )


def _compare_recall(judges: Judges, way: str, other: str) -> Values:
    difference = judges.rates[way] - judges.rates[other]
    return estimate_mean(difference, judges.customers)[:, 1]
