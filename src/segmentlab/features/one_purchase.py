"""Logs in which nobody came twice: columns about coming back are then one value, and it can be told early."""

from collections.abc import Mapping, Sequence
from typing import Final

import ibis.expr.types as ir

from segmentlab.features.feature_set import AnySet

MANY_CUSTOMERS: Final = 100_000  # of fewer, the features themselves show it within seconds
SURELY_MORE: Final = 1.5  # orders for each customer; quick counts of the two may be a tenth off, either way


def find_same_for_all(
    sets: Mapping[str, AnySet],
    lines: ir.Table,
    leave_out: Sequence[str] = (),
    many: int = MANY_CUSTOMERS,
    orders: ir.Table | None = None,
) -> tuple[int, dict[str, float]]:
    """How many customers there are, and the columns that are one value for all of them, with the value.

    Sets say which columns that are: `of_one_order` where everybody has one invoice, `of_one_day` where
    everybody bought on one day. Cleaning takes lines and adds none, so what holds of lines as they were
    read holds of clean ones. Of few customers, or where the sets say nothing, nothing is sought. `orders` are
    the lines summed by order, where that is known: they are counted first.
    """
    of_order, of_day = (_list_claims(sets, claim, leave_out) for claim in ("of_one_order", "of_one_day"))
    if not (of_order or of_day) or not {"customer_id", "invoice_id"} <= set(lines.columns):
        return 0, {}
    named = lines.filter(lines["customer_id"].notnull())
    summed = named if orders is None else orders.filter(orders["customer_id"].notnull())
    quick = summed.aggregate(
        customers=summed["customer_id"].approx_nunique(), orders=summed["invoice_id"].approx_nunique()
    )
    rough = quick.to_pyarrow().to_pylist()[0]
    if rough["customers"] < many or rough["orders"] > SURELY_MORE * rough["customers"]:
        return 0, {}
    return _count_purchases(named, of_order, of_day)


def _list_claims(sets: Mapping[str, AnySet], claim: str, leave_out: Sequence[str]) -> dict[str, float]:
    claims: dict[str, float] = {}
    for chosen in sets.values():
        claims |= getattr(chosen, claim, {})
    return {name: value for name, value in claims.items() if name not in leave_out}


def _count_purchases(
    named: ir.Table, of_order: Mapping[str, float], of_day: Mapping[str, float]
) -> tuple[int, dict[str, float]]:
    """Whether everybody has one order, and one day: by the first and the last of each."""
    order, time = named["invoice_id"], named["timestamp"]
    people = named.group_by("customer_id").aggregate(
        orders=(order.min() != order.max()) | (order.count() < named.count()),
        days=time.min().date() != time.max().date(),
    )
    told = people.aggregate(
        customers=people.count(), orders=people["orders"].any(), days=people["days"].any()
    )
    row = told.to_pyarrow().to_pylist()[0]
    found = {**({} if row["orders"] else of_order), **({} if row["days"] else of_day)}
    return int(row["customers"]), found
