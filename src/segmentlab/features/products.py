"""Products: what customers buy, as a few coordinates in the space of the whole catalogue."""

from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, ClassVar

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features.feature_set import Column, divide_safely

if TYPE_CHECKING:
    from scipy.sparse import csr_array


PRODUCT_NEEDS = frozenset({"customer_id", "product_id"})


@dataclass(frozen=True)
class Products:
    """Affinity over the catalogue: TF-IDF of products, reduced to a few components.

    How often somebody has a product counts by its logarithm, and a product that everybody has counts
    little. Each customer is brought to length 1, so that taste is described and not size.
    """

    components: int = 5
    seed: int = 0

    requires: ClassVar[frozenset[str]] = PRODUCT_NEEDS

    @property
    def columns(self) -> tuple[Column, ...]:
        """One column per component."""
        return _name_components(self.components)

    def learn(self, transactions: ir.Table, as_of: date) -> "Catalogue":  # noqa: ARG002  (taste has no date)
        """Learn how rare each product is, and which products go together."""
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.utils.extmath import randomized_svd, svd_flip

        products, counts = _make_count_matrix(transactions)
        weights = TfidfTransformer(sublinear_tf=True).fit(counts)
        found = min(self.components, *counts.shape)  # a small shop has fewer dimensions: the rest stay 0
        # The body of TruncatedSVD, which itself refuses a shop with a single product.
        left, _, right = randomized_svd(
            weights.transform(counts), found, random_state=self.seed, flip_sign=False
        )
        axes = np.zeros((self.components, len(products)))
        axes[:found] = svd_flip(left, right, u_based_decision=False)[1]
        return Catalogue(products, weights.idf_, axes)


@dataclass(frozen=True)
class Catalogue:
    """Customers in the space of the products that were learnt; other products count for nothing."""

    products: npt.NDArray[np.str_] = field(repr=False)
    rarity: npt.NDArray[np.float64] = field(repr=False)  # one inverse document frequency per product
    axes: npt.NDArray[np.float64] = field(repr=False)  # components x products

    requires: ClassVar[frozenset[str]] = PRODUCT_NEEDS

    @property
    def columns(self) -> tuple[Column, ...]:
        """One column per component."""
        return _name_components(len(self.axes))

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (taste has no date)
        """One row per customer: weights times axes, summed over products where the lines live."""
        pairs = _count_pairs(transactions).left_join(self._table(), "product_id")
        weight = (1 + pairs["lines"].ln()) * pairs["rarity"]
        length = (weight * weight).sum().sqrt()
        return pairs.group_by("customer_id").aggregate(
            **{
                column.name: divide_safely((weight * pairs[column.name]).sum(), length).round(10)
                for column in self.columns
            }
        )

    def _table(self) -> ir.Table:
        names = [column.name for column in self.columns]
        table = pd.DataFrame(self.axes.T, columns=names).assign(rarity=self.rarity)
        return ibis.memtable(table.assign(product_id=pd.Series(self.products, dtype="str")))


def _name_components(components: int) -> tuple[Column, ...]:
    return tuple(
        Column(f"products_{number}", f"component {number} of the TF-IDF of products", "score")
        for number in range(1, components + 1)
    )


def _count_pairs(transactions: ir.Table) -> ir.Table:
    """How many lines each customer has of each product: far fewer rows than lines or than all pairs."""
    return transactions.group_by("customer_id", "product_id").aggregate(lines=transactions.count())


def _make_count_matrix(transactions: ir.Table) -> "tuple[npt.NDArray[np.str_], csr_array]":
    """The products, and a sparse table of customers by products, both in the order of their ids."""
    from scipy.sparse import csr_array

    pairs = _count_pairs(transactions.filter(transactions["product_id"].notnull())).to_pandas()
    if pairs.empty:
        raise DataError(
            "features=products needs product ids, and no line has one. Choose another feature set."
        )
    customers, _ = pd.factorize(pairs["customer_id"], sort=True)
    columns, products = pd.factorize(pairs["product_id"], sort=True)
    counts = csr_array((pairs["lines"].astype(float), (customers, columns)))
    return np.asarray(products, dtype=np.str_), counts
