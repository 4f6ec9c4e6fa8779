"""How a shop's lines come in: how long it is silent, how much a week is, and how much of it comes back.

Learnt from the lines of a model, and held against those of a later day: a feed that has died, a file that is
half there or there twice, and refunds that are no longer delivered look like customers who stay away.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, isnan
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.schema import compute_line_value

# What may differ, by the word that `accept=` takes.
DELIVERY_DIFFERENCES: Final = {
    "fresh": "how long ago the last line is",
    "volume": "how many lines the last week has",
    "refunds": "how many of the lines of the last weeks are refunds",
}
WEEK, REFUND_DAYS = 7, 28  # days
WEEKS_BEFORE: Final = 8  # a week is held against the middle one of so many before it
FEWEST_WEEKS: Final = 26  # from which anything is learnt
FEWEST_DAYS: Final = WEEK * FEWEST_WEEKS
FEWEST_LINES: Final = 200  # in a usual week: fewer come and go by chance
COUNTED_DAYS: Final = WEEK * (WEEKS_BEFORE + 1)
RARE: Final = 2  # silences of one length a year are a feast or a flood, and no habit
SEASON: Final = 14  # days by which a closed season may begin earlier or later than a year ago
MORE_SILENCE: Final = 2  # days beyond what is usual
FAR: Final = 1.5  # beyond the smallest and the largest week there was
FEW: Final = 0.02  # of all weeks are smaller, or larger, and no measure
MANY_REFUNDS, LOST_REFUNDS = 2.0, 0.25  # times the largest and the smallest share there was


@dataclass(frozen=True)
class DeliveryHabits:
    """What is usual of the days of a shop; what too few of them tell is missing."""

    silence: int | None = None  # days in a row without lines
    closed: tuple[tuple[date, int], ...] = ()  # longer silences: the first day and how many
    weeks: tuple[float, float] | None = None  # the smallest and largest, against those before
    refunds: tuple[float, float] | None = None  # the smallest and largest share of lines in four weeks

    def write(self) -> dict[str, str]:
        """As facts of a shop."""
        return {
            "silence": "" if self.silence is None else str(self.silence),
            "closed": "\n".join(f"{first} {days}" for first, days in self.closed),
            "weeks": _write_pair(self.weeks),
            "refunds": _write_pair(self.refunds),
        }

    @classmethod
    def read(cls, facts: Mapping[str, str]) -> "DeliveryHabits":
        """From the facts of a shop; nothing is known of one that an earlier version has kept."""
        closed = [line.split() for line in facts.get("closed", "").splitlines()]
        return cls(
            int(facts["silence"]) if facts.get("silence") else None,
            tuple((date.fromisoformat(first), int(days)) for first, days in closed),
            _read_pair(facts.get("weeks", "")),
            _read_pair(facts.get("refunds", "")),
        )

    def allow_silence(self, first: date) -> int:
        """How many days without lines from this one on are nothing to wonder at."""
        assert self.silence is not None
        seasons = [days for begun, days in self.closed if _is_same_season(begun, first)]
        return max([self.silence, *seasons]) + MORE_SILENCE


def count_days(lines: ir.Table) -> pd.DataFrame:
    """Lines and refunds of each day from the first to the last, those without any among them."""
    aggregates = {"lines": lines.count(), "refunds": (compute_line_value(lines) < 0).sum()}
    found = lines.group_by(day=lines["timestamp"].date()).aggregate(**aggregates).to_pandas()
    days: pd.DataFrame = found.dropna().set_index(pd.DatetimeIndex(found.dropna()["day"]))[
        ["lines", "refunds"]
    ]
    if days.empty:
        return days
    whole = pd.date_range(days.index.min(), days.index.max(), name="day")
    every: pd.DataFrame = days.reindex(whole, fill_value=0).fillna(0).astype("int64")
    return every


def learn_habits(days: pd.DataFrame) -> DeliveryHabits:
    """What is usual of these days, where there are enough."""
    if len(days) < FEWEST_DAYS:
        return DeliveryHabits()
    silences = _list_silences(days["lines"])
    silence = _find_usual_silence(silences, len(days) / 365)
    closed = tuple((first, many) for first, many in silences if many > silence)
    is_open = [not any(_is_same_season(begun, day.date()) for begun, _ in closed) for day in days.index]
    few, many = (weeks[is_open].dropna() for weeks in _compare_weeks(days["lines"]))
    shares = _share_refunds(days).dropna()
    return DeliveryHabits(
        silence,
        closed,
        (float(few.quantile(FEW)), float(many.quantile(1 - FEW))) if len(few) >= FEWEST_DAYS else None,
        (float(shares.min()), float(shares.max())) if len(shares) >= FEWEST_DAYS else None,
    )


def compare_days(habits: DeliveryHabits, days: pd.DataFrame, day: date) -> Iterator[tuple[str, str]]:
    """What is unusual of the days before `day`, by the words of `DELIVERY_DIFFERENCES`."""
    known = days[days.index < pd.Timestamp(day)]
    if known.empty:
        return
    last = known.index[-1].date()
    silent = (day - last).days - 1
    first = (pd.Timestamp(last) + pd.Timedelta(days=1)).date()
    if habits.silence is not None and silent > habits.allow_silence(first):
        usual = f"{habits.silence} days in a row are usual"
        yield "fresh", f"the last line is of {last}: {silent} days without any before {day}, and {usual}"
        return  # a week without lines is no further news
    yesterday = pd.Timestamp(day) - pd.Timedelta(days=1)
    since = max(known.index[0], yesterday - pd.Timedelta(days=COUNTED_DAYS))
    filled = known.reindex(pd.date_range(since, yesterday), fill_value=0)
    yield from _compare_volume(habits, filled["lines"], day)
    yield from _compare_refunds(habits, filled)


def _compare_volume(habits: DeliveryHabits, lines: pd.Series, day: date) -> Iterator[tuple[str, str]]:
    few, many = (float(weeks.iloc[-1]) for weeks in _compare_weeks(lines))
    ends = day, day - timedelta(days=WEEK)
    closed = any(_is_same_season(begun, end) for begun, _ in habits.closed for end in ends)
    if habits.weeks is None or isnan(few) or closed:
        return
    low, high = habits.weeks
    counted = f"the week before {day} has {int(lines.iloc[-WEEK:].sum()):,} lines"
    if few < low / FAR:
        yield "volume", f"{counted}, {few:.0%} of a usual one; before, no less than {low:.0%} was usual"
    if many > high * FAR:
        told = f"{many:.0%} of a usual one without its largest day"
        yield "volume", f"{counted}, {told}; before, no more than {high:.0%} was usual"


def _compare_refunds(habits: DeliveryHabits, days: pd.DataFrame) -> Iterator[tuple[str, str]]:
    shares = _share_refunds(days)
    if habits.refunds is None or isnan(shares.iloc[-1]):
        return
    share, (low, high) = float(shares.iloc[-1]), habits.refunds
    if low * LOST_REFUNDS <= share <= high * MANY_REFUNDS:
        return
    yield (
        "refunds",
        (
            f"{share:.2%} of the lines of the last {REFUND_DAYS} days are refunds; {low:.2%} to {high:.2%} "
            "were seen before"
        ),
    )


def _list_silences(lines: pd.Series) -> list[tuple[date, int]]:
    """The first day and the length of every stretch without lines."""
    empty = lines == 0
    runs = (empty != empty.shift()).cumsum()[empty]
    return [(own.index[0].date(), len(own)) for _, own in runs.groupby(runs)]


def _find_usual_silence(silences: list[tuple[date, int]], years: float) -> int:
    """The longest that comes oftener than a feast or two a year."""
    lengths = sorted((many for _, many in silences), reverse=True)
    rare = ceil(RARE * years)
    return lengths[rare] if len(lengths) > rare else 0


def _compare_weeks(lines: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The lines of the week that ends with each day, as a multiple of the middle one of those before it.

    Returns:
        Whole weeks, and weeks without their largest day: one order of a thousand lines is no second delivery.
    """
    whole = lines.rolling(WEEK).sum()
    return _divide_by_usual(whole), _divide_by_usual(whole - lines.rolling(WEEK).max())


def _divide_by_usual(weeks: pd.Series) -> pd.Series:
    """Missing where too little is usual, or too few weeks are known."""
    before = [weeks.shift(WEEK * back) for back in range(1, WEEKS_BEFORE + 1)]
    usual = pd.concat(before, axis=1).median(axis=1, skipna=False)
    return weeks / usual.where(usual >= FEWEST_LINES)


def _share_refunds(days: pd.DataFrame) -> pd.Series:
    """The share of refunds among the lines of the weeks that end with each day; missing of too few lines."""
    summed = days.rolling(REFUND_DAYS).sum()
    lines = summed["lines"]
    return summed["refunds"] / lines.where(lines >= FEWEST_LINES * REFUND_DAYS / WEEK)


def _is_same_season(begun: date, day: date) -> bool:
    """Whether a day lies about as far into the year as another did in its own."""
    apart = abs(begun.timetuple().tm_yday - day.timetuple().tm_yday)
    return min(apart, 365 - apart) <= SEASON


def _write_pair(pair: tuple[float, float] | None) -> str:
    return "" if pair is None else f"{pair[0]:.6g} {pair[1]:.6g}"


def _read_pair(text: str) -> tuple[float, float] | None:
    if not text:
        return None
    low, high = map(float, text.split())
    return low, high
