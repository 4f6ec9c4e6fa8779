"""Cancellations, netted against the purchases that they cancel."""

from dataclasses import dataclass
from typing import ClassVar, Final

import ibis
import ibis.expr.types as ir

from segmentlab.transactions.cleaning.single_lines import LEFT_AT_COLUMN, InvoicePrefix

ALIKE_COLUMNS: Final = ("customer_id", "product_id", "unit_price")
PIECE_DECIMALS: Final = 9  # sums of fractional quantities leave dust beyond


@dataclass(frozen=True)
class NetCancellations:
    """Takes what was cancelled off the purchase and off the cancellation.

    A cancellation meets earlier purchases of the same customer, product and price, the most recent
    first, whole or in part, as many as it needs. A line that comes to zero leaves; another stays with
    its rest. What a cancellation does not find is its rest: `InvoicePrefix` after this rule takes it
    out under a name of its own. In the same minute, buying comes before cancelling.

    The most recent purchase first is a stack: purchases lay pieces on it and cancellations take pieces
    from its top. A pile's height over time says everything. A purchase lays its pieces between two
    heights, and those stay that lie below the lowest height that ever follows. So running sums and
    minima give the exact answer, as windows that every engine has, and no line is walked one by one.
    """

    prefix: str | None = "C"
    requires: ClassVar[frozenset[str]] = frozenset({*ALIKE_COLUMNS, "invoice_id", "quantity", "timestamp"})
    of_one_customer: ClassVar[bool] = True

    def rests(self, lines: ir.Table) -> ir.Table:
        """The lines, with less quantity where something was cancelled."""
        moving = self._moving(lines)
        met = moving.filter(moving["_moved"] < 0).select(*ALIKE_COLUMNS).distinct()
        apart = lines.anti_join(met, ALIKE_COLUMNS)
        netted = _net_cancellations(moving.semi_join(met, ALIKE_COLUMNS))
        return apart.mutate(_rest=apart["quantity"]).union(netted.select(*lines.columns, "_rest"))

    def _moving(self, lines: ir.Table) -> ir.Table:
        """The lines, with the pieces that a purchase lays on the pile and a cancellation takes from it."""
        cancels = InvoicePrefix(self.prefix).drops(lines).fill_null(False)
        counts = lines[LEFT_AT_COLUMN].isnull() & (cancels == (lines["quantity"] < 0))
        return lines.mutate(_moved=ibis.cases((counts, lines["quantity"]), else_=0.0))


def _net_cancellations(moving: ir.Table) -> ir.Table:
    """The lines of groups that know a cancellation, in order, with what the pile leaves of each."""
    # A total order: lines equal in every column are interchangeable, all others have their place.
    order = [
        "timestamp",
        moving["_moved"] < 0,
        *[name for name in moving.columns if name not in ALIKE_COLUMNS],
    ]
    placed = moving.mutate(_place=ibis.row_number().over(group_by=ALIKE_COLUMNS, order_by=order))
    until = ibis.window(group_by=ALIKE_COLUMNS, order_by="_place", following=0)
    since = ibis.window(group_by=ALIKE_COLUMNS, order_by="_place", preceding=0)
    alike = ibis.window(group_by=ALIKE_COLUMNS, order_by="_place")

    summed = placed.mutate(_sum=placed["_moved"].sum().over(until))
    # A cancellation of more than there is empties the pile; what it lacks is never owed.
    lacking = ibis.least(summed["_sum"].min().over(until), 0.0)
    piled = summed.mutate(_height=summed["_sum"] - lacking)
    bounded = piled.mutate(
        _lowest=piled["_height"].min().over(since),
        _before=ibis.coalesce(piled["_height"].lag().over(alike), 0.0),
    )
    kept = ibis.greatest(bounded["_lowest"] - bounded["_before"], 0.0)
    unmatched = bounded["_moved"] - (bounded["_height"] - bounded["_before"])
    rest = ibis.ifelse(bounded["_moved"] > 0, kept, unmatched).round(PIECE_DECIMALS).nullif(0.0)
    return bounded.mutate(_rest=ibis.ifelse(bounded["_moved"] == 0, bounded["quantity"], rest))
