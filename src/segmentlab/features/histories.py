"""Histories: how often, since when and until when each customer ordered, counted where the lines lie."""

import operator
from collections.abc import Sequence
from datetime import date
from functools import cache, reduce
from typing import Final

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.features.feature_set import count_days_until, sum_spend
from segmentlab.transactions import compute_line_value, fetch

MONTHS: Final = 12  # of a year
NOON, EVENING = 12, 17  # o'clock
SEASON_COLUMNS: Final = ("season", "to_season")
HISTORY_PARTS: Final = ["orders", "first", "until", "money", "second_gap", "gap_spread", "months"]


def list_days(transactions: ir.Table) -> ir.Table:
    """A row for each customer and day: what they kept (`money`), and whether they `bought`.

    Beside these how many `lines` there are, how many before noon (`morning`), from 17:00 on (`evening`).

    Example:
        >>> import ibis
        >>> import pandas as pd
        >>> from segmentlab.features import list_days
        >>> lines = pd.DataFrame({"customer_id": ["anna", "anna"], "line_total": [9.0, -4.0]})
        >>> lines["timestamp"] = pd.to_datetime(["2011-01-01 09:00", "2011-01-01 17:00"])
        >>> list_days(ibis.memtable(lines)).to_pandas()[["money", "bought"]].values.tolist()
        [[5.0, True]]
    """
    hour = transactions["timestamp"].hour()
    return transactions.group_by("customer_id", day=transactions["timestamp"].date()).aggregate(
        money=sum_spend(transactions),
        bought=(compute_line_value(transactions) > 0).any(),
        lines=transactions.count(),
        morning=transactions.count(where=hour < NOON),
        evening=transactions.count(where=hour >= EVENING),
    )


def gather_histories(
    transactions: ir.Table, as_of: date, windows: Sequence[int] | None = None
) -> pd.DataFrame:
    """Make the history of each customer; an order is a day with a purchase.

    The same as `summarize_days` makes of the days, and what the gaps tell. Days come to nobody: a row per
    customer does.

    Args:
        transactions: Lines before `as_of`, with `customer_id`, `timestamp` and `line_total`.
        as_of: The day on which it is asked.
        windows: Days before it for which habits are counted as well (`list_habits`), such as 30 and 90.

    Returns:
        By customer, in the order of their ids, who ordered at least once: `repeats`, `recency` and `age` in
        days; `spend`, the mean of what an order brought, refunds taken off; `second_gap`, the days from the
        first to the second order, and `gap_spread`, the standard deviation of the days between orders, which
        are missing where there is no second order, or no third one; `season`, how many months of the year in
        a row hold all orders, and `to_season`, in how many months these begin again: 0 where it is now.

    Example:
        >>> from datetime import date
        >>> import ibis
        >>> import pandas as pd
        >>> from segmentlab.features import gather_histories
        >>> lines = pd.DataFrame({"customer_id": ["anna", "anna"], "line_total": [20.0, 40.0]})
        >>> lines["timestamp"] = pd.to_datetime(["2011-01-01", "2011-01-11"])
        >>> anna = gather_histories(ibis.memtable(lines), date(2011, 5, 31)).loc["anna"]
        >>> anna[["repeats", "recency", "age", "spend", "second_gap", "gap_spread"]].tolist()
        [1.0, 10.0, 150.0, 30.0, 10.0, nan]
        >>> anna[["season", "to_season"]].tolist()
        [1.0, 8.0]
    """
    return gather_day_histories(list_days(transactions), as_of, windows)


def gather_day_histories(days: ir.Table, as_of: date, windows: Sequence[int] | None = None) -> pd.DataFrame:
    """The same of days, as `list_days` has them."""
    people = fetch(sum_histories(days, as_of, windows).order_by("customer_id"))
    return read_histories(people.set_index("customer_id"), as_of)


def read_histories(table: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Histories, as `gather_histories` has them, of the sums that `sum_histories` makes, by customer."""
    first, until = (pd.to_datetime(table[name]) for name in ("first", "until"))
    orders = table["orders"].astype("float64")
    season, to_season = _list_seasons(as_of.month)
    months = table["months"].to_numpy(dtype=np.int64)
    histories = pd.DataFrame(
        {
            "repeats": orders - 1,
            "recency": (until - first).dt.days.astype("float64"),
            "age": (pd.Timestamp(as_of) - first).dt.days.astype("float64"),
            "spend": table["money"] / orders,
            "second_gap": table["second_gap"].astype("float64"),
            "gap_spread": table["gap_spread"].astype("float64").where(orders > 2),
            "season": season[months],
            "to_season": to_season[months],
        }
    )
    return histories.join(table.drop(columns=HISTORY_PARTS).astype("float64"))


def sum_histories(
    days: ir.Table, as_of: date | None = None, windows: Sequence[int] | None = None
) -> ir.Table:
    """A row for each customer with an order, where the days are; nothing but `windows` depends on today."""
    # Days of refunds alone are no orders, so each kind has its own turn and its own day before.
    alike = ibis.window(group_by=["customer_id", "bought"], order_by="day")
    days = days.mutate(turn=ibis.row_number().over(alike), before=days["day"].lag().over(alike))
    days = days.mutate(gap=days["day"].delta(days["before"], unit="day").cast("float64"))
    bought = days["bought"]
    people = days.group_by("customer_id").aggregate(
        orders=bought.cast("int64").sum(),
        first=days["day"].min(where=bought),
        until=days["day"].max(where=bought),
        money=days["money"].sum().round(6),
        second_gap=days["gap"].max(where=bought & (days["turn"] == 1)),
        gap_spread=days["gap"].std(where=bought, how="pop").round(10),
        months=_add_bits([bought & (days["day"].month() == month) for month in range(1, MONTHS + 1)]),
        **({} if windows is None or as_of is None else _count_habits(days, as_of, windows)),
    )
    return people.filter(people["orders"] > 0)


def _count_habits(days: ir.Table, as_of: date, windows: Sequence[int]) -> dict[str, ir.Value]:
    """The most that a day brought, what the last one did, and what there was in each window."""
    money, ago = days["money"], count_days_until(as_of, days["day"])
    counted = {f"orders_{window}": (ago <= window).cast("int64").sum() for window in windows}
    summed = {f"spend_{window}": money.sum(where=ago <= window).fill_null(0.0).round(6) for window in windows}
    return {"most": money.max(), "last": money.argmax(days["day"]), **counted, **summed}


def count_daily_orders(transactions: ir.Table, cut: date) -> pd.DataFrame:
    """Count first and repeat orders day by day, of the customers whose first order came before the cut.

    Args:
        transactions: Lines until today, with `customer_id`, `timestamp` and `line_total`.
        cut: The day.

    Returns:
        By day `first` and `repeats`; days without an order have no row.

    Example:
        >>> from datetime import date
        >>> import ibis
        >>> import pandas as pd
        >>> from segmentlab.features import count_daily_orders
        >>> lines = pd.DataFrame({"customer_id": ["anna", "anna", "bert"], "line_total": 9.0})
        >>> lines["timestamp"] = pd.to_datetime(["2011-01-01", "2011-01-11", "2011-01-11"])
        >>> count_daily_orders(ibis.memtable(lines), date(2011, 1, 5)).values.tolist()
        [[1, 0], [0, 1]]
    """
    days = list_days(transactions)
    days = days.filter(days["bought"])
    days = days.mutate(begun=days["day"].min().over(ibis.window(group_by="customer_id")))
    days = days.filter(days["begun"] < ibis.date(cut.isoformat()))
    is_first = days["day"] == days["begun"]
    counts = days.group_by("day").aggregate(
        first=is_first.cast("int64").sum(), repeats=(~is_first).cast("int64").sum()
    )
    table = fetch(counts.order_by("day"))
    return table.set_index(table.pop("day").astype("datetime64[us]").rename("day"))


def _add_bits(each: Sequence[ir.BooleanValue]) -> ir.IntegerScalar:
    """A bit for each that is true of any row; Spark, through Ibis, has no sum of bits."""
    bits = [one.any().cast("int64") * 2**place for place, one in enumerate(each)]
    return reduce(operator.add, bits)


@cache
def _list_seasons(today: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """For each set of months, a bit each: the shortest run that holds all, and the months until it begins."""
    found = [_find_season(months, today - 1) for months in range(2**MONTHS)]
    season, to_season = np.array(found, dtype=np.float64).T
    return season, to_season


def _find_season(months: int, today: int) -> tuple[int, int]:
    """The year without its longest gap; December is followed by January."""
    taken = [month for month in range(MONTHS) if months >> month & 1]
    if not taken:
        return 0, 0
    starts = [*taken[1:], taken[0] + MONTHS]
    gap, start = max((after - before, after % MONTHS) for before, after in zip(taken, starts, strict=True))
    season = MONTHS + 1 - gap
    return season, 0 if (today - start) % MONTHS < season else (start - today) % MONTHS
