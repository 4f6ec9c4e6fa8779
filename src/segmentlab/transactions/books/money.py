"""Money apart: what came in (gross), what went out again (refunds), and what stayed (net)."""

from collections.abc import Mapping
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.schema import compute_line_value

MONEY: Final = ("gross", "refunds", "net")
CENT: Final = 0.005  # sums of cents that are nothing may come out a little beside it


def sum_money(lines: ir.Table) -> dict[str, ir.FloatingScalar]:
    """The two sums that are never mixed, of whichever lines or groups of them.

    `gross` is the money of positive lines; `refunds` that of negative ones (cancellations, returns), which
    bears its minus. Books, customers and segments all mean this.
    """
    value = compute_line_value(lines)
    return {
        "gross": value.sum(where=value > 0).fill_null(0.0),
        "refunds": value.sum(where=value < 0).fill_null(0.0),
    }


def read_money(books: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """Gross, refunds and net as kept books have them; nothing where a run has no books."""
    if "totals" not in books:
        return {}
    totals = books["totals"].set_index("what")["value"]
    return {name: str(totals[name]) for name in MONEY if name in totals.index}


def has_kept_nothing(money: pd.DataFrame) -> pd.Series:
    """Of each customer, whether all that they bought came back: `money` has `returned` and `net`."""
    nothing: pd.Series = (money["returned"] > CENT) & (money["net"] < CENT)
    return nothing
