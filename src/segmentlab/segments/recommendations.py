"""What a customer has not bought yet, and people like them have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.segments.products import Likelihoods
from segmentlab.segments.purchases import Purchases

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST: Final = 10  # products per customer
FOR_SEGMENT: Final = 20  # products per segment
LATELY: Final = 90  # days; what nobody bought in them is taken to be sold no more
CANDIDATES: Final = 1_000  # products at most: those that most customers bought lately
RECENT: Final = 30  # products of a customer that say what they look for now; older ones foretold less
SURE: Final = 3  # standard deviations beyond chance from which on two products go together
FEW: Final = 10  # buyers that every product has in addition: two shared buyers of rare ones say little
BASE: Final = 0.3  # closeness to a basket with nothing close in it: the segment alone orders these
CELLS: Final = 2_000_000  # customers times candidates in memory at a time
SEGMENT_ALONE: Final = "liked in the segment"

Ints = npt.NDArray[np.int64]
Scores = npt.NDArray[np.float32]


class Lists(NamedTuple):
    """Products for customers, as positions, the best first; missing ones are -1 behind the others."""

    customers: Ints
    products: Ints  # a row per customer


@dataclass(frozen=True)
class Recommender:
    """Orders products for a customer by how their segment likes them, and what goes with their basket.

    A score is the square root of the likelihood in the segment (the root keeps a few best sellers from
    every place), times the closeness to what the customer bought most recently. Two products are close
    when more baskets hold both than chance explains.
    """

    purchases: Purchases
    segment: Ints  # of each customer: a row of `likelihood`
    likelihood: Scores  # segments by products
    candidates: Ints
    recent: Ints  # customers by their recent products; a number beyond the products where there are fewer
    close: "csr_array"  # products by candidates

    def scores(self, customers: Ints) -> Scores:
        """Customers by candidates."""
        near: Scores = (_matrix(self.recent[customers], len(self.purchases.products)) @ self.close).toarray()
        near += np.float32(BASE)
        near *= np.sqrt(self.likelihood[:, self.candidates])[self.segment[customers]]
        return near

    def reasons(self, lists: Lists) -> Ints:
        """Of all that a customer bought recently, what each product is closest to; -1 where nothing is."""
        column = np.full(len(self.purchases.products) + 1, -1)
        column[self.candidates] = np.arange(len(self.candidates))
        found = np.full_like(lists.products, -1)
        for part in _blocks(len(lists.customers), len(self.candidates)):
            recent = self.recent[lists.customers[part]]
            own, place = np.unique(recent, return_inverse=True)
            near = self.close[np.minimum(own, self.close.shape[0] - 1)].toarray()
            near[own == self.close.shape[0]] = 0.0
            each = near[place.reshape(recent.shape)[:, :, None], column[lists.products[part]][:, None, :]]
            nearest = np.take_along_axis(recent, each.argmax(axis=1), axis=1)
            found[part] = np.where((each.max(axis=1) > 0) & (lists.products[part] >= 0), nearest, -1)
        return found


def learn(purchases: Purchases, labels: pd.Series, likelihoods: Likelihoods) -> Recommender:
    """Which products are close, from what customers bought most recently."""
    segments, segment = np.unique(labels.reindex(purchases.customers.to_numpy()), return_inverse=True)
    likelihood = likelihoods.table["likelihood"].to_numpy(dtype=np.float32).reshape(len(segments), -1)
    candidates, recent = on_sale(purchases), _recent(purchases)
    close = _closeness(_matrix(recent, len(purchases.products)), candidates)
    return Recommender(purchases, segment, likelihood, candidates, recent, close)


def on_sale(purchases: Purchases) -> Ints:
    """The products worth recommending: no charges, and bought lately."""
    lately = np.bincount(purchases.product[purchases.age < LATELY], minlength=len(purchases.products))
    lately[purchases.products["charge"].to_numpy()] = 0
    most = np.argsort(-lately, kind="stable")[:CANDIDATES]
    return np.sort(most[lately[most] > 0])


def best(
    scores: Callable[[Ints], Scores],
    customers: Ints,
    candidates: Ints,
    owned: "csr_array | None" = None,
) -> Lists:
    """The candidates with the highest scores for each customer, without those that they own."""
    kept = min(MOST, len(candidates))
    products = np.full((len(customers), kept), -1)
    for part in _blocks(len(customers), len(candidates)):
        scored = scores(customers[part])
        if owned is not None:
            scored[owned[customers[part]][:, candidates].nonzero()] = -1.0
        first = np.argpartition(-scored, kept - 1, axis=1)[:, :kept]
        score = np.take_along_axis(scored, first, axis=1)
        order = np.lexsort((first, -score))
        ranked = np.take_along_axis(first, order, axis=1)
        products[part] = np.where(np.take_along_axis(score, order, axis=1) < 0, -1, candidates[ranked])
    return Lists(customers, products)


def ownership(purchases: Purchases) -> "csr_array":
    """Customers by products: who has what."""
    from scipy.sparse import csr_array

    shape = len(purchases.customers), len(purchases.products)
    ones = np.ones(len(purchases.customer), dtype=np.float32)
    return csr_array((ones, (purchases.customer, purchases.product)), shape=shape)


def per_customer(recommender: Recommender, lists: Lists) -> pd.DataFrame:
    """A row per customer and product, with its likelihood in their segment and why it is there."""
    row, place = (lists.products >= 0).nonzero()
    customer, product = lists.customers[row], lists.products[row, place]
    known = recommender.purchases.products.drop(columns="charge")
    whys = [*("goes with " + known.get("description", known["product_id"]).fillna(known["product_id"]))]
    reason = recommender.reasons(lists)[row, place]
    told = {name: pd.Categorical(values).take(product) for name, values in known.items()}
    return pd.DataFrame(
        {
            "customer_id": recommender.purchases.customers.to_numpy()[customer],
            "rank": place + 1,
            **told,
            "likelihood": recommender.likelihood[recommender.segment[customer], product],
            "why": np.array([*whys, SEGMENT_ALONE], dtype=object)[reason],  # -1 is the last one
        }
    )


def per_segment(recommended: pd.DataFrame, labels: pd.Series, likelihoods: Likelihoods) -> pd.DataFrame:
    """The products that stand on the lists of most customers of each segment: what to tell it about."""
    segment = labels.reindex(recommended["customer_id"].to_numpy()).to_numpy()
    counts = recommended.assign(segment=segment).groupby(["segment", "product_id"], observed=True)
    listed = counts.size().rename("on_lists").reset_index().astype({"product_id": "str"})
    known = likelihoods.table.drop(columns=["charge", "rank", "distinctive_rank"])
    told = listed.merge(known.astype({"product_id": "str"}), on=["segment", "product_id"])
    told = told.sort_values(["segment", "on_lists", "likelihood"], ascending=[True, False, False])
    told.insert(1, "rank", told.groupby("segment").cumcount() + 1)
    return told[told["rank"] <= FOR_SEGMENT].reset_index(drop=True)


def _blocks(rows: int, columns: int) -> list[slice]:
    """Parts of so many rows that fit into memory."""
    size = max(1, CELLS // max(1, columns))
    return [slice(start, start + size) for start in range(0, rows, size)]


def _recent(purchases: Purchases) -> Ints:
    """The products that each customer bought last, charges left out."""
    goods = ~purchases.products["charge"].to_numpy()[purchases.product]
    customer, product = purchases.customer[goods], purchases.product[goods]
    order = np.lexsort((purchases.age[goods], customer))
    customer, product = customer[order], product[order]
    place = np.arange(len(customer)) - np.searchsorted(customer, customer)
    recent = np.full((len(purchases.customers), RECENT), len(purchases.products), dtype=np.int64)
    recent[customer[place < RECENT], place[place < RECENT]] = product[place < RECENT]
    return recent


def _matrix(recent: Ints, products: int) -> "csr_array":
    """The recent products of customers as a sparse table of ones."""
    from scipy.sparse import csr_array

    row, place = (recent < products).nonzero()
    ones = np.ones(len(row), dtype=np.float32)
    return csr_array((ones, (row, recent[row, place])), shape=(len(recent), products))


def _closeness(baskets: "csr_array", candidates: Ints) -> "csr_array":
    """How many baskets hold both of two products beyond what chance explains, beside those of each."""
    from scipy.sparse import csr_array

    shared = (baskets.T @ baskets[:, candidates]).tocoo()
    own, column = shared.coords
    other, holding = candidates[column], baskets.sum(axis=0)
    chance = holding[own] * holding[other] / baskets.shape[0]
    beyond = shared.data - chance - SURE * np.sqrt(chance)
    kept = (beyond > 0) & (own != other)
    size = np.sqrt((holding[own] + FEW) * (holding[other] + FEW))
    values = (beyond / size)[kept].astype(np.float32)
    return csr_array((values, (own[kept], column[kept])), shape=shared.shape)
