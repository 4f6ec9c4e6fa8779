"""What a shop can recommend on a day, and what each customer had of it: all that recommending goes by."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.purchases import Purchases
from segmentlab.goods.relations import Weights, compare_neighbours, learn_relations

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LATE_DAYS: Final = 90  # days; what nobody bought in them is taken to be sold no more
MOST_CANDIDATES: Final = 5_000  # products at most, those that most customers bought lately
# Purchases of a product, faded, below which nothing is learnt of what goes with it: chance would speak.
LEAST_PURCHASES: Final = 5
# Of how many of them it is learnt what goes with them: in a list, and in one that nobody waits for.
MOST_RELATED: Final = 5_000
FEWER_RELATED: Final = 1_000
CLOSE_PENALTY: Final = 50.0
NEIGHBOURS_TRACE: Final = 0.1
OTHER_CUSTOMERS: Final = 20  # of everybody, who are counted with each segment

RowNumbers = npt.NDArray[np.int64]
ScoreMatrix = npt.NDArray[np.float32]


class OnSale(NamedTuple):
    """Products worth recommending, as positions, those that most customers bought lately first."""

    products: RowNumbers
    buyers: RowNumbers  # customers who bought each lately


def find_products_on_sale(purchases: Purchases) -> OnSale:
    """No charges, and bought lately."""
    lately = np.bincount(purchases.product[purchases.age < LATE_DAYS], minlength=len(purchases.products))
    lately[purchases.products["charge"].to_numpy()] = 0
    first = np.argsort(-lately, kind="stable")[:MOST_CANDIDATES]
    first = first[lately[first] > 0]
    return OnSale(first, lately[first])


@dataclass(frozen=True)
class Assortment:
    """Purchases as sparse tables of customers by candidates, the most popular candidate first.

    A candidate's column is its rank of popularity, by which every way to recommend breaks ties.
    """

    purchases: Purchases
    on_sale: OnSale
    segment: RowNumbers  # of each customer, as a number from 0 on
    most_related: int = MOST_RELATED  # candidates of which it is learnt what goes with them

    @property
    def candidates(self) -> RowNumbers:
        """The products to choose among, as positions in those of the purchases."""
        return self.on_sale.products

    @cached_property
    def popularity(self) -> npt.NDArray[np.float32]:
        """The share of customers who bought each candidate lately."""
        return (self.on_sale.buyers / len(self.purchases.customers)).astype(np.float32)

    @cached_property
    def baskets(self) -> "csr_array":
        """In how many of a customer's baskets each candidate lay."""
        return self._lay_out(self.purchases.baskets.astype(np.float32))

    @cached_property
    def recent(self) -> "csr_array":
        """The same with recency: a basket of half a year ago counts half."""
        return self._lay_out(self.purchases.long_memory.astype(np.float32))

    @cached_property
    def tastes(self) -> "csr_array":
        """What customers like: roots of faded baskets, for a tenth basket says less than a first."""
        return self._lay_out(np.sqrt(self.purchases.long_memory).astype(np.float32))

    @cached_property
    def fresh_tastes(self) -> "csr_array":
        """The same of what they bought of late: what goes together now."""
        return self._lay_out(np.sqrt(self.purchases.short_memory).astype(np.float32))

    @cached_property
    def related(self) -> RowNumbers:
        """The columns of candidates that were bought enough to learn what goes with them."""
        bought = np.asarray(self.fresh_tastes.power(2).sum(axis=0)).ravel()
        return np.flatnonzero(bought >= LEAST_PURCHASES)[: self.most_related]

    @cached_property
    def relations(self) -> Weights:
        """How much each related candidate that a customer likes speaks for each other one."""
        return learn_relations(self.fresh_tastes[:, self.related])

    @cached_property
    def neighbours(self) -> Weights:
        """How alike the buyers of related candidates are."""
        return compare_neighbours(self.tastes[:, self.related])

    @cached_property
    def close_relations(self) -> Weights:
        """Relations that trust few purchases, with a trace of neighbours: for strong tastes."""
        close = learn_relations(self.fresh_tastes[:, self.related], CLOSE_PENALTY)
        return close + np.float32(NEIGHBOURS_TRACE) * self.neighbours

    @cached_property
    def segment_popularity(self) -> npt.NDArray[np.float32]:
        """Segments by candidates: the share of customers who bought it lately, a few of everybody's added.

        So a segment of three people is told what everybody buys, where they don't know better.
        """
        column = self._columns[self.purchases.product]
        late = (self.purchases.age < LATE_DAYS) & (column >= 0)
        shape = int(self.segment.max()) + 1, len(self.candidates)
        cells = self.segment[self.purchases.customer[late]] * shape[1] + column[late]
        buyers = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)
        size = np.bincount(self.segment)[:, None] + OTHER_CUSTOMERS
        return ((buyers + OTHER_CUSTOMERS * self.popularity) / size).astype(np.float32)

    @cached_property
    def _columns(self) -> RowNumbers:
        columns = np.full(len(self.purchases.products), -1)
        columns[self.candidates] = np.arange(len(self.candidates))
        return columns

    def _lay_out(self, values: npt.NDArray[np.float32]) -> "csr_array":
        from scipy.sparse import csr_array

        column = self._columns[self.purchases.product]
        kept = column >= 0
        shape = len(self.purchases.customers), len(self.candidates)
        return csr_array((values[kept], (self.purchases.customer[kept], column[kept])), shape=shape)


def lay_out_assortment(
    purchases: Purchases, labels: pd.Series, most_related: int = MOST_RELATED
) -> Assortment:
    """The candidates of purchases and who has what, with the segment of each customer."""
    segment = np.unique(labels.reindex(purchases.customers.to_numpy()), return_inverse=True)[1]
    return Assortment(purchases, find_products_on_sale(purchases), segment, most_related)
