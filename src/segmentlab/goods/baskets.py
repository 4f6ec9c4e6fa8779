"""Which products lay in one basket: a row for each basket and product, through the engine."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.purchases import ProductCodes, list_products, number_ids
from segmentlab.transactions import NonProduct

if TYPE_CHECKING:
    from scipy.sparse import csr_array

OWNER, ORDER, PRODUCT, MOMENT = "customer_id", "invoice_id", "product_id", "timestamp"
MOST_ENTRIES: Final = 30_000_000  # that fit here, with their ids as text, in some 4 GiB
NO_ORDERS: Final = "The log has no invoices: a basket is what a customer bought in a day."
NO_IDS: Final = "The log has no product ids: products are told apart by their descriptions."

Chosen = npt.NDArray[np.bool_]  # whether each basket is meant


@dataclass(frozen=True)
class Baskets:
    """One entry per basket and product in it, as parallel arrays in the order of both.

    A basket is what a customer bought by one invoice, as for the features of baskets. `owners` has the
    customer of each, missing for sales to nobody known, and `days` when it was bought. `basket` and `product`
    are positions in these and in `products`, which has ids and the most frequent descriptions. Charges, such
    as postage, are in no basket.
    """

    owners: pd.Series
    days: npt.NDArray[np.datetime64]
    products: pd.DataFrame  # product_id, description
    basket: ProductCodes
    product: ProductCodes
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.owners)

    def find_last_days(self, chosen: Chosen | None = None) -> npt.NDArray[np.datetime64]:
        """By product: when it was bought last, in one of the chosen baskets."""
        own = np.ones(len(self.basket), dtype=bool) if chosen is None else chosen[self.basket]
        last = np.full(len(self.products), np.datetime64("0001-01-01", "D"))
        np.maximum.at(last, self.product[own], self.days[self.basket[own]])
        return last

    def make_matrix(self, chosen: Chosen | None = None) -> "csr_array":
        """A row for each of the chosen baskets, a column for each product: 1 where it lies in it."""
        from scipy.sparse import csr_array

        ones = np.ones(len(self.basket), dtype=np.int32)
        begins = np.searchsorted(self.basket, np.arange(len(self) + 1)).astype(np.int32)
        matrix = csr_array((ones, self.product, begins), shape=(len(self), len(self.products)))
        return matrix if chosen is None else matrix[np.flatnonzero(chosen)]


def gather_baskets(lines: ir.Table) -> Baskets | str:
    """The baskets of clean lines; or why nothing can go together.

    Without invoice ids a basket is what a customer bought in a day, and without product ids products are told
    apart by their descriptions.
    """
    known, notes = _complete_columns(lines)
    if PRODUCT not in known.columns:
        return "the log names no products"
    goods = _select_goods(known)
    entries = goods.group_by(OWNER, ORDER, PRODUCT).aggregate(moment=goods[MOMENT].min())
    count = int(entries.count().to_pyarrow().as_py())
    if count > MOST_ENTRIES:
        return (
            f"there are {count:,} products in baskets, and up to {MOST_ENTRIES:,} fit into memory: look at a "
            "shorter time or at fewer shops"
        )
    if not count:
        return "no line has a product that is no charge"
    gathered = _number_entries(entries, goods, notes)
    return _find_hindrance(gathered) or gathered


def _find_hindrance(baskets: Baskets) -> str | None:
    """Why nothing can go together in any basket."""
    if len(baskets.products) == 1:
        return f"there is one product only, {baskets.products['product_id'].iloc[0]}"
    if len(baskets.basket) == len(baskets):
        return (
            f"each of the {len(baskets):,} baskets holds one product: look whether invoice_id names the "
            "purchase or the line"
        )
    return None


def _complete_columns(lines: ir.Table) -> tuple[ir.Table, tuple[str, ...]]:
    """The lines with what a basket is made of, where it can be had from something else, and what that is."""
    notes = []
    if ORDER not in lines.columns:
        lines = lines.mutate(**{ORDER: lines[MOMENT].truncate("D").cast("string")})
        lines = lines.filter(lines[OWNER].notnull())  # a day of nobody known is many baskets
        notes.append(NO_ORDERS)
    if PRODUCT not in lines.columns and "description" in lines.columns:
        lines = lines.mutate(**{PRODUCT: lines["description"]})
        notes.append(NO_IDS)
    return lines, tuple(notes)


def _select_goods(lines: ir.Table) -> ir.Table:
    """The lines that name a product and no charge, of which somebody knows the basket."""
    known = lines.filter(lines[PRODUCT].notnull() & lines[ORDER].notnull())
    return known.filter(~NonProduct().drops(known))


def _number_entries(entries: ir.Table, goods: ir.Table, notes: tuple[str, ...]) -> Baskets:
    """The entries as positions; ids become numbers at once, so that millions of texts are never objects."""
    found = entries.to_pyarrow()
    product, ids = number_ids(found[PRODUCT])
    order, orders = number_ids(found[ORDER])
    owner, owners = pd.factorize(found[OWNER].to_pandas().astype("str"), sort=True)
    keys = (owner + 1) * np.int64(len(orders)) + order  # nobody known comes first
    own, basket = np.unique(keys, return_inverse=True)
    day = found["moment"].to_numpy().astype("datetime64[D]")
    days = np.full(len(own), np.datetime64("9999-12-31", "D"))
    np.minimum.at(days, basket, day)
    place = np.lexsort((product, basket))
    people = own // len(orders) - 1
    names = pd.Series(owners, dtype="str").reindex(people).reset_index(drop=True)  # -1 is missing
    return Baskets(
        owners=names.rename(OWNER),
        days=days,
        products=list_products(goods, ids.rename(PRODUCT)).drop(columns="charge"),
        basket=basket[place].astype(np.int32),
        product=product[place],
        notes=notes,
    )
