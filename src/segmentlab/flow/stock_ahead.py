"""What each segment will buy in the next weeks, tried on the days since segments were learnt anew."""

from collections.abc import Iterator
from typing import Any, Final

import pandas as pd

from segmentlab.flow.result import DescribedCustomers, PastSegments
from segmentlab.goods import Purchases, Stock, StockDay, find_stock
from segmentlab.value import OrderLaw

MOST_TRIED_DAYS: Final = 3  # each a period after the one before


def foresee_stock(
    described: DescribedCustomers, labels: pd.Series, then: PastSegments | str | None, weeks: int
) -> Stock | str:
    """Say what to have in stock for so many weeks; a text says why nothing can be told.

    Segments of today know who came lately, so a forecast is tried with those of an earlier day; where there
    is none, for all customers together.
    """
    sales = described.sales
    if sales is None:
        return "there are no transactions, so nobody knows what was bought"
    if not isinstance(sales.purchases, Purchases):
        return sales.purchases
    if sales.product_days is None:
        return "no line has a product id"
    standing = described.standing
    # A law would say of everybody that they won't come where nobody ever came back.
    law = None if standing is None or standing.laws.second_gap is None else standing.laws.orders
    earlier = tuple(_list_earlier_days(described, then, law, 7 * weeks))
    return find_stock(sales.product_days, sales.purchases.products, labels, law, earlier, weeks)


def _list_earlier_days(
    described: DescribedCustomers,
    then: PastSegments | str | None,
    law: OrderLaw[Any] | None,
    horizon: int,
) -> Iterator[StockDay]:
    as_of, labels, since = described.features.as_of, None, MOST_TRIED_DAYS * horizon
    if isinstance(then, PastSegments) and as_of is not None and (as_of - then.known.cut).days >= horizon:
        labels, since = then.labels, (as_of - then.known.cut).days
        law = None if then.known.value is None else then.known.value.model.orders
    for number in range(1, MOST_TRIED_DAYS + 1):
        if number * horizon <= since:
            yield StockDay(number * horizon, labels, law)
