"""What is known of each customer beforehand, as the table that no model may see."""

from typing import Final

import numpy as np
import pyarrow as pa

from segmentlab.transactions.shop.calendar import START
from segmentlab.transactions.shop.lives import KINDS, SEASONAL, Lives, Orders
from segmentlab.transactions.shop.people import Shoppers
from segmentlab.transactions.shop.purchases import BASKET_SPREAD, SPEND_SPREAD
from segmentlab.transactions.shop.sales import Floats
from segmentlab.transactions.shop.segments import PLANTED_SEGMENTS, Trait

TRUTH_FIELDS: Final = pa.schema(
    {
        "customer_id": pa.string(),
        "planted": pa.string(),  # the segment; nothing for who belongs to none
        "kind": pa.string(),
        "gap": pa.float64(),  # mean days from one order to the next, while they stay
        "leaves": pa.float64(),  # chance that an order is their last
        "left": pa.date32(),  # day of the last order of who has left
        "spend": pa.float64(),  # mean pounds of an order, before any is taken back
        "season": pa.float64(),  # day of the year on which theirs begins
    }
)


def list_planted(people: Shoppers, names: pa.StringArray) -> pa.Table | None:
    """The segment of each customer, where there are segments."""
    if people.segment is None:
        return None
    return pa.table({"customer_id": names, "planted": _name_segments(people)})


def describe_shoppers(people: Shoppers, names: pa.StringArray) -> pa.Table:
    """What is known of customers whose traits are drawn: no more than these."""
    return _make_table(
        customer_id=names,
        planted=_name_segments(people),
        kind=pa.repeat("population" if people.segment is None else "planted", len(people)),
        gap=people.gap,
        spend=expect_spend(people),
    )


def expect_spend(people: Shoppers) -> Floats:
    """The mean pounds of an order of each."""
    lines, pounds = people.basket * Trait(1, BASKET_SPREAD).mean, people.spend * Trait(1, SPEND_SPREAD).mean
    return lines * pounds


def describe_lives(
    lives: Lives, orders: Orders, left: np.ndarray, spend: Floats, names: pa.StringArray
) -> pa.Table:
    """What is known of customers whose life is drawn: all."""
    last = np.zeros(len(lives), dtype=np.int64)
    last[orders.customer] = orders.day  # they come in order: the last one stays
    season = np.floor(lives.begin) % 365
    first_day = (START - START.astype("datetime64[Y]")).astype(int)
    return _make_table(
        customer_id=names,
        kind=pa.array(KINDS).take(pa.array(lives.kind)),
        gap=lives.gap,
        leaves=lives.leaves,
        left=pa.array(START + last, mask=~left),
        spend=spend,
        season=pa.array(1 + (first_day + season) % 365, mask=lives.kind != SEASONAL),
    )


def _name_segments(people: Shoppers) -> pa.StringArray:
    if people.segment is None:
        return pa.nulls(len(people), pa.string())
    return pa.array([segment.name for segment in PLANTED_SEGMENTS]).take(pa.array(people.segment))


def _make_table(**columns: Floats | pa.Array) -> pa.Table:
    """The columns in their order; what is not given is not known."""
    count = len(columns["customer_id"])
    known = {name: pa.array(column) for name, column in columns.items()}
    return pa.table(
        {field.name: known.get(field.name, pa.nulls(count, field.type)) for field in TRUTH_FIELDS},
        schema=TRUTH_FIELDS,
    )
