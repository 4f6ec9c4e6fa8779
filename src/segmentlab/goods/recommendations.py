"""What a customer has not bought yet, and people like them have."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.likelihoods import Likelihoods
from segmentlab.goods.purchases import Purchases

if TYPE_CHECKING:
    from scipy.sparse import csr_array


MOST_RECOMMENDED: Final = 10  # products per customer
SEGMENT_RECOMMENDATIONS: Final = 20  # products per segment
LATE_DAYS: Final = 90  # days; what nobody bought in them is taken to be sold no more
MOST_CANDIDATES: Final = 1_000  # products at most: those that most customers bought lately
RECENT_PRODUCTS: Final = (
    30  # products of a customer that say what they look for now; older ones foretold less
)
SURE_DEVIATIONS: Final = 3  # standard deviations beyond chance from which on two products go together
FEW_BUYERS: Final = 10  # buyers that every product has in addition: two shared buyers of rare ones say little
BASE_CLOSENESS: Final = 0.3  # closeness to a basket with nothing close in it: the segment alone orders these
MOST_CELLS: Final = 2_000_000  # customers times candidates in memory at a time
SEGMENT_ALONE: Final = "liked in the segment"

RowNumbers = npt.NDArray[np.int64]
ScoreMatrix = npt.NDArray[np.float32]


class ProductLists(NamedTuple):
    """Products for customers, as positions, the best first; missing ones are -1 behind the others."""

    customers: RowNumbers
    products: RowNumbers  # a row per customer


@dataclass(frozen=True)
class Recommender:
    """Orders products for a customer by how their segment likes them, and what goes with their basket.

    A score is the square root of the likelihood in the segment (the root keeps a few best sellers from
    every place), times the closeness to what the customer bought most recently. Two products are close
    when more baskets hold both than chance explains.
    """

    purchases: Purchases
    segment: RowNumbers  # of each customer: a row of `likelihood`
    likelihood: ScoreMatrix  # segments by products
    candidates: RowNumbers
    recent: (
        RowNumbers  # customers by their recent products; a number beyond the products where there are fewer
    )
    close: "csr_array"  # products by candidates

    def scores(self, customers: RowNumbers) -> ScoreMatrix:
        """Customers by candidates."""
        near: ScoreMatrix = (
            _make_recent_matrix(self.recent[customers], len(self.purchases.products)) @ self.close
        ).toarray()
        near += np.float32(BASE_CLOSENESS)
        near *= np.sqrt(self.likelihood[:, self.candidates])[self.segment[customers]]
        return near

    def reasons(self, lists: ProductLists) -> RowNumbers:
        """Of all that a customer bought recently, what each product is closest to; -1 where nothing is."""
        column = np.full(len(self.purchases.products) + 1, -1)
        column[self.candidates] = np.arange(len(self.candidates))
        found = np.full_like(lists.products, -1)
        for part in _split_rows(len(lists.customers), len(self.candidates)):
            recent = self.recent[lists.customers[part]]
            own, place = np.unique(recent, return_inverse=True)
            near = self.close[np.minimum(own, self.close.shape[0] - 1)].toarray()
            near[own == self.close.shape[0]] = 0.0
            each = near[place.reshape(recent.shape)[:, :, None], column[lists.products[part]][:, None, :]]
            nearest = np.take_along_axis(recent, each.argmax(axis=1), axis=1)
            found[part] = np.where((each.max(axis=1) > 0) & (lists.products[part] >= 0), nearest, -1)
        return found


def learn_recommender(purchases: Purchases, labels: pd.Series, likelihoods: Likelihoods) -> Recommender:
    """Which products are close, from what customers bought most recently."""
    segments, segment = np.unique(labels.reindex(purchases.customers.to_numpy()), return_inverse=True)
    likelihood = likelihoods.table["likelihood"].to_numpy(dtype=np.float32).reshape(len(segments), -1)
    candidates, recent = find_products_on_sale(purchases), _find_recent_purchases(purchases)
    close = _compute_closeness(_make_recent_matrix(recent, len(purchases.products)), candidates)
    return Recommender(purchases, segment, likelihood, candidates, recent, close)


def find_products_on_sale(purchases: Purchases) -> RowNumbers:
    """The products worth recommending: no charges, and bought lately."""
    lately = np.bincount(purchases.product[purchases.age < LATE_DAYS], minlength=len(purchases.products))
    lately[purchases.products["charge"].to_numpy()] = 0
    most = np.argsort(-lately, kind="stable")[:MOST_CANDIDATES]
    return np.sort(most[lately[most] > 0])


def choose_best_products(
    scores: Callable[[RowNumbers], ScoreMatrix],
    customers: RowNumbers,
    candidates: RowNumbers,
    owned: "csr_array | None" = None,
) -> ProductLists:
    """The candidates with the highest scores for each customer, without those that they own."""
    kept = min(MOST_RECOMMENDED, len(candidates))
    products = np.full((len(customers), kept), -1)
    for part in _split_rows(len(customers), len(candidates)):
        scored = scores(customers[part])
        if owned is not None:
            scored[owned[customers[part]][:, candidates].nonzero()] = -1.0
        first = np.argpartition(-scored, kept - 1, axis=1)[:, :kept]
        score = np.take_along_axis(scored, first, axis=1)
        order = np.lexsort((first, -score))
        ranked = np.take_along_axis(first, order, axis=1)
        products[part] = np.where(np.take_along_axis(score, order, axis=1) < 0, -1, candidates[ranked])
    return ProductLists(customers, products)


def mark_owned_products(purchases: Purchases) -> "csr_array":
    """Customers by products: who has what."""
    from scipy.sparse import csr_array

    shape = len(purchases.customers), len(purchases.products)
    ones = np.ones(len(purchases.customer), dtype=np.float32)
    return csr_array((ones, (purchases.customer, purchases.product)), shape=shape)


def recommend_per_customer(recommender: Recommender, lists: ProductLists) -> pd.DataFrame:
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


def recommend_per_segment(
    recommended: pd.DataFrame, labels: pd.Series, likelihoods: Likelihoods
) -> pd.DataFrame:
    """The products that stand on the lists of most customers of each segment: what to tell it about."""
    segment = labels.reindex(recommended["customer_id"].to_numpy()).to_numpy()
    counts = recommended.assign(segment=segment).groupby(["segment", "product_id"], observed=True)
    listed = counts.size().rename("on_lists").reset_index().astype({"product_id": "str"})
    known = likelihoods.table.drop(columns=["charge", "rank", "distinctive_rank"])
    told = listed.merge(known.astype({"product_id": "str"}), on=["segment", "product_id"])
    told = told.sort_values(["segment", "on_lists", "likelihood"], ascending=[True, False, False])
    told.insert(1, "rank", told.groupby("segment").cumcount() + 1)
    return told[told["rank"] <= SEGMENT_RECOMMENDATIONS].reset_index(drop=True)


def _split_rows(rows: int, columns: int) -> list[slice]:
    """Parts of so many rows that fit into memory."""
    size = max(1, MOST_CELLS // max(1, columns))
    return [slice(start, start + size) for start in range(0, rows, size)]


def _find_recent_purchases(purchases: Purchases) -> RowNumbers:
    """The products that each customer bought last, charges left out."""
    goods = ~purchases.products["charge"].to_numpy()[purchases.product]
    customer, product = purchases.customer[goods], purchases.product[goods]
    order = np.lexsort((purchases.age[goods], customer))
    customer, product = customer[order], product[order]
    place = np.arange(len(customer)) - np.searchsorted(customer, customer)
    recent = np.full((len(purchases.customers), RECENT_PRODUCTS), len(purchases.products), dtype=np.int64)
    recent[customer[place < RECENT_PRODUCTS], place[place < RECENT_PRODUCTS]] = product[
        place < RECENT_PRODUCTS
    ]
    return recent


def _make_recent_matrix(recent: RowNumbers, products: int) -> "csr_array":
    """The recent products of customers as a sparse table of ones."""
    from scipy.sparse import csr_array

    row, place = (recent < products).nonzero()
    ones = np.ones(len(row), dtype=np.float32)
    return csr_array((ones, (row, recent[row, place])), shape=(len(recent), products))


def _compute_closeness(baskets: "csr_array", candidates: RowNumbers) -> "csr_array":
    """How many baskets hold both of two products beyond what chance explains, beside those of each."""
    from scipy.sparse import csr_array

    shared = (baskets.T @ baskets[:, candidates]).tocoo()
    own, column = shared.coords
    other, holding = candidates[column], baskets.sum(axis=0)
    chance = holding[own] * holding[other] / baskets.shape[0]
    beyond = shared.data - chance - SURE_DEVIATIONS * np.sqrt(chance)
    kept = (beyond > 0) & (own != other)
    size = np.sqrt((holding[own] + FEW_BUYERS) * (holding[other] + FEW_BUYERS))
    values = (beyond / size)[kept].astype(np.float32)
    return csr_array((values, (own[kept], column[kept])), shape=shared.shape)
