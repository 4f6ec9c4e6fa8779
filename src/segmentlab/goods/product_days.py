"""Who bought which product on which day, and how much: the lines of a log, as small as they get."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from segmentlab.goods.purchases import MOST_SAMPLED_CUSTOMERS, choose_by_hash, number_ids
from segmentlab.transactions import NonProduct, compute_line_value

# Of longer logs the customers are sampled: sums over a million lines are known well enough.
MOST_SAMPLED_LINES: Final = 1_000_000
NOBODY: Final = -1  # the customer of lines that name none

Codes = npt.NDArray[np.int32]
Amounts = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ProductDays:
    """One entry per customer, product and day on which they bought it, as parallel arrays in this order.

    `customer` and `product` are positions in `customers` and `products`; lines that name no customer, where
    they are known, come first and have `NOBODY`. `age` is how many days before the day of reference.

    Attributes:
        customers: Ids, in order.
        products: Ids, in order.
        pieces: None where the log has no quantities.
        share: Of the customers, who are in it: 1 unless they were sampled.
        with_nobody: Whether lines that name no customer are among the entries, should there be any.
    """

    customers: pd.Series
    products: pd.Series
    customer: Codes
    product: Codes
    age: Codes
    pieces: Amounts | None
    revenue: Amounts
    share: float = 1.0
    with_nobody: bool = False

    @property
    def days(self) -> int:
        """How many days the log goes back."""
        return int(self.age.max()) if len(self.age) else 0


def gather_product_days(
    lines: ir.Table, as_of: date, customers: int, rows: int, nobody: ir.Table | None = None
) -> ProductDays | None:
    """Gather them from so many clean lines of so many customers; nothing where they name no product.

    `nobody` has the lines that name no customer and are clean otherwise.
    """
    if "product_id" not in lines.columns:
        return None
    share = min(1.0, MOST_SAMPLED_CUSTOMERS / max(customers, 1), MOST_SAMPLED_LINES / max(rows, 1))
    table = _select_sold(choose_by_hash(lines, share) if share < 1 else lines).to_pyarrow()
    if not table.num_rows:
        return None
    if nobody is not None:  # charges among them bear no mark later
        unnamed = _select_sold(nobody.filter(~NonProduct().drops(nobody))).to_pyarrow()
        unnamed = unnamed.set_column(0, "customer_id", pa.nulls(unnamed.num_rows, pa.string()))
        table = pa.concat_tables([unnamed.cast(table.schema), table])
    return _add_up(table, as_of, share, with_nobody=nobody is not None)


def _select_sold(lines: ir.Table) -> ir.Table:
    """Lines with a product: grouping them in the engine would cost more than it spares, so few are equal."""
    sold = lines.filter(lines["product_id"].notnull())
    told = {"pieces": sold["quantity"].cast("float64")} if "quantity" in lines.columns else {}
    return sold.select(
        "customer_id", "product_id", day=sold["timestamp"].date(), revenue=compute_line_value(sold), **told
    )


def _add_up(table: pa.Table, as_of: date, share: float, *, with_nobody: bool) -> ProductDays:
    """Entries in order, each customer, product and day once."""
    customer, customers = number_ids(table["customer_id"])
    product, products = number_ids(table["product_id"])
    day = table["day"].to_numpy().astype("datetime64[D]")
    age = (np.datetime64(as_of, "D") - day).astype(np.int64)
    length = int(age.max()) + 1
    keys = ((customer + np.int64(1)) * len(products) + product) * length + (length - 1 - age)
    order = np.argsort(keys)
    first = np.flatnonzero(np.diff(keys[order], prepend=-1))
    chosen = order[first]
    sums = {
        name: np.add.reduceat(table[name].to_numpy().astype(np.float64)[order], first).round(6)
        for name in ("revenue", "pieces")
        if name in table.column_names
    }
    return ProductDays(
        customers=pd.Series(customers, name="customer_id", dtype="str"),
        products=pd.Series(products, name="product_id", dtype="str"),
        customer=customer[chosen].astype(np.int32),
        product=product[chosen].astype(np.int32),
        age=age[chosen].astype(np.int32),
        pieces=sums.get("pieces"),
        revenue=sums["revenue"],
        share=share,
        with_nobody=with_nobody,
    )
