"""Purchases by day that tests make up."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from segmentlab.goods.likelihoods import Likelihoods, estimate_likelihoods
from segmentlab.goods.product_days import ProductDays
from segmentlab.goods.purchases import Purchases

Line = tuple[int, int, int, float]  # customer, or -1; product; days ago; pieces


def make_days(lines: Iterable[Line], *, price: float = 2.0, pieces: bool = True) -> ProductDays:
    """Lines in the order of an entry, each customer, product and day once."""
    table = pd.DataFrame(lines, columns=["customer", "product", "age", "pieces"])
    table = table.groupby(["customer", "product", "age"], as_index=False).sum()
    table = table.sort_values(["customer", "product", "age"], ascending=[True, True, False])
    people, size = int(table["customer"].max()) + 1, int(table["product"].max()) + 1
    return ProductDays(
        customers=pd.Series([f"c{number:04d}" for number in range(people)], dtype="str"),
        products=pd.Series([f"p{number:03d}" for number in range(size)], dtype="str"),
        customer=table["customer"].to_numpy(dtype=np.int32),
        product=table["product"].to_numpy(dtype=np.int32),
        age=table["age"].to_numpy(dtype=np.int32),
        pieces=table["pieces"].to_numpy(dtype=np.float64) if pieces else None,
        revenue=table["pieces"].to_numpy(dtype=np.float64) * price,
        with_nobody=True,
    )


def make_products(days: ProductDays, charges: tuple[int, ...] = ()) -> pd.DataFrame:
    """What is known of the products."""
    charge = np.isin(np.arange(len(days.products)), charges)
    return pd.DataFrame({"product_id": days.products, "description": "THING", "charge": charge})


def estimate(days: ProductDays, labels: pd.Series, charges: tuple[int, ...] = ()) -> Likelihoods:
    """The likelihoods of the same customers."""
    pairs = pd.DataFrame({"customer": days.customer, "product": days.product, "revenue": days.revenue})
    sums = pairs[pairs["customer"] >= 0].groupby(["customer", "product"], as_index=False)["revenue"].sum()
    bought = Purchases(
        customers=days.customers,
        products=make_products(days, charges),
        customer=sums["customer"].to_numpy(dtype=np.int32),
        product=sums["product"].to_numpy(dtype=np.int32),
        age=np.zeros(len(sums), dtype=np.int32),
        revenue=sums["revenue"].to_numpy(),
        baskets=np.ones(len(sums), dtype=np.int32),
        short_memory=np.ones(len(sums)),
        long_memory=np.ones(len(sums)),
        days=days.days,
    )
    return estimate_likelihoods(bought, labels)
