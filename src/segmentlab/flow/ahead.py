"""What to expect of each customer: orders and spend ahead, with intervals that were tried on earlier days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.features import list_days
from segmentlab.flow.result import DescribedCustomers, Standing
from segmentlab.flow.standing import find_next_days
from segmentlab.transactions import fetch, select_until
from segmentlab.value import Outlook, ValueModel, look_ahead

MOST_TRIED: Final = 100_000  # customers whose days come here, to try forecasts on earlier days
USUAL_REACH: Final = 1.645  # standard deviations, between which 90 % of a sum of many customers lie
TOLD: Final = ("alive", "silent", "gap", "late_gap", "late")
FORESEEN_PARTS: Final = {  # of a forecast, by what they are called with the horizon
    "buys": "buys_{}",
    "orders": "orders_{}",
    "orders_low": "orders_{}_low",
    "orders_high": "orders_{}_high",
    "spend": "spend_{}",
    "spend_low": "spend_{}_low",
    "spend_high": "spend_{}_high",
}
DECIMALS: Final = 4


@dataclass(frozen=True)
class ValueAhead:
    """What customers are expected to do, how far that was tried, and what can't be told.

    Attributes:
        customers: By customer, who is expected to spend most in the longest horizon first: `past_orders`;
            `alive`, `silent`, `gap`, `late_gap` and `late` as `ShopLaws.place` has them; `gap_spread`;
            `next_order`, the day until which half of such customers come if they have not left, missing
            where that takes ten years; and for each horizon, as in `buys_90`, what `ValueModel.forecast` has.
        horizons: Days ahead.
        spreads: By customer, for each horizon the standard deviation of spend.
        levels: Buyers for each one expected in earlier periods, by horizon; empty where none was tried.
        trusted: The horizons of which levels were foreseen in all of these.
        notes: What can't be told, and why.
    """

    customers: pd.DataFrame
    horizons: tuple[int, ...]
    spreads: pd.DataFrame
    levels: Mapping[int, tuple[float, ...]]
    trusted: tuple[int, ...]
    notes: tuple[str, ...]

    def sum_spend(self, labels: pd.Series, horizon: int) -> pd.DataFrame:
        """Sum what each segment is expected to spend: `expected`, with the ends of a 90 % interval.

        Customers scatter apart from one another. What moves all of them together, a season, is taken from
        earlier periods: if a quarter more came than were expected in one of these, the upper end is higher
        by as much.
        """
        own = labels.reindex(self.customers.index)
        sums = self.customers[f"spend_{horizon}"].groupby(own).sum()
        reach = USUAL_REACH * np.sqrt((self.spreads[horizon] ** 2).groupby(own).sum())
        levels = (1.0, *self.levels.get(horizon, ()))
        return pd.DataFrame(
            {
                "expected": sums,
                "low": (sums - reach).clip(lower=0.0) * min(levels),
                "high": (sums + reach) * max(levels),
            }
        )


def gather_days(lines: ir.Table, as_read: ir.Table, as_of: date) -> pd.DataFrame:
    """A row for each customer and day: what they kept, as it came, and whether they bought.

    Days with a purchase are those of the clean lines. Money is that of all lines of these customers: refunds
    are taken off on the day on which they were given, whatever cleaning makes of them.
    """
    bought = list_days(lines).select("customer_id", "day", "bought")
    money = list_days(select_until(as_read, as_of)).select("customer_id", "day", "money")
    days = money.semi_join(lines, "customer_id").left_join(bought, ["customer_id", "day"])
    days = days.select("customer_id", "day", "money", bought=days["bought"].fill_null(False))
    table = fetch(days.order_by("customer_id", "day"))
    return table.assign(day=table["day"].astype("datetime64[us]"))


def foresee_value(described: DescribedCustomers, horizons: tuple[int, ...]) -> ValueAhead | str:
    """Forecast orders and spend of every customer; a text says why nothing can be told.

    Where the days of customers are known, each forecast is tried on earlier days first.
    """
    sales, as_of = described.sales, described.features.as_of
    if sales is None or as_of is None:
        return "there are no transactions, so nobody knows when customers ordered"
    if not horizons:
        return "nobody asked for it (value.horizons)"
    if isinstance(sales.standing, str):
        return sales.standing
    if sales.standing.laws.second_gap is None:  # a law would say of everybody that they won't come
        return sales.standing.laws.notes[0]
    standing, notes = sales.standing, list(_list_limits(described, sales.standing))
    horizons, beyond = _part_horizons(standing, horizons)
    notes += beyond
    if not horizons:
        return beyond[-1]
    parts, levels, trusted = [_tell_today(standing, as_of)], {}, []
    spreads = pd.DataFrame(index=standing.histories.index)
    for horizon in horizons:
        if sales.days is None:
            forecast = ValueModel(standing.laws.orders, standing.laws.spend, {}).forecast(
                standing.histories, horizon
            )
        else:
            outlook = look_ahead(sales.days, as_of, horizon)
            forecast = outlook.customers.reindex(standing.histories.index)
            levels[horizon] = _list_levels(outlook)
            trusted += [horizon] if outlook.is_level_foreseen else []
            notes += outlook.notes
        names = {part: name.format(horizon) for part, name in FORESEEN_PARTS.items()}
        parts.append(forecast[[*names]].rename(columns=names))
        spreads[horizon] = forecast["spend_spread"]
    table = pd.concat(parts, axis="columns")
    # The index is in order, so equals stay in the order of their ids.
    table = table.sort_values(f"spend_{max(horizons)}", ascending=False, kind="stable")
    told = tuple(dict.fromkeys(notes))
    return ValueAhead(table.round(DECIMALS), horizons, spreads, levels, tuple(trusted), told)


def _part_horizons(standing: Standing, horizons: tuple[int, ...]) -> tuple[tuple[int, ...], list[str]]:
    """Those that are no longer than customers were seen, and a note on the others."""
    known = float(standing.histories["age"].max())
    beyond = [horizon for horizon in horizons if horizon > known]
    note = (
        f"The first order was {known:.0f} days ago, so nothing is said of {_join_numbers(beyond)} days: what "
        "is ahead can't be foreseen further than customers were seen."
    )
    return tuple(horizon for horizon in horizons if horizon <= known), [note] if beyond else []


def _join_numbers(numbers: Sequence[int]) -> str:
    return " and ".join(map(str, numbers))


def _tell_today(standing: Standing, as_of: date) -> pd.DataFrame:
    placed = standing.customers
    table = placed[[*TOLD]].assign(
        gap_spread=standing.histories["gap_spread"], next_order=find_next_days(placed["next_in"], as_of)
    )
    table.insert(0, "past_orders", placed["orders"].astype("int64"))
    return table


def _list_levels(outlook: Outlook) -> tuple[float, ...]:
    return (*outlook.levels, *(() if outlook.season is None else (outlook.season,)))


def _list_limits(described: DescribedCustomers, standing: Standing) -> list[str]:
    """What is said of all horizons: the doubts of the model, who is not looked at, and what was not tried."""
    assert described.sales is not None
    notes, told = list(standing.laws.notes), len(standing.histories)
    people = len(described.features.frame) if described.crowd is None else described.crowd.customers
    if described.crowd is not None or told < int((described.sales.facts.customers["orders"] > 0).sum()):
        notes.append(f"What to expect is told of a sample of {told:,} of {people:,} customers.")
    if described.sales.days is None:
        notes.append(
            "What to expect was not tried on earlier days: intervals are those of the law, and whether as "
            "many come as it expects is not known. evaluate=standard tries it, of up to "
            f"{MOST_TRIED:,} customers."
        )
    return notes
