"""Ways to forecast demand, tried on earlier days: how far each was off, and what came beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.demand import WAYS, Amounts, DemandBefore, cap_purchases, list_possible_ways
from segmentlab.goods.demand_intervals import Outcomes, pair_outcomes
from segmentlab.goods.product_days import ProductDays
from segmentlab.value import OrderLaw

EVERYBODY: Final = "all"
NEWCOMERS: Final = "new customers"
UNNAMED: Final = "unknown customers"


class EarlierDay(NamedTuple):
    """A day on which a forecast is tried: how many days ago, and the segments and the law known by then."""

    ago: int
    labels: pd.Series | None  # nothing where nobody knows: customers are tried all together then
    law: OrderLaw[Any] | None


@dataclass(frozen=True)
class DemandTrial:
    """What was learnt from earlier days: which way is best, and how far from its forecasts outcomes were."""

    way: str
    judged: pd.DataFrame  # days_ago, way, segment, error
    outcomes: tuple[Outcomes, ...]


def try_ways(
    days: ProductDays,
    earlier: Sequence[EarlierDay],
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
    whole = judged[judged["segment"] == EVERYBODY].groupby("way", sort=False)["error"].mean()
    way = str(whole.idxmin()) if len(whole) else ways[0]
    pairs = zip(forecasts[way], tried, strict=True)
    return DemandTrial(way, judged, tuple(pair_outcomes(forecast, one) for forecast, one in pairs))


def look_from(
    days: ProductDays, usual: Amounts, day: EarlierDay, segments: npt.NDArray[Any], horizon: int
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
        yield EVERYBODY, off[own].sum() / came[own].sum()


def name_groups(segments: npt.NDArray[Any]) -> dict[int, str]:
    """The groups that a table tells of, by their row; who came since segments were learnt is of no use."""
    named = {row: str(segment) for row, segment in enumerate(segments)}
    return named | {len(segments) + 1: NEWCOMERS, len(segments) + 2: UNNAMED}
