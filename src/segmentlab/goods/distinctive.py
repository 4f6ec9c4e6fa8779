"""The products that set a segment apart, once how much its customers buy, and when, is taken out."""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import minimize_scalar
from scipy.special import gammainc, gammaincinv
from scipy.stats import false_discovery_control
from threadpoolctl import threadpool_limits

from segmentlab.goods.likelihoods import RATE_INTERVAL, Likelihoods
from segmentlab.goods.product_days import ProductDays

PERIOD_DAYS: Final = 28  # within which a shop offers the same products
PRIOR_BUYERS: Final = 10.0  # as many buyers, and as many expected, are added to what was counted
LEAST_BUYERS: Final = 10  # of a product; what fewer of them are is chance
MOST_FALSE: Final = 0.1  # the share of false ones among products that are said to set a segment apart
TRIED_PRODUCTS: Final = 64  # by which it is found how breadth grows with activity
BREADTHS: Final = (0.4, 1.2)
BLOCK: Final = 64  # products at a time, so that what is computed stays near the processor
NEWTON_STEPS: Final = 2

Values = npt.NDArray[np.float64]
Single = npt.NDArray[np.float32]  # half of the memory, and exact to a millionth of a buyer
Places = npt.NDArray[np.int64]


class Activity(NamedTuple):
    """What everybody bought in each period, and of what people could choose from in it."""

    offered: Single  # by product and period: its share of all that was bought
    bought: Single  # by period and customer, segment by segment: different products
    starts: Places  # where each segment begins
    buyers: Values  # by segment and product


def find_distinctive(found: Likelihoods, days: ProductDays, labels: pd.Series) -> Likelihoods:
    """Add how many of each segment would buy each product if it bought like everybody, and who stands out.

    Who buys many different products buys more of each. So a customer who bought so many of them in a period
    is expected to have bought a product with the probability 1 - exp(-theta x its share of all that was
    bought in that period x so many ** breadth), summed over periods: nothing is expected of days on which
    the product was not sold. Theta makes the expected buyers of a product as many as there were; breadth is
    one number for the shop, whichever leaves least to be explained.

    Args:
        found: The likelihoods of the same customers.
        days: What they bought, and when.
        labels: The segment of each customer.

    Returns:
        With the columns `basket_lift` and `spend_lift`, a product's share of the baskets and of the spend of
        a segment over that of all; `expected_buyers`; `times_expected` with its 95 % interval, buyers over
        expected ones, both with ten more; `q_value`, the share of false discoveries among those that stand
        out as much; `sets_apart`. `distinctive_rank` orders by the lower end of `times_expected`.
    """
    table = found.table
    segments = table["segment"].unique()
    products = table["product_id"].head(len(table) // len(segments)).astype("str")
    charge = table["charge"].to_numpy()[: len(products)]
    chosen = pd.Index(days.products).get_indexer(products)
    place = pd.Index(segments).get_indexer(labels.reindex(days.customers.to_numpy()).to_numpy())
    known, place = _drop_nobody(days), place.astype(np.int64)
    activity = measure_activity(known, place, len(segments))
    tried = np.flatnonzero((activity.buyers.sum(axis=0) >= LEAST_BUYERS) & np.isin(
        np.arange(len(days.products)), chosen[~charge]
    ))  # fmt: skip
    columns = judge_buyers(activity, tried, find_breadth(activity, tried))
    columns |= _compute_lifts(known, place, len(segments))
    told = table.assign(**{name: values[:, chosen].ravel() for name, values in columns.items()})
    told["sets_apart"] = (told["q_value"] <= MOST_FALSE) & (told["times_expected_low"] > 1)
    ranked = told[~told["charge"]].groupby("segment")["times_expected_low"]
    told["distinctive_rank"] = ranked.rank(method="first", ascending=False).astype("Int64")
    return replace(found, table=told)


def _drop_nobody(days: ProductDays) -> ProductDays:
    """Without lines that name no customer: these come first."""
    first = int(np.searchsorted(days.customer, 0))
    return replace(
        days,
        customer=days.customer[first:],
        product=days.product[first:],
        age=days.age[first:],
        revenue=days.revenue[first:],
    )


def measure_activity(days: ProductDays, place: Places, segments: int) -> Activity:
    """Count by period; `place` is the segment of each customer."""
    people, products = len(days.customers), len(days.products)
    period = days.age // PERIOD_DAYS
    periods = int(period.max()) + 1
    pair = days.customer.astype(np.int64) * products + days.product
    new_pair = np.diff(pair, prepend=-1) != 0
    once = new_pair | (np.diff(period, prepend=-1) != 0)  # entries of a pair are in the order of days
    bought = np.bincount(days.customer[once] * np.int64(periods) + period[once], minlength=people * periods)
    offered = np.bincount(days.product[once] * np.int64(periods) + period[once], minlength=products * periods)
    bought, offered = bought.reshape(people, periods), offered.reshape(products, periods)
    order = np.argsort(place, kind="stable")
    cells = place[days.customer[new_pair]] * products + days.product[new_pair]
    return Activity(
        offered=(offered / np.maximum(bought.sum(axis=0), 1)).astype(np.float32),
        bought=np.ascontiguousarray(bought[order].T, dtype=np.float32),
        starts=np.searchsorted(place[order], np.arange(segments)),
        buyers=np.bincount(cells, minlength=segments * products).reshape(segments, products).astype(float),
    )


def find_breadth(activity: Activity, products: Places) -> float:
    """The power of activity that leaves least to be explained by segments, from products of all kinds."""
    if len(activity.starts) < 2 or not len(products):
        return 1.0
    by_size = products[np.argsort(activity.buyers[:, products].sum(axis=0), kind="stable")]
    some = by_size[np.linspace(0, len(by_size) - 1, min(TRIED_PRODUCTS, len(by_size))).astype(np.int64)]

    def measure_rest(breadth: float) -> float:
        expected = expect_buyers(activity, some, breadth)
        return float(((activity.buyers[:, some] - expected) ** 2 / np.maximum(expected, 1.0)).mean())

    return float(minimize_scalar(measure_rest, bounds=BREADTHS, method="bounded", options={"xatol": 0.03}).x)


def expect_buyers(activity: Activity, products: Places, breadth: float) -> Values:
    """How many of each segment would buy these products if all that differed were how much they buy."""
    weight = np.maximum(activity.bought.sum(axis=0), 1.0) ** np.float32(breadth - 1)
    bought = activity.bought * weight
    expected = np.empty((len(activity.starts), len(products)))
    with threadpool_limits(1):  # products of such small matrices keep a second thread waiting, not working
        for start in range(0, len(products), BLOCK):
            here = slice(start, start + BLOCK)
            block = products[here]
            exposure, buyers = activity.offered[block] @ bought, activity.buyers[:, block].sum(axis=0)
            expected[:, here] = _expect_block(exposure, buyers, activity.starts)
    return expected


def _expect_block(exposure: Single, buyers: Values, starts: Places) -> Values:
    """By segment and product; together the expected ones are as many as the buyers that there were."""
    people = exposure.shape[1]
    sizes = np.diff(starts, append=people)
    theta = (buyers / exposure.sum(axis=1)).astype(np.float32)[:, None]
    missed = np.empty_like(exposure)  # written over again and again: new memory costs more than sums
    for _ in range(NEWTON_STEPS):
        np.exp(np.multiply(exposure, -theta, out=missed), out=missed)
        slope = np.einsum("pc,pc->p", exposure, missed)
        lacking = buyers - (people - missed.sum(axis=1))
        theta += (lacking / np.maximum(slope, 1e-9)).astype(np.float32)[:, None]
    np.exp(np.multiply(exposure, -theta, out=missed), out=missed)
    expected = (sizes - np.add.reduceat(missed, starts, axis=1)).T.astype(np.float64)
    return np.asarray(expected * (buyers / expected.sum(axis=0)))


def judge_buyers(activity: Activity, tried: Places, breadth: float) -> dict[str, Values]:
    """How far buyers are beyond what was expected, and how sure that is, over all that was looked at."""
    own, expected = activity.buyers[:, tried], expect_buyers(activity, tried, breadth)
    shape, rate = own + PRIOR_BUYERS, expected + PRIOR_BUYERS
    low, high = (gammaincinv(shape, end) / rate for end in RATE_INTERVAL)
    # As probable as that a Poisson variable is at least n: a Gamma variable of shape n below its mean.
    tail = np.where(own > 0, gammainc(np.maximum(own, 1.0), expected), 1.0)
    judged = {
        "expected_buyers": expected,
        "times_expected": shape / rate,
        "times_expected_low": low,
        "times_expected_high": high,
        "q_value": false_discovery_control(tail.ravel()).reshape(tail.shape) if tail.size else tail,
    }
    told = {name: np.full_like(activity.buyers, np.nan) for name in judged}
    for name, values in judged.items():
        told[name][:, tried] = values
    return told


def _compute_lifts(days: ProductDays, place: Places, segments: int) -> dict[str, Values]:
    """The share of a segment's baskets and spend that a product has, over its share of everybody's."""
    products = len(days.products)
    own = place[days.customer]
    visits = np.unique(days.customer * (np.int64(days.days) + 1) + days.age) // (np.int64(days.days) + 1)
    baskets = np.bincount(place[visits], minlength=segments)
    spend = np.bincount(own, days.revenue, minlength=segments)
    lifts = {}
    for name, weights, whole in (("basket_lift", None, baskets), ("spend_lift", days.revenue, spend)):
        cells = np.bincount(own * products + days.product, weights, minlength=segments * products)
        parts = cells.reshape(segments, products).astype(float)
        with np.errstate(divide="ignore", invalid="ignore"):
            lifts[name] = (parts / whole[:, None]) / (parts.sum(axis=0) / whole.sum())
    return lifts
