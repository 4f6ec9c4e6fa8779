"""What is told of tastes: favourites, and the products that customers buy likeliest by the truth."""

from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.shop.calendar import DAYS, END, START
from segmentlab.transactions.shop.catalogue import PRODUCTS, make_assortment
from segmentlab.transactions.shop.choices import FAVOURITE, Choices
from segmentlab.transactions.shop.oracle import Chances, foresee_purchases
from segmentlab.transactions.shop.pieces import WorldPlan, count_pieces, draw_choices
from segmentlab.transactions.shop.tastes import FAVOURITE_SHARES, FAVOURITES


def describe_tastes(plan: WorldPlan) -> pd.DataFrame:
    """The favourites of all customers, without those that stand on a list twice."""
    tables = []
    for number in range(count_pieces(plan.customers)):
        choices, names = draw_choices(number, plan, day=-1)
        tastes = choices.tastes
        count = len(tastes)
        table = pd.DataFrame(
            {
                "customer_id": np.repeat(names[:count].to_numpy(zero_copy_only=False), FAVOURITES),
                "product_id": _name_products(tastes.favourites.ravel()),
                "share": np.tile(FAVOURITE * FAVOURITE_SHARES, count),
                "interval": tastes.interval.ravel(),
            }
        )
        tables.append(table[np.isfinite(table["interval"])])
    favourites: pd.DataFrame = pd.concat(tables, ignore_index=True)
    return favourites


def list_likeliest(
    plan: WorldPlan, as_of: date, days: int, top: int, leave_out: pd.DataFrame | None
) -> pd.DataFrame:
    """The likeliest products of each customer from a day on."""
    day = int((np.datetime64(as_of) - START).astype(int))
    if not 0 < day < DAYS:
        raise ConfigError(f"as_of={as_of} is no day of the history, which runs from {START} to {END - 1}.")
    tables: list[pd.DataFrame] = []
    for number in range(count_pieces(plan.customers)):
        choices, names = draw_choices(number, plan, day - 1)
        owned = _find_pairs(choices, names, leave_out)
        blocks = foresee_purchases(choices, day - 1, days)
        tables.extend(_list_best(chances, names, min(top, PRODUCTS), owned) for chances in blocks)
    return pd.concat(tables, ignore_index=True) if tables else _make_list([], [], [], [])


def _find_pairs(choices: Choices, names: pa.StringArray, leave_out: pd.DataFrame | None) -> pd.DataFrame:
    """The pairs of a table as rows of customers of this piece and products; those of others are dropped."""
    if leave_out is None:
        return pd.DataFrame({"customer": [], "product": []}, dtype="int64")
    missing = [name for name in ("customer_id", "product_id") if name not in leave_out]
    if missing:
        raise DataError(
            f"leave_out has no column {' and '.join(missing)}; expected customer_id and product_id."
        )
    customers = pd.Index(names[: len(choices.tastes)].to_pylist())
    products = pd.Index(make_assortment().codes[:PRODUCTS].to_pylist())
    pairs = pd.DataFrame(
        {
            "customer": customers.get_indexer(leave_out["customer_id"].astype("str")),
            "product": products.get_indexer(leave_out["product_id"].astype("str")),
        }
    )
    return pairs[(pairs["customer"] >= 0) & (pairs["product"] >= 0)].sort_values("customer")


def _list_best(chances: Chances, names: pa.StringArray, top: int, owned: pd.DataFrame) -> pd.DataFrame:
    bought = chances.bought
    own = owned[owned["customer"].isin(chances.customer)]
    bought[np.searchsorted(chances.customer, own["customer"]), own["product"]] = 0.0
    best = np.argsort(-bought, axis=1, kind="stable")[:, :top]
    chance = np.take_along_axis(bought, best, axis=1)
    listed = chance > 0
    row, rank = np.nonzero(listed)
    customer = names.take(pa.array(chances.customer[row])).to_numpy(zero_copy_only=False)
    return _make_list(customer, _name_products(best[listed]), rank + 1, chance[listed])


def _make_list(customer: object, product: object, rank: object, chance: object) -> pd.DataFrame:
    columns = {"customer_id": customer, "product_id": product, "rank": rank, "chance": chance}
    types = {"customer_id": "str", "product_id": "str", "rank": "int64", "chance": "float64"}
    return pd.DataFrame(columns).astype(types)


def _name_products(product: np.ndarray) -> np.ndarray:
    names: np.ndarray = make_assortment().codes.take(pa.array(product)).to_numpy(zero_copy_only=False)
    return names
