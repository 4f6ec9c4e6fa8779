"""Would the recommendations of an earlier day have been bought? Beside what everybody could recommend."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from segmentlab.segments.products import likelihoods
from segmentlab.segments.purchases import BeforeAndAfter, Purchases
from segmentlab.segments.recommendations import Ints, Lists, Scores, best, learn, on_sale, ownership

if TYPE_CHECKING:
    from scipy.sparse import csr_array

RECOMMENDER: Final = "segments"
POPULARITY: Final = "popularity"
RANDOM: Final = "random"
RATES: Final = ("hit_rate", "recall")


def judged(then: BeforeAndAfter, labels: pd.Series, resamples: int, seed: int) -> pd.DataFrame | None:
    """Hit rate and recall of three ways to recommend; nothing where nobody came back for anything new.

    `labels` are the segments as of that day. Every way chooses among the same products. Among `new` only
    products count that the customer did not have; among `any`, they may be recommended again. 95 %
    intervals come from resampled customers, the same for all; `beyond` is the distance to popularity.
    """
    candidates, owned, later = on_sale(then.before), ownership(then.before), _later(then)
    new = (later - later.multiply(owned)).tocsr()
    if new.sum() == 0 or len(candidates) == 0:
        return None
    ways = _ways(then.before, labels, seed)
    tables = []
    for what, wanted, without in (("new", new, owned), ("any", later, None)):
        came = np.flatnonzero(wanted.sum(axis=1) > 0)
        found = {
            name: _rates(best(scores, came, candidates, without), wanted) for name, scores in ways.items()
        }
        tables.append(_intervals(found, resamples, seed).assign(products=what, customers=len(came)))
    return pd.concat(tables, ignore_index=True)


def metrics(table: pd.DataFrame) -> dict[str, float]:
    """The rates by the names that runs are compared by."""
    prefix = {(RECOMMENDER, "new"): "", (RECOMMENDER, "any"): "repeat_"}
    prefix |= {(way, "new"): f"{way}_" for way in (POPULARITY, RANDOM)}
    rows = table.set_index(["by", "products"])[[*RATES]].to_dict("index")
    return {f"recommend/{start}{rate}": rows[key][rate] for key, start in prefix.items() for rate in RATES}


def _later(then: BeforeAndAfter) -> "csr_array":
    """What customers bought afterwards, charges left out."""
    from scipy.sparse import csr_array

    goods = then.after[~then.before.products["charge"].to_numpy()[then.after["product"]]]
    shape = len(then.before.customers), len(then.before.products)
    ones = np.ones(len(goods), dtype=np.float32)
    return csr_array((ones, (goods["customer"].to_numpy(), goods["product"].to_numpy())), shape=shape)


def _ways(before: Purchases, labels: pd.Series, seed: int) -> dict[str, Callable[[Ints], Scores]]:
    candidates = on_sale(before)
    buyers = np.bincount(before.product, minlength=len(before.products))[candidates].astype(np.float32)
    generator = np.random.default_rng(seed)
    return {
        RECOMMENDER: learn(before, labels, likelihoods(before, labels)).scores,
        POPULARITY: lambda customers: np.tile(buyers, (len(customers), 1)),
        RANDOM: lambda customers: generator.random((len(customers), len(candidates)), dtype=np.float32),
    }


def _rates(lists: Lists, wanted: "csr_array") -> pd.DataFrame:
    """Per customer: is anything of the list among what they bought, and how much of that is on the list."""
    width = wanted.shape[1]
    row, product = wanted[lists.customers].nonzero()
    listed = (np.arange(len(lists.customers))[:, None] * width + lists.products)[lists.products >= 0]
    hits = np.bincount(row, np.isin(row * width + product, listed), minlength=len(lists.customers))
    return pd.DataFrame({"hit_rate": hits > 0, "recall": hits / np.bincount(row)}).astype("float64")


def _intervals(found: Mapping[str, pd.DataFrame], resamples: int, seed: int) -> pd.DataFrame:
    """The mean over customers of each way, and where it lies when other customers had come."""
    customers = len(found[RECOMMENDER])
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(customers, np.full(customers, 1 / customers), size=resamples) / customers
    rows = []
    for name, rates in found.items():
        row: dict[str, object] = {"by": name, **rates.mean()}
        for rate in RATES if resamples else ():
            drawn = weights @ rates[rate].to_numpy()
            beyond = drawn - weights @ found[POPULARITY][rate].to_numpy()
            for suffix, values in (("", drawn), ("_beyond", beyond)):
                low, high = np.quantile(values, (0.025, 0.975))
                row |= {f"{rate}{suffix}_low": low, f"{rate}{suffix}_high": high}
        rows.append(row)
    return pd.DataFrame(rows)
