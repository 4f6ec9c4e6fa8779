"""Rhythm: when a customer buys, how regularly, and whether it becomes more or less."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final

import ibis
import ibis.expr.types as ir

from segmentlab.features.feature_set import Column, count_days_until, divide_safely
from segmentlab.features.histories import list_days

SATURDAY = 5  # Monday is 0
OCTOBER = 10


RHYTHM_COLUMNS: Final = (
    Column("rhythm_tenure", "days since the first purchase", "days", transform="log"),
    Column(
        "rhythm_gap",
        "mean days between purchase days; the days since the only one, if there is but one",
        "days",
        transform="log",
    ),
    Column(
        "rhythm_gap_spread",
        "standard deviation of the days between purchase days; 0 with fewer than two gaps",
        "days",
        transform="log",
    ),
    Column("rhythm_weekend", "share of purchase days on Saturday or Sunday", "share"),
    Column("rhythm_morning", "share of a day's lines before 12:00, averaged over days", "share"),
    Column("rhythm_evening", "share of a day's lines from 17:00 on, averaged over days", "share"),
    Column("rhythm_season", "share of purchase days in October to December", "share"),
    Column(
        "rhythm_trend",
        "share of spend in the later half of the tenure; one half with a single purchase day",
        "share",
    ),
)
LATE_COLUMN: Final = Column(
    "rhythm_late",
    "days of silence beyond the mean gap, in such gaps; 0 until then, and with one purchase day",
    "gaps",
    transform="log",
)


@dataclass(frozen=True)
class Rhythm:
    """Habits in time, over a customer's purchase days: every day counts once, however full the basket.

    A customer of a single day has no gap yet, but not nothing: the days since then are the least that
    the gap can become. So that is their mean gap, with a spread of 0 and a trend of one half. `late` adds how
    many of their own gaps a customer is late by.
    """

    late: bool = False

    requires: ClassVar[frozenset[str]] = frozenset({"customer_id", "line_total", "timestamp"})

    of_one_day: ClassVar[Mapping[str, float]] = {"rhythm_gap_spread": 0.0, "rhythm_trend": 0.5}

    @property
    def columns(self) -> tuple[Column, ...]:
        """Habits, and lateness where it is asked for."""
        return (*RHYTHM_COLUMNS, LATE_COLUMN) if self.late else RHYTHM_COLUMNS

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:
        """One row per customer."""
        return self.build_from_days(list_days(transactions), as_of)

    def build_from_days(self, days: ir.Table, as_of: date) -> ir.Table:
        """The same of the days of each customer."""
        days = _order_days(days, as_of)
        several = days.count() > 1
        later = days["money"].sum(where=days["ago"] * 2 <= days["tenure"]).fill_null(0.0)
        gap = several.ifelse(days["gap"].mean().round(10), days["tenure"].max())
        late = {"rhythm_late": ((days["ago"].min() - gap).clip(lower=0) / gap).round(10)} if self.late else {}
        return days.group_by("customer_id").aggregate(
            rhythm_tenure=days["tenure"].max(),
            rhythm_gap=gap,
            rhythm_gap_spread=days["gap"].std(how="pop").round(10).fill_null(0.0),
            rhythm_weekend=_compute_share(days["day"].day_of_week.index() >= SATURDAY),
            rhythm_morning=days["morning"].mean().round(10),
            rhythm_evening=days["evening"].mean().round(10),
            rhythm_season=_compute_share(days["day"].month() >= OCTOBER),
            rhythm_trend=several.ifelse(divide_safely(later.round(6), days["money"].sum().round(6)), 0.5),
            **late,
        )


def _order_days(days: ir.Table, as_of: date) -> ir.Table:
    """The days, each of which knows the one before it and the first one, with shares of its lines."""
    days = days.mutate(
        ago=count_days_until(as_of, days["day"]),
        morning=days["morning"] / days["lines"],
        evening=days["evening"] / days["lines"],
    )
    own = ibis.window(group_by="customer_id")
    in_order = ibis.window(group_by="customer_id", order_by="day")
    return days.mutate(gap=days["ago"].lag().over(in_order) - days["ago"], tenure=days["ago"].max().over(own))


def _compute_share(happened: ir.BooleanColumn) -> ir.FloatingScalar:
    return happened.cast("float64").mean()
