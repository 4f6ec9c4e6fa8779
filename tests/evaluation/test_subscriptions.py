"""Who pays the same sum month by month is a subscriber; who buys now and then is none."""

from datetime import date

import numpy as np
import pandas as pd

from segmentlab.evaluation import Subscriptions, find_subscriptions

AS_OF = date(2025, 1, 1)


def tabulate(lines: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers and months as `gather_facts` has them."""
    lines = lines.assign(month=lines["day"].dt.to_period("M").dt.to_timestamp())
    customers = lines.groupby("customer_id").agg(orders=("day", "size"), last=("day", "max"))
    months = lines.groupby(["customer_id", "month"]).agg(revenue=("paid", "sum"), orders=("day", "size"))
    return customers, months.reset_index()


def subscribe(customers: int, cancelled: int) -> pd.DataFrame:
    """Two plans, billed on each one's own day for a year; the first so many have left in June."""
    rows = [
        (f"S{number:03d}", pd.Timestamp(2024, month, 1 + number % 28), 9.99 if number % 3 else 19.99)
        for number in range(customers)
        for month in range(1, 7 if number < cancelled else 13)
    ]
    return pd.DataFrame(rows, columns=["customer_id", "day", "paid"])


def shop(customers: int) -> pd.DataFrame:
    """Orders on any day, for any sum."""
    generator = np.random.default_rng(0)
    owner = np.repeat(np.arange(customers), 8)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(generator.integers(0, 365, len(owner)), unit="D")
    paid = generator.lognormal(3, 1, len(owner)).round(2)
    return pd.DataFrame({"customer_id": [f"B{number:03d}" for number in owner], "day": days, "paid": paid})


def test_subscribers_are_counted_and_so_are_those_who_left() -> None:
    assert find_subscriptions(*tabulate(subscribe(60, cancelled=15)), AS_OF) == Subscriptions(60, 60, 15)


def test_a_change_of_the_plan_and_a_month_left_out_are_no_end_of_it() -> None:
    lines = subscribe(60, cancelled=0)
    lines.loc[lines["day"].dt.month > 8, "paid"] = 24.99
    found = find_subscriptions(*tabulate(lines[lines["day"].dt.month != 4]), AS_OF)
    assert found == Subscriptions(60, 60, 0)


def test_shoppers_are_no_subscribers() -> None:
    found = find_subscriptions(*tabulate(shop(100)), AS_OF)
    assert found is not None
    assert (found.regular, found.judged) == (0, 100)


def test_who_bought_at_one_price_now_and_then_is_none_either() -> None:
    found = find_subscriptions(*tabulate(shop(100).assign(paid=9.99)), AS_OF)
    assert found is not None
    assert found.share < 0.1


def test_where_few_came_three_times_nothing_is_said() -> None:
    assert find_subscriptions(*tabulate(subscribe(29, cancelled=0)), AS_OF) is None
