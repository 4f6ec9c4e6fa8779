"""The products that set a segment apart, once how much its customers buy, and when, is taken out."""

from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammainc, gammaincinv
from scipy.stats import false_discovery_control
from threadpoolctl import threadpool_limits

from segmentlab.goods.likelihoods import RATE_INTERVAL, Likelihoods
from segmentlab.goods.product_days import ProductDays

MONTH_DAYS: Final = 28  # within which a shop offers the same products
PRIOR_MONTHS: Final = 10.0  # as many that were counted, and as many expected, are added
LEAST_BUYERS: Final = 10  # of a product; what fewer of them are is chance
MOST_FALSE: Final = 0.05  # the share of false ones among products that are said to set a segment apart
SIZES_PER_DOUBLING: Final = 4  # who buys nearly as much in a month is counted together
NEWTON_STEPS: Final = 3

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]


class Activity(NamedTuple):
    """Who bought what in each month, and how much customers bought in it."""

    bought: Values  # by month and product: customers
    sizes: Values  # by month and size: different products that one customer bought
    people: Values  # by month, size and segment: customers
    months: Values  # by segment and product: in how many months customers bought it, added up
    buyers: Values  # by product


def find_distinctive(found: Likelihoods, days: ProductDays, labels: pd.Series) -> Likelihoods:
    """Add how often each segment would buy each product if it bought like everybody, and what stands out.

    Who buys many different products buys more of each. So a customer who bought so many of them in a month
    of 28 days is expected to have bought a product in it with the probability 1 - exp(-theta x so many).
    Theta, one for each product and month, makes the expected customers as many as there were: nothing is
    expected of months in which the product was not sold. Months are added up, because a taste shows in
    coming back for a product more than in having bought it once.

    Args:
        found: The likelihoods of the same customers.
        days: What they bought, and when.
        labels: The segment of each customer.

    Returns:
        With the columns `basket_lift` and `spend_lift`, a product's share of the baskets and of the spend of
        a segment over that of all; `months_bought`, in how many months customers bought it, added up, and
        `expected_months`; `times_expected` with its 95 % interval, the first over the second, both with ten
        more; `q_value`, the share of false discoveries among those that stand out as much; `sets_apart`.
        `distinctive_rank` orders by the lower end of `times_expected`.
    """
    table = found.table
    segments = table["segment"].unique()
    products = table["product_id"].head(len(table) // len(segments)).astype("str")
    charge = table["charge"].to_numpy()[: len(products)]
    chosen = pd.Index(days.products).get_indexer(products)
    place = pd.Index(segments).get_indexer(labels.reindex(days.customers.to_numpy()).to_numpy())
    known, place = _drop_nobody(days), place.astype(np.int64)
    activity = measure_activity(known, place, len(segments))
    told_of = np.isin(np.arange(len(days.products)), chosen[~charge])
    columns = judge_months(activity, np.flatnonzero((activity.buyers >= LEAST_BUYERS) & told_of))
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
    """Count by month; `place` is the segment of each customer."""
    people, products = len(days.customers), len(days.products)
    month = days.age // MONTH_DAYS
    months = int(month.max()) + 1
    pair = days.customer.astype(np.int64) * products + days.product
    new_pair = np.diff(pair, prepend=-1) != 0
    once = new_pair | (np.diff(month, prepend=-1) != 0)  # entries of a pair are in the order of days
    customer, product, month = days.customer[once], days.product[once], month[once]
    size = np.bincount(customer * np.int64(months) + month, minlength=people * months)
    active = np.flatnonzero(size)
    size = size[active]
    group = np.round(SIZES_PER_DOUBLING * np.log2(size)).astype(np.int64)
    shape = months, int(group.max()) + 1, segments
    group += active % months * shape[1]
    count = np.bincount(group, minlength=months * shape[1])
    own = group * segments + place[active // months]
    return Activity(
        bought=_count_cells(month, product, (months, products)),
        sizes=(np.bincount(group, size, len(count)) / np.maximum(count, 1)).reshape(shape[:2]),
        people=np.bincount(own, minlength=len(count) * segments).reshape(shape).astype(float),
        months=_count_cells(place[customer], product, (segments, products)),
        buyers=np.bincount(days.product[new_pair], minlength=products).astype(float),
    )


def _count_cells(
    row: npt.NDArray[np.integer], column: npt.NDArray[np.integer], shape: tuple[int, int]
) -> Values:
    cells = row.astype(np.int64) * shape[1] + column
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(float)


def expect_months(activity: Activity, products: Places) -> Values:
    """In how many months each segment would buy these products if all that differed were how much it buys."""
    expected = np.zeros((len(activity.months), len(products)))
    with threadpool_limits(1):  # products of such small matrices keep a second thread waiting, not working
        for bought, sizes, people in zip(activity.bought, activity.sizes, activity.people, strict=True):
            sold, there = np.flatnonzero(bought[products]), people.any(axis=1)
            expected[:, sold] += _expect_month(bought[products[sold]], sizes[there], people[there])
    return expected


def _expect_month(bought: Values, sizes: Values, people: Values) -> Values:
    """By segment and product; together the expected customers are as many as there were."""
    everybody = people.sum(axis=1)
    theta = bought / (everybody @ sizes)  # below what is sought, and Newton's steps never go beyond it
    for _ in range(NEWTON_STEPS):
        missed = np.exp(-theta[:, None] * sizes)
        lacking = bought - everybody.sum() + missed @ everybody
        theta = theta + lacking / np.maximum(missed @ (everybody * sizes), 1e-9)
    expected = people.T @ (1 - np.exp(-theta[:, None] * sizes)).T
    return np.asarray(expected * (bought / expected.sum(axis=0)))


def judge_months(activity: Activity, tried: Places) -> dict[str, Values]:
    """How far what was bought is beyond what was expected, and how sure that is over all of it."""
    own, expected = activity.months[:, tried], expect_months(activity, tried)
    shape, rate = own + PRIOR_MONTHS, expected + PRIOR_MONTHS
    low, high = (gammaincinv(shape, end) / rate for end in RATE_INTERVAL)
    # As probable as that a Poisson variable is at least n: a Gamma variable of shape n below its mean.
    tail = np.where(own > 0, gammainc(np.maximum(own, 1.0), expected), 1.0)
    judged = {
        "months_bought": own,
        "expected_months": expected,
        "times_expected": shape / rate,
        "times_expected_low": low,
        "times_expected_high": high,
        "q_value": false_discovery_control(tail.ravel()).reshape(tail.shape) if tail.size else tail,
    }
    told = {name: np.full_like(activity.months, np.nan) for name in judged}
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
