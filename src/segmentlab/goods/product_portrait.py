"""Products of a segmentation: what segments buy, and what to recommend."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from segmentlab.goods.distinctive import find_distinctive
from segmentlab.goods.likelihoods import Likelihoods, estimate_likelihoods
from segmentlab.goods.product_days import ProductDays
from segmentlab.goods.purchases import BeforeAndAfter, Purchases
from segmentlab.goods.recommendations import (
    ProductLists,
    RowNumbers,
    ScoreMatrix,
    choose_best_products,
    find_products_on_sale,
    learn_recommender,
    mark_owned_products,
    recommend_per_customer,
    recommend_per_segment,
)

if TYPE_CHECKING:
    from scipy.sparse import csr_array


# Would the recommendations of an earlier day have been bought? Beside what everybody could recommend.


RECOMMENDER_WAY: Final = "segments"
POPULARITY_WAY: Final = "popularity"
RANDOM_WAY: Final = "random"
HIT_RATES: Final = ("hit_rate", "recall")


def judge_hindsight(
    then: BeforeAndAfter, labels: pd.Series, resamples: int, seed: int
) -> pd.DataFrame | None:
    """Hit rate and recall of three ways to recommend; nothing where nobody came back for anything new.

    `labels` are the segments as of that day. Every way chooses among the same products. Among `new` only
    products count that the customer did not have; among `any`, they may be recommended again. 95 %
    intervals come from resampled customers, the same for all; `beyond` is the distance to popularity.
    """
    candidates, owned, later = (
        find_products_on_sale(then.before),
        mark_owned_products(then.before),
        _find_later_purchases(then),
    )
    new = (later - later.multiply(owned)).tocsr()
    if new.sum() == 0 or len(candidates) == 0:
        return None
    ways = _list_ways(then.before, labels, seed)
    tables = []
    for what, wanted, without in (("new", new, owned), ("any", later, None)):
        came = np.flatnonzero(wanted.sum(axis=1) > 0)
        found = {
            name: _compute_rates(choose_best_products(scores, came, candidates, without), wanted)
            for name, scores in ways.items()
        }
        tables.append(
            _compute_rate_intervals(found, resamples, seed).assign(products=what, customers=len(came))
        )
    return pd.concat(tables, ignore_index=True)


def list_hindsight_metrics(table: pd.DataFrame) -> dict[str, float]:
    """The rates by the names that runs are compared by."""
    prefix = {(RECOMMENDER_WAY, "new"): "", (RECOMMENDER_WAY, "any"): "repeat_"}
    prefix |= {(way, "new"): f"{way}_" for way in (POPULARITY_WAY, RANDOM_WAY)}
    rows = table.set_index(["by", "products"])[[*HIT_RATES]].to_dict("index")
    return {
        f"recommend/{start}{rate}": rows[key][rate] for key, start in prefix.items() for rate in HIT_RATES
    }


def _find_later_purchases(then: BeforeAndAfter) -> "csr_array":
    """What customers bought afterwards, charges left out."""
    from scipy.sparse import csr_array

    goods = then.after[~then.before.products["charge"].to_numpy()[then.after["product"]]]
    shape = len(then.before.customers), len(then.before.products)
    ones = np.ones(len(goods), dtype=np.float32)
    return csr_array((ones, (goods["customer"].to_numpy(), goods["product"].to_numpy())), shape=shape)


def _list_ways(
    before: Purchases, labels: pd.Series, seed: int
) -> dict[str, Callable[[RowNumbers], ScoreMatrix]]:
    candidates = find_products_on_sale(before)
    buyers = np.bincount(before.product, minlength=len(before.products))[candidates].astype(np.float32)
    generator = np.random.default_rng(seed)
    return {
        RECOMMENDER_WAY: learn_recommender(before, labels, estimate_likelihoods(before, labels)).scores,
        POPULARITY_WAY: lambda customers: np.tile(buyers, (len(customers), 1)),
        RANDOM_WAY: lambda customers: generator.random((len(customers), len(candidates)), dtype=np.float32),
    }


def _compute_rates(lists: ProductLists, wanted: "csr_array") -> pd.DataFrame:
    """Per customer: is anything of the list among what they bought, and how much of that is on the list."""
    width = wanted.shape[1]
    row, product = wanted[lists.customers].nonzero()
    listed = (np.arange(len(lists.customers))[:, None] * width + lists.products)[lists.products >= 0]
    hits = np.bincount(row, np.isin(row * width + product, listed), minlength=len(lists.customers))
    return pd.DataFrame({"hit_rate": hits > 0, "recall": hits / np.bincount(row)}).astype("float64")


def _compute_rate_intervals(found: Mapping[str, pd.DataFrame], resamples: int, seed: int) -> pd.DataFrame:
    """The mean over customers of each way, and where it lies when other customers had come."""
    customers = len(found[RECOMMENDER_WAY])
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(customers, np.full(customers, 1 / customers), size=resamples) / customers
    rows = []
    for name, rates in found.items():
        row: dict[str, object] = {"by": name, **rates.mean()}
        for rate in HIT_RATES if resamples else ():
            drawn = weights @ rates[rate].to_numpy()
            beyond = drawn - weights @ found[POPULARITY_WAY][rate].to_numpy()
            for suffix, values in (("", drawn), ("_beyond", beyond)):
                low, high = np.quantile(values, (0.025, 0.975))
                row |= {f"{rate}{suffix}_low": low, f"{rate}{suffix}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)


@dataclass(frozen=True)
class ProductPortrait:
    """What the customers of each segment buy, and what they have not bought yet.

    `for_customers` and `for_segments` are the recommendations. `hindsight` says how good those of an
    earlier day were, where the data reaches back far enough.
    """

    likelihoods: Likelihoods
    for_customers: pd.DataFrame
    for_segments: pd.DataFrame
    hindsight: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)


def portray_products(
    purchases: Purchases,
    labels: pd.Series,
    hindsight: pd.DataFrame | None,
    days: ProductDays | None = None,
) -> ProductPortrait:
    """Estimate, and recommend to every customer of the purchases.

    `days`, where they are known, tell which products set a segment apart from who buys as much.
    """
    found = estimate_likelihoods(purchases, labels)
    recommender = learn_recommender(purchases, labels, found)
    everybody = np.arange(len(purchases.customers))
    lists = choose_best_products(
        recommender.scores, everybody, find_products_on_sale(purchases), mark_owned_products(purchases)
    )
    recommended = recommend_per_customer(recommender, lists)
    return ProductPortrait(
        likelihoods=found if days is None else find_distinctive(found, days, labels),
        for_customers=recommended,
        for_segments=recommend_per_segment(recommended, labels, found),
        hindsight=hindsight,
        notes=purchases.notes,
        metrics={} if hindsight is None else list_hindsight_metrics(hindsight),
    )
