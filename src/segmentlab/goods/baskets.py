"""Which products lay in one basket: a row for each basket and product, through the engine."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Final, Protocol, Self

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.itemsets import Counts, FrequentSets, Items, count_sets, find_frequent_sets
from segmentlab.goods.purchases import ProductCodes, list_products, number_ids
from segmentlab.transactions import BasketFrame, NonProduct

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from segmentlab.goods.spark_baskets import SparkBaskets

OWNER, ORDER, PRODUCT, MOMENT = "customer_id", "invoice_id", "product_id", "timestamp"
MOST_ENTRIES: Final = 30_000_000  # that fit here, with their ids as text, in some 4 GiB
NO_ORDERS: Final = "The log has no invoices: a basket is what a customer bought in a day."
NO_IDS: Final = "The log has no product ids: products are told apart by their descriptions."

NEVER: Final = np.datetime64("0001-01-01", "D")


class BasketPart(Protocol):
    """Some baskets, wherever they are: all that rules are made of."""

    @property
    def count(self) -> int:
        """How many there are."""
        ...

    def count_owners(self) -> int:
        """Of how many known customers they are."""
        ...

    def count_products(self) -> Counts:
        """By product: in how many of them it lies."""
        ...

    def count_days(self) -> pd.Series:
        """How many there are of each day, in the order of days."""
        ...

    def find_sets(self, least: int) -> FrequentSets:
        """The sets of up to three products in at least so many of them."""
        ...

    def count_sets(self, items: Items) -> Counts:
        """In how many of them each of these sets lies, frequent or not."""
        ...


@dataclass(frozen=True)
class Baskets:
    """One entry per basket and product in it, as parallel arrays in the order of both.

    A basket is what a customer bought by one invoice, as for the features of baskets. `owners` has the
    customer of each, missing for sales to nobody known, and `days` when it was bought. `basket` and `product`
    are positions in these and in `products`, which has ids and the most frequent descriptions. Charges, such
    as postage, are in no basket. `segments` are those of the owners, once somebody has told them.
    """

    owners: pd.Series
    days: npt.NDArray[np.datetime64]
    products: pd.DataFrame  # product_id, description
    basket: ProductCodes
    product: ProductCodes
    notes: tuple[str, ...] = ()
    segments: npt.NDArray[np.float64] | None = None  # missing where there is none

    def label(self, labels: pd.Series) -> Self:
        """The same with the segment of each owner."""
        own = labels.reindex(self.owners).to_numpy(dtype=float, na_value=np.nan)
        return replace(self, segments=own)

    def select(
        self, segment: int | None, *, before: date | None = None, since: date | None = None
    ) -> "GatheredPart":
        """Those of a segment, or of everybody, before a day or from it on."""
        chosen = np.ones(len(self.owners), dtype=bool) if segment is None else self.segments == segment
        if before is not None:
            chosen = chosen & (self.days < np.datetime64(before))
        if since is not None:
            chosen = chosen & (self.days >= np.datetime64(since))
        return GatheredPart(self, np.flatnonzero(chosen))

    def find_last_days(self, before: date | None = None) -> npt.NDArray[np.datetime64]:
        """By product: when it was bought last, before that day."""
        days = self.days[self.basket]
        known = np.ones(len(days), dtype=bool) if before is None else days < np.datetime64(before)
        last = np.full(len(self.products), NEVER)
        np.maximum.at(last, self.product[known], days[known])
        return last

    def count_apart(self) -> tuple[int, int]:
        """How many baskets are of nobody known, and how many of customers without a segment."""
        unknown = self.owners.isna().to_numpy()
        apart = np.zeros(len(unknown), dtype=bool) if self.segments is None else np.isnan(self.segments)
        return int(unknown.sum()), int((apart & ~unknown).sum())


@dataclass(frozen=True)
class GatheredPart:
    """Some of the baskets that are here, by their places."""

    baskets: Baskets
    places: npt.NDArray[np.intp]

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.places)

    @cached_property
    def matrix(self) -> "csr_array":
        """A row for each basket, a column for each product: 1 where it lies in it."""
        from scipy.sparse import csr_array

        own = self.baskets
        ones = np.ones(len(own.basket), dtype=np.int32)
        begins = np.searchsorted(own.basket, np.arange(len(own.owners) + 1)).astype(np.int32)
        whole = csr_array((ones, own.product, begins), shape=(len(own.owners), len(own.products)))
        return whole if self.count == len(own.owners) else whole[self.places]

    def count_owners(self) -> int:
        """Of how many known customers they are."""
        return int(self.baskets.owners.iloc[self.places].nunique())

    def count_products(self) -> Counts:
        """By product: in how many of them it lies."""
        return np.bincount(self.matrix.indices, minlength=self.matrix.shape[1])

    def count_days(self) -> pd.Series:
        """How many there are of each day, in the order of days."""
        days, counts = np.unique(self.baskets.days[self.places], return_counts=True)
        return pd.Series(counts, index=days.astype(object))

    def find_sets(self, least: int) -> FrequentSets:
        """The sets of up to three products in at least so many of them."""
        return find_frequent_sets(self.matrix, least)

    def count_sets(self, items: Items) -> Counts:
        """In how many of them each of these sets lies, frequent or not."""
        return count_sets(self.matrix, items)


def gather_baskets(lines: ir.Table) -> "Baskets | SparkBaskets | str":
    """The baskets of clean lines; or why nothing can go together.

    Without invoice ids a basket is what a customer bought in a day, and without product ids products are told
    apart by their descriptions. More baskets than fit here stay in Spark, where the lines are there.
    """
    known, notes = _complete_columns(lines)
    if PRODUCT not in known.columns:
        return "the log names no products"
    goods = _select_goods(known)
    entries = goods.group_by(OWNER, ORDER, PRODUCT).aggregate(moment=goods[MOMENT].min()).cache()
    hindrance = _find_hindrance(entries)
    if hindrance is not None:
        return hindrance
    count = entries.count().to_pyarrow().as_py()
    if count <= MOST_ENTRIES:
        return _number_entries(entries, goods, notes)
    if lines.get_backend().name == "pyspark":
        return _leave_entries(entries, goods, notes)
    return (
        f"{count:,} products in baskets are more than the {MOST_ENTRIES:,} that fit into memory: look at a "
        "shorter time or at fewer shops, or choose engine=spark"
    )


def _find_hindrance(entries: ir.Table) -> str | None:
    """Why nothing can go together in any basket."""
    counted = entries.aggregate(entries=entries.count(), products=entries[PRODUCT].nunique())
    found = counted.to_pyarrow().to_pylist()[0]
    if not found["entries"]:
        return "no line has a product that is no charge"
    if found["products"] == 1:
        return f"there is one product only, {entries[PRODUCT].max().to_pyarrow().as_py()}"
    baskets = entries.select(OWNER, ORDER).distinct().count().to_pyarrow().as_py()
    if baskets == found["entries"]:
        return (
            f"each of the {baskets:,} baskets holds one product: look whether invoice_id names the purchase "
            "or the line"
        )
    return None


def _leave_entries(entries: ir.Table, goods: ir.Table, notes: tuple[str, ...]) -> "SparkBaskets":
    """The entries where they are, products as numbers in the order of their ids."""
    from segmentlab.goods.spark_baskets import SparkBaskets

    ids = pd.Index(goods.select(PRODUCT).distinct().to_pandas()[PRODUCT], dtype="str").sort_values()
    numbers = ibis.memtable(pd.DataFrame({PRODUCT: ids, "number": np.arange(len(ids), dtype=np.int32)}))
    coded = entries.join(numbers, PRODUCT)
    named = coded.select(owner=OWNER, order=ORDER, product="number", moment="moment")
    products = list_products(goods, ids.rename(PRODUCT)).drop(columns="charge")
    return SparkBaskets(BasketFrame.gather(named), products, notes)


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
