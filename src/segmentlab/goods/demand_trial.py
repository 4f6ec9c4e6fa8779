"""Ways to forecast demand, tried on earlier days: how far each was off, and what came beside it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.demand import WAYS, Amounts, DemandBefore, cap_purchases, list_possible_ways
from segmentlab.goods.demand_intervals import Outcomes, pair_outcomes
from segmentlab.goods.product_days import ProductDays
from segmentlab.value import OrderLaw

ALL_SHOPPERS: Final = "all"
NEWCOMERS: Final = "new customers"
UNNAMED: Final = "unknown customers"


class StockDay(NamedTuple):
    """A day on which a forecast is tried: how many days ago, and the segments and the law known by then."""

    ago: int
    labels: pd.Series | None  # nothing where nobody knows: customers are tried all together then
    law: OrderLaw[Any] | None


@dataclass(frozen=True)
class DemandTrial:
    """What was learnt from earlier days: which way is best, and how far from its forecasts outcomes were."""

    ways: Mapping[str, str]  # of segments (`ALL_SHOPPERS`), of who is new, and of who is unknown
    judged: pd.DataFrame  # days_ago, way, segment, error
    outcomes: tuple[Outcomes, ...]


def try_ways(
    days: ProductDays,
    earlier: Sequence[StockDay],
    today: DemandBefore,
    segments: npt.NDArray[Any],
) -> DemandTrial:
    """Forecast from each earlier day that has a period before it and one after it, by every possible way."""
    horizon = today.horizon
    known = [one for one in earlier if days.days - one.ago >= horizon <= one.ago]
    usual = cap_purchases(days, max((one.ago for one in known), default=0))
    tried = [look_from(days, usual, one, segments, horizon) for one in known]
    ways = [way for way in WAYS if all(way in list_possible_ways(one) for one in (today, *tried))]
    forecasts = {way: [WAYS[way](one) for one in tried] for way in ways}
    rows = [
        {"days_ago": one.ago, "way": way, "segment": name, "error": error}
        for way, made in forecasts.items()
        for forecast, one, day in zip(made, tried, known, strict=True)
        for name, error in _measure_errors(
            forecast, one, name_groups(segments), by_segment=day.labels is not None
        )
    ]
    judged = pd.DataFrame(rows, columns=["days_ago", "way", "segment", "error"])
    best = _find_best(judged, ways[0])
    outcomes = [
        pair_outcomes(mix_ways(best, {way: made[number] for way, made in forecasts.items()}, one), one)
        for number, one in enumerate(tried)
    ]
    return DemandTrial(best, judged, tuple(outcomes))


def _find_best(judged: pd.DataFrame, first: str) -> dict[str, str]:
    """The way that was best on average; the first one where none was tried."""
    best = {}
    for name in (ALL_SHOPPERS, NEWCOMERS, UNNAMED):
        errors = judged[judged["segment"] == name].groupby("way", sort=False)["error"].mean()
        best[name] = str(errors.idxmin()) if len(errors) else first
    return best


def forecast_best(ways: Mapping[str, str], before: DemandBefore) -> Amounts:
    """Forecast each group by its own best way."""
    return mix_ways(ways, {way: WAYS[way](before) for way in set(ways.values())}, before)


def mix_ways(ways: Mapping[str, str], forecasts: Mapping[str, Amounts], before: DemandBefore) -> Amounts:
    """All segments by one way, who is new and who is unknown by theirs."""
    mixed = forecasts[ways[ALL_SHOPPERS]].copy()
    for row, name in ((before.segments + 1, NEWCOMERS), (before.segments + 2, UNNAMED)):
        mixed[row] = forecasts[ways[name]][row]
    return mixed


def look_from(
    days: ProductDays, usual: Amounts, day: StockDay, segments: npt.NDArray[Any], horizon: int
) -> DemandBefore:
    """What was known on a day; `usual` are the amounts as `cap_purchases` has them."""
    place = np.zeros(len(days.customers), dtype=np.int64)
    if day.labels is not None:
        known = pd.Index(segments).get_indexer(day.labels.reindex(days.customers.to_numpy()))
        place = np.where(known >= 0, known, len(segments)).astype(np.int64)
    return DemandBefore(days, usual, place, len(segments), day.ago, horizon, day.law)


def _measure_errors(
    forecast: Amounts, one: DemandBefore, names: dict[int, str], *, by_segment: bool
) -> Iterator[tuple[str, float]]:
    """What the forecasts of products were off in all, over what was bought: by group, and of all segments."""
    off, came = np.abs(forecast - one.came).sum(axis=1), one.came.sum(axis=1)
    for row, name in names.items():
        if came[row] > 0 and (by_segment or row > one.segments):
            yield name, off[row] / came[row]
    own = slice(one.segments)
    if came[own].sum() > 0:
        yield ALL_SHOPPERS, off[own].sum() / came[own].sum()


def name_groups(segments: npt.NDArray[Any]) -> dict[int, str]:
    """The groups that a table tells of, by their row; who came since segments were learnt is of no use."""
    named = {row: str(segment) for row, segment in enumerate(segments)}
    return named | {len(segments) + 1: NEWCOMERS, len(segments) + 2: UNNAMED}
