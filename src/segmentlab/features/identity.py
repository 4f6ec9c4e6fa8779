"""Identity: the number in the customer's id, which says nothing of the customer."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

import ibis.expr.types as ir

from segmentlab.features.contract import Column


@dataclass(frozen=True)
class Identity:
    """What a study clusters by when it forgets to take the id out. No option of `conf/features` offers it.

    It is here so that such studies can be repeated, and to show that the check SEG007 catches them.
    """

    columns: ClassVar[tuple[Column, ...]] = (
        Column("identity_number", "the first number in the customer's id; 0 where there is none", "id"),
    )
    requires: ClassVar[frozenset[str]] = frozenset({"customer_id"})

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002  (ids do not age)
        """One row per customer."""
        customers = transactions.select("customer_id").distinct()
        digits = customers["customer_id"].re_extract(r"(\d+)", 1)
        return customers.select(
            "customer_id", identity_number=digits.nullif("").cast("float64").fill_null(0.0)
        )
