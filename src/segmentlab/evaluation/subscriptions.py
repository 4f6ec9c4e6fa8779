"""Whether customers are subscribers: who pays the same sum month by month comes as often as all others."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

LEAST_ORDERS: Final = 3  # of a customer, before anything is regular
LEAST_CUSTOMERS: Final = 30  # with so many orders, before anything is said of all
MOST_LOOKED_AT: Final = 20_000  # of them
MOST_PRICES: Final = 2  # of a subscriber: plans change
MONTHS: Final = 12  # in each of which, or less, one month may be left out or have two payments
OVERDUE_DAYS: Final = 46  # a month and a half


@dataclass(frozen=True)
class Subscriptions:
    """How many customers pay the same sum month by month, of those with orders enough to tell."""

    regular: int
    judged: int
    overdue: int  # of the regular ones, who have not paid for a month and a half

    @property
    def share(self) -> float:
        """The share of those who can be judged."""
        return self.regular / self.judged


def find_subscriptions(customers: pd.DataFrame, months: pd.DataFrame, as_of: date) -> Subscriptions | None:
    """Count subscribers; None where too few have orders enough.

    Args:
        customers: By customer id: `orders` and the day of the `last` one.
        months: `customer_id`, `month`, `revenue` and `orders` of every month with a purchase.
        as_of: The day on which it is asked.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.evaluation import find_subscriptions
        >>> ids = [f"S{number}" for number in range(40)]
        >>> days = pd.date_range("2024-01-01", periods=5, freq="MS")
        >>> paid = pd.DataFrame([(who, day) for who in ids for day in days], columns=["customer_id", "month"])
        >>> people = pd.DataFrame({"orders": 5, "last": days[-1]}, index=ids)
        >>> find_subscriptions(people, paid.assign(revenue=9.99, orders=1), days[-1].date()).regular
        40
    """
    often = customers.index[customers["orders"].to_numpy() >= LEAST_ORDERS]
    if len(often) < LEAST_CUSTOMERS:
        return None
    often = often[:: -(-len(often) // MOST_LOOKED_AT)]  # evenly over all ids
    own = months[often.get_indexer(pd.Index(months["customer_id"])) >= 0]
    number = own["month"].dt.year * 12 + own["month"].dt.month
    price = (own["revenue"] / own["orders"]).round(2)
    each = own.assign(number=number, price=price).groupby("customer_id")
    found = each.agg(
        paid=("number", "size"),
        first=("number", "min"),
        last=("number", "max"),
        orders=("orders", "sum"),
        prices=("price", "nunique"),
    )
    span = found["last"] - found["first"] + 1
    slack = 1 + span // MONTHS
    monthly = (found["paid"] >= span - slack) & (found["orders"] <= found["paid"] + slack)
    regular = found.index[monthly & (found["prices"] <= MOST_PRICES)]
    ago = (pd.Timestamp(as_of) - customers["last"].reindex(regular)).dt.days
    return Subscriptions(len(regular), len(found), int(np.sum(ago > OVERDUE_DAYS)))
