"""Who bought what: far smaller than the lines, and all it takes to tell what segments buy."""

from dataclasses import dataclass
from typing import Any, Final

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from segmentlab.transactions import NonProduct, compute_line_value

# More customers than these are sampled. The share of a segment that buys a product is then known to a
# fraction of a percent, and more pairs would outgrow all else that is kept.
MOST_SAMPLED_CUSTOMERS: Final = 100_000
HASH_DIGITS: Final = 8  # of a hash that decide who is in the sample
# Days after which a basket counts half: what goes together now, and what a customer likes.
SHORT_HALF_LIFE: Final = 90
LONG_HALF_LIFE: Final = 180

ProductCodes = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Purchases:
    """One entry per customer and product that they bought, as parallel arrays in the order of both.

    `customer` and `product` are positions in `customers` and `products`. A product has its id, its most
    frequent description where the log has any, and whether it is a charge: a code for postage, fees or
    corrections that names no product.
    """

    customers: pd.Series
    products: pd.DataFrame  # product_id, description, charge
    customer: ProductCodes
    product: ProductCodes
    age: ProductCodes  # days from the last time until the newest line of the log
    revenue: npt.NDArray[np.float64]
    baskets: ProductCodes  # days on which they bought it
    short_memory: npt.NDArray[np.float64]  # the same, a basket of 90 days ago counting half
    long_memory: npt.NDArray[np.float64]  # the same, a basket of 180 days ago counting half
    days: int  # from the first purchase to the last one, both counted
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class BeforeAndAfter:
    """What customers had bought on a day, and what the same customers bought after it."""

    before: Purchases
    after: pd.DataFrame  # customer, product: positions in what was known before


def gather_purchases(lines: ir.Table, customers: int) -> Purchases | str:
    """The purchases of clean lines, of so many customers; or why there are none."""
    if "product_id" not in lines.columns:
        return "the log has no product ids"
    sold, notes = _sample_lines(lines.filter(lines["product_id"].notnull()), customers)
    days = _list_days(sold).to_pyarrow()
    if not days.num_rows:
        return "no line has a product id"
    customer, people = number_ids(days["customer_id"])
    product, ids = number_ids(days["product_id"])
    day = days["day"].to_numpy().astype("datetime64[D]").astype(np.int32)
    return Purchases(
        customers=pd.Series(people, name="customer_id", dtype="str"),
        products=list_products(sold, ids.rename("product_id")),
        **sum_baskets(customer, product, day.max() - day, days["revenue"].to_numpy().astype(np.float64)),
        days=int(day.max() - day.min()) + 1,
        notes=notes,
    )


def split_purchases(before: ir.Table, after: ir.Table, customers: int) -> BeforeAndAfter | None:
    """What clean lines tell of a day, if they name products.

    Whoever came later, and products that nobody had bought yet, are left out: nobody could have
    recommended them.
    """
    known = gather_purchases(before, customers)
    if isinstance(known, str):
        return None
    sold, _ = _sample_lines(after.filter(after["product_id"].notnull()), customers)
    pairs = sold.select("customer_id", "product_id").distinct().to_pandas()
    customer = pd.Index(known.customers).get_indexer(pairs["customer_id"])
    product = pd.Index(known.products["product_id"]).get_indexer(pairs["product_id"])
    found = pd.DataFrame({"customer": customer, "product": product}).astype("int32")
    both = found[(found["customer"] >= 0) & (found["product"] >= 0)]
    return BeforeAndAfter(known, both.sort_values(["customer", "product"], ignore_index=True))


def _sample_lines(lines: ir.Table, customers: int) -> tuple[ir.Table, tuple[str, ...]]:
    """The lines of about `MANY` customers, chosen by the hash of their id: the same on every engine."""
    if customers <= MOST_SAMPLED_CUSTOMERS:
        return lines, ()
    chosen = choose_by_hash(lines, MOST_SAMPLED_CUSTOMERS / customers)
    note = (
        f"Products are told from about {MOST_SAMPLED_CUSTOMERS:,} of {customers:,} customers, "
        "chosen by a hash of their id."
    )
    return chosen, (note,)


def choose_by_hash(lines: ir.Table, share: float, salt: str = "") -> ir.Table:
    """The lines of about this share of the customers; another salt chooses among all of them anew."""
    below = f"{int(share * 16**HASH_DIGITS):0{HASH_DIGITS}x}"
    own = lines["customer_id"] + salt if salt else lines["customer_id"]
    return lines.filter(own.hexdigest("md5") < below)


def _list_days(lines: ir.Table) -> ir.Table:
    """A row per customer, product and day: what they buy on one day lies in one basket."""
    return lines.group_by("customer_id", "product_id", day=lines["timestamp"].date()).aggregate(
        revenue=compute_line_value(lines).sum()
    )


def sum_baskets(
    customer: ProductCodes, product: ProductCodes, ago: ProductCodes, revenue: npt.NDArray[np.float64]
) -> dict[str, Any]:
    """The baskets of each customer and product, in the order of both.

    What fades is summed here and from the oldest on, so that every engine has the same digits.
    """
    since = ago.max() + 1
    order = np.argsort((customer.astype(np.int64) * (product.max() + 1) + product) * since - ago)
    customer, product, ago, revenue = customer[order], product[order], ago[order], revenue[order]
    starts = np.flatnonzero((np.diff(customer, prepend=-1) != 0) | (np.diff(product, prepend=-1) != 0))
    short, long = (0.5 ** (np.arange(since) / half_life) for half_life in (SHORT_HALF_LIFE, LONG_HALF_LIFE))
    return {
        "customer": customer[starts],
        "product": product[starts],
        "age": np.minimum.reduceat(ago, starts),
        "revenue": np.add.reduceat(revenue, starts).round(6),
        "baskets": np.diff(starts, append=len(ago)).astype(np.int32),
        "short_memory": np.add.reduceat(short[ago], starts),
        "long_memory": np.add.reduceat(long[ago], starts),
    }


def number_ids(column: pa.ChunkedArray) -> tuple[ProductCodes, pd.Index]:
    """The position of every id among all of them, in their order, and -1 where there is none.

    Millions of texts never become objects.
    """
    coded = column.combine_chunks().dictionary_encode()
    ids = pd.Index(coded.dictionary.to_pandas(), dtype="str")
    order = ids.argsort()
    places = np.empty(len(ids), dtype=np.int32)
    places[order] = np.arange(len(ids), dtype=np.int32)
    own = coded.indices.fill_null(-1).to_numpy()
    return np.where(own >= 0, places[own], np.int32(-1)), ids[order]


def list_products(lines: ir.Table, products: pd.Index) -> pd.DataFrame:
    """What is known of each product, in this order.

    Of equally frequent descriptions the first in the alphabet stands.
    """
    told = [name for name in ("product_id", "description") if name in lines.columns]
    counts = lines.group_by(*told).aggregate(lines=lines.count())
    ordered = counts.mutate(charge=NonProduct().drops(counts)).to_pandas().sort_values(told)
    best = ordered.sort_values("lines", ascending=False, kind="stable").drop_duplicates("product_id")
    known: pd.DataFrame = best.set_index("product_id").reindex(products).reset_index()
    return known[[*told, "charge"]]
