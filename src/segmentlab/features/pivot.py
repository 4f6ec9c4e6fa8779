"""Pivot: a column for each product, country or whatever else the lines name. Wide, raw, easily understood."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features.feature_set import Column

PivotMeasure = Literal["pieces", "presence"]
PIVOT_MEANINGS: Final = {
    "pieces": ("pieces of {}, less those that came back", "pieces"),
    "presence": ("1 with a line of {}, else 0", "0 or 1"),
}


@dataclass(frozen=True)
class Pivot:
    """Customers by the values of one column of the lines: pieces summed, or whether there is any line.

    It learns which values there are, or the `most` of them that the most customers have.
    """

    prefix: str
    by: str
    of: PivotMeasure = "pieces"
    most: int | None = None

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the transactions that the set can't do without."""
        return frozenset({"customer_id", self.by, *(["quantity"] if self.of == "pieces" else [])})

    def learn(self, transactions: ir.Table, as_of: date) -> "Pivoted":  # noqa: ARG002  (values do not age)
        """Learn the values that somebody has anything of, in the order of the alphabet."""
        amounts = _sum_amounts(transactions, self.by, self.of)
        had = amounts.filter(amounts["value"].notnull() & (amounts["amount"] != 0))
        counts = had.group_by("value").aggregate(customers=had.count())
        found = counts.order_by(ibis.desc("customers"), "value").limit(self.most).to_pandas()["value"]
        if found.empty:
            raise DataError(f"features={self.prefix}: no line has a {self.by}. Choose another feature set.")
        return Pivoted(self.prefix, self.by, self.of, tuple(sorted(map(str, found))))


@dataclass(frozen=True)
class Pivoted:
    """The values that were learnt; others count for nothing."""

    prefix: str
    by: str
    of: PivotMeasure
    values: Sequence[str]

    @property
    def columns(self) -> tuple[Column, ...]:
        """One column per value."""
        meaning, unit = PIVOT_MEANINGS[self.of]
        return tuple(Column(f"{self.prefix}_{value}", meaning.format(value), unit) for value in self.values)

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the transactions that the set can't do without."""
        return Pivot(self.prefix, self.by, self.of).requires

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (values do not age)
        """One row per customer. The engine sums; thousands of columns are laid out here.

        As one query it would be an expression per column, which no engine takes by the thousand.
        """
        sums = _sum_amounts(transactions, self.by, self.of).to_pandas()
        customers = pd.Index(sums["customer_id"].unique()).sort_values()
        known = sums[sums["value"].isin(self.values)]
        wide = np.zeros((len(customers), len(self.values)))
        rows, places = (
            customers.get_indexer(known["customer_id"]),
            pd.Index(self.values).get_indexer(known["value"]),
        )
        wide[rows, places] = known["amount"]
        frame = pd.DataFrame(wide, columns=[column.name for column in self.columns])
        frame.insert(0, "customer_id", customers)
        return ibis.memtable(frame)


def _sum_amounts(transactions: ir.Table, by: str, of: PivotMeasure) -> ir.Table:
    """What each customer has of each value: far fewer rows than lines or than all pairs."""
    amount = transactions["quantity"].sum().round(6) if of == "pieces" else ibis.literal(1.0)
    value = transactions[by].cast("string")
    return transactions.group_by("customer_id", value=value).aggregate(amount=amount)
