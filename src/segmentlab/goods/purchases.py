"""Who bought what: far smaller than the lines, and all it takes to tell what segments buy."""

from dataclasses import dataclass
from typing import Final

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
    pairs = _count_pairs(sold).to_pyarrow()
    if not pairs.num_rows:
        return "no line has a product id"
    customer, people = number_ids(pairs["customer_id"])
    product, ids = number_ids(pairs["product_id"])
    order = np.argsort(customer.astype(np.int64) * len(ids) + product)  # in the order of both
    first, last = (pairs[end].to_numpy().astype("datetime64[D]") for end in ("first", "last"))
    return Purchases(
        customers=pd.Series(people, name="customer_id", dtype="str"),
        products=list_products(sold, ids.rename("product_id")),
        customer=customer[order],
        product=product[order],
        age=(last.max() - last)[order].astype(np.int32),
        revenue=pairs["revenue"].to_numpy().astype(np.float64)[order],
        days=int((last.max() - first.min()).astype(int)) + 1,
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


def _count_pairs(lines: ir.Table) -> ir.Table:
    time = lines["timestamp"]
    return lines.group_by("customer_id", "product_id").aggregate(
        revenue=compute_line_value(lines).sum().round(6), first=time.min(), last=time.max()
    )


def number_ids(column: pa.ChunkedArray) -> tuple[ProductCodes, pd.Index]:
    """The position of every id among all of them, in their order; millions of texts never become objects."""
    coded = column.combine_chunks().dictionary_encode()
    ids = pd.Index(coded.dictionary.to_pandas(), dtype="str")
    order = ids.argsort()
    places = np.empty(len(ids), dtype=np.int32)
    places[order] = np.arange(len(ids), dtype=np.int32)
    return places[coded.indices.to_numpy()], ids[order]


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
