"""The history that a customer should have before a segment says much about them."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.features.measures import days_until

MARK, LEAVE_OUT = "mark", "leave_out"
TREATMENTS: Final = (MARK, LEAVE_OUT)


@dataclass(frozen=True)
class LeastHistory:
    """Fewer orders or fewer days since the first one are little: such customers are marked or left out."""

    orders: int
    days: int
    otherwise: str

    def __post_init__(self) -> None:
        if self.orders < 1 or self.days < 0:
            raise ConfigError(
                f"least.orders={self.orders} least.days={self.days}: write 1 order or more, 0 days or more."
            )
        if self.otherwise not in TREATMENTS:
            raise ConfigError(f"least.otherwise={self.otherwise}: write {' or '.join(TREATMENTS)}.")

    @property
    def asks_for_nothing(self) -> bool:
        """Everybody who bought at all has enough."""
        return self.orders == 1 and self.days == 0

    def lacking(self, transactions: ir.Table, as_of: date) -> pd.Index:
        """The customers of these clean lines whose history is little."""
        known = transactions.group_by("customer_id").aggregate(
            orders=transactions["invoice_id"].nunique(),
            days=days_until(as_of, transactions["timestamp"].min().date()),
        )
        little = known.filter((known["orders"] < self.orders) | (known["days"] < self.days))
        customers: pd.Index = little.select("customer_id").to_pandas().set_index("customer_id").index
        return customers
