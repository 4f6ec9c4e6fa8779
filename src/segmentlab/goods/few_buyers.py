"""On how few customers the demand for a product hangs."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.goods.demand import YEAR_DAYS, Amounts, DemandBefore, Places, get_amounts

FEW_SHARE: Final = 0.5  # of what is bought: where three customers buy as much, demand hangs on them


def find_few_buyers(today: DemandBefore, rows: Sequence[int]) -> pd.DataFrame:
    """On how few customers the demand of a year hangs, by group and product, and of all groups together."""
    days, size = today.days, len(today.days.products)
    year = np.flatnonzero((days.customer >= 0) & (days.age <= YEAR_DAYS))
    pair = days.customer[year].astype(np.int64) * size + days.product[year]
    first = np.flatnonzero(np.diff(pair, prepend=-1))
    bought = np.add.reduceat(get_amounts(days)[year], first) if len(first) else np.zeros(0)
    customer, product = pair[first] // size, pair[first] % size
    told = [_concentrate(today.place[customer] * size + product, bought, today.groups * size)]
    whole = _concentrate(product, bought, size)
    place = np.concatenate([np.arange(row * size, (row + 1) * size) for row in rows])
    return pd.concat([told[0].iloc[place], whole], ignore_index=True)


def _concentrate(cell: Places, bought: Amounts, cells: int) -> pd.DataFrame:
    """Shares of the first buyers of each cell, and the number of equal ones that they count as."""
    order = np.lexsort((-bought, cell))
    cell, bought = cell[order], bought[order]
    rank = np.arange(len(cell)) - np.searchsorted(cell, cell)
    whole = np.bincount(cell, bought, minlength=cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {
            f"top_{most}": np.bincount(cell[rank < most], bought[rank < most], minlength=cells) / whole
            for most in (1, 3, 5)
        }
        effective = whole**2 / np.bincount(cell, bought**2, minlength=cells)
    table = pd.DataFrame(
        {"buyers": np.bincount(cell, minlength=cells), **shares, "effective_buyers": effective}
    )
    return table.round(4).assign(few_customers=shares["top_3"] >= FEW_SHARE)
