"""What contradicts itself in a log: one entry each, with its limit and the ways to settle it.

Every entry looks at sums that were made once (`sums.py`), so a new one costs no pass over the data unless
it needs a sum that is not there yet.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from segmentlab.transactions.books.sums import BookSums
from segmentlab.transactions.cleaning.copies import ExactDuplicate, Overlap
from segmentlab.transactions.cleaning.single_lines import (
    CleaningRule,
    ComparisonRule,
    From,
    InvoicePrefix,
    NotPositive,
    UnknownCustomer,
)
from segmentlab.transactions.ledger import CleanedLines


@dataclass(frozen=True)
class Evidence:
    """All that an entry may look at."""

    sums: BookSums
    rules: Mapping[str, CleaningRule]
    cleaned: CleanedLines

    def share_of_lines(self, word: str) -> float:
        """The share of the lines that a sum counts; of a sum that the log does not allow, none."""
        return self.sums.lines.get(word, 0) / max(self.sums.lines["lines"], 1)


@dataclass(frozen=True)
class Found:
    """How large something is, in words that a shop can check, and what to type."""

    size: float
    words: str
    settle: tuple[str, ...]  # beside accepting it


@dataclass(frozen=True)
class Contradiction:
    """A word of `data.accept`, beyond which size it stops a run, and where to look."""

    word: str
    limit: float
    look: Callable[[Evidence], Iterator[Found]]


def look_at_rules(seen: Evidence) -> Iterator[Found]:
    """Sales of nobody are told, not asked; a rule that compares lines nets what it takes."""
    gross = max(float(seen.sums.lines["gross"]), 1e-9)
    revenue = seen.cleaned.ledger.set_index("rule")["revenue"]
    for name, rule in seen.rules.items():
        if name not in seen.cleaned.gross or isinstance(rule, UnknownCustomer | From):
            continue
        taken = float(revenue[name] if isinstance(rule, ComparisonRule) else seen.cleaned.gross[name])
        words = f"the rule '{name}' takes {taken:,.2f}, {taken / gross:.1%} of the positive revenue"
        yield Found(taken / gross, words, _settle_rule(name, rule))


def _settle_rule(name: str, rule: CleaningRule) -> tuple[str, ...]:
    leave = f"'~cleaning.{name}' leaves the rule out"
    if isinstance(rule, InvoicePrefix):
        return (f"cleaning.{name}.prefix=null if no prefix marks such invoices", leave)
    return (leave,)


def look_at_prefixes(seen: Evidence) -> Iterator[Found]:
    """By money, for a few corrections of another sign are no contradiction."""
    for name, rule in seen.rules.items():
        if isinstance(rule, InvoicePrefix) and f"money|{name}" in seen.sums.lines:
            money, count = (seen.sums.lines[f"{word}|{name}"] for word in ("money", "count"))
            words = (
                f"the rule '{name}' takes invoices that begin with '{rule.prefix}', but {count:,} of their "
                f"lines, worth {money:,.2f}, are not negative"
            )
            yield Found(money / max(seen.sums.lines["gross"], 1e-9), words, _settle_rule(name, rule)[:1])


def look_at_totals(seen: Evidence) -> Iterator[Found]:
    """A total of the order on each of its lines shows here, and so does a discount."""
    count = seen.sums.lines.get("other_total", 0)
    words = f"quantity times price is not the line's total in {count:,} lines; money is summed from totals"
    ways = (
        "data.columns.line_total=none sums quantity times price",
        "data.columns.line_total='<column>' names another total",
    )
    yield Found(seen.share_of_lines("other_total"), words, ways)
    opposed = seen.sums.lines.get("opposed", 0)
    words = f"in {opposed:,} lines pieces are negative and the total is not, so a return counts as a sale"
    yield Found(float(opposed > 0), words, ("give these totals a minus at their source", ways[0]))


MOST_COUNTED: Final = 20  # lines; fewer may be 1, 2, 3 pieces by chance


def look_at_pieces(seen: Evidence) -> Iterator[Found]:
    """Pieces of none at a price, or a column that numbers the rows."""
    lines = seen.sums.lines
    way = "data.columns.quantity='<column>' names the column of pieces"
    words = f"{lines.get('no_pieces', 0):,} lines have a price and no pieces"
    rule = "'~cleaning.quantity_not_positive' keeps lines without pieces, whose totals are known"
    has_totals = "other_total" in lines
    takes = any(isinstance(one, NotPositive) and one.column == "quantity" for one in seen.rules.values())
    if takes or not has_totals:
        yield Found(seen.share_of_lines("no_pieces"), words, (way, rule) if has_totals else (way,))
    rows = lines["lines"]
    numbers = rows * (lines.get("least", 0) + lines.get("most", 0)) / 2
    if rows >= MOST_COUNTED and lines.get("most", 0) - lines.get("least", 0) == rows - 1:
        counts = lines.get("least") in (0, 1) and lines["pieces"] == numbers
        one = (
            "data.columns.quantity=none data.columns.line_total='<the column of prices>' takes each line for "
            "one piece"
        )
        yield Found(float(counts), f"the pieces count the rows, from {lines['least']:,.0f}", (way, one))


FEW: Final = 0.01  # of the lines: more are no slip of a date
LEAST_GAP: Final = pd.Timedelta(days=90)
YEARS: Final = pd.Timedelta(days=3650)  # of a log of few lines, where one line is more than a few


def look_after(seen: Evidence) -> Iterator[Found]:
    """After the clock, or a few lines long after the others."""
    late, last = seen.sums.lines["after_clock"], seen.sums.months["last"].max()
    far = _count_far(seen.sums.months, early=False)
    count = max(late, far)
    words = f"{count:,} lines lie after {'now' if late else 'all others by far'}, the last on {last:%Y-%m-%d}"
    yield Found(count, words, ("as_of=<the day after the last true line>", "correct these dates"))


def look_before(seen: Evidence) -> Iterator[Found]:
    """A few lines long before the others: an empty date is often 1970 or 1900."""
    far, first = _count_far(seen.sums.months, early=True), seen.sums.months["first"].min()
    words = f"{far:,} lines lie long before all others, the first on {first:%Y-%m-%d}"
    yield Found(far, words, ("correct these dates, or leave the lines out",))


def _count_far(months: pd.DataFrame, *, early: bool) -> int:
    """The lines on one side of a gap, few against the rest and far for its length."""
    lines, first, last = months["lines"].cumsum(), months["first"], months["last"]
    for cut in range(1, len(months)):
        gap = first.iloc[cut] - last.iloc[cut - 1]
        before = int(lines.iloc[cut - 1])
        after = int(lines.iloc[-1]) - before
        rest = last.iloc[-1] - first.iloc[cut] if early else last.iloc[cut - 1] - first.iloc[0]
        side, other = (before, after) if early else (after, before)
        few = side <= FEW * other and gap > max(LEAST_GAP, rest / 2)
        if few or (side < other and gap > max(YEARS, rest)):
            return side
    return 0


def look_at_ids(seen: Evidence) -> Iterator[Found]:
    """One person under two ids is two customers."""
    count, alike = seen.sums.people["customers"], seen.sums.people["alike"]
    words = (
        f"{count:,} customer ids are {alike:,} without regard to case, blanks, `.0`, leading zeros and "
        "apostrophes"
    )
    width = seen.sums.people["padded"]
    zeros = (f"data.id_width={width:.0f} puts zeros back where they were lost",) if width else ()
    yield Found((count - alike) / max(count, 1), words, (*zeros, "write each id in one way"))


NOBODY: Final = re.compile(
    r"(?i)\W*(guests?|anonym\w*|unknown|unbekannt|none|null|nan|n/?a|nil|walk.?in\w*|cash|counter|default|test"
    r"|dummy|no.?\w*|-1|0+|9{3,}|x+|)\W*"
)
BUSY, TIMES, FEWEST = 0.2, 10, 10  # of all lines; as many as the next one; among so many customers
# For an id that says that it is nobody: of all lines, and as many as customers have on average.
BUSY_NOBODY, TIMES_USUAL = 0.01, 3


def look_at_one_customer(seen: Evidence) -> Iterator[Found]:
    """A till or a word for nobody, which would be the best customer."""
    busiest = seen.sums.busiest
    usual = 1 / max(seen.sums.people["customers"], 1)
    settled = {
        str(word) for rule in seen.rules.values() if isinstance(rule, UnknownCustomer) for word in rule.also
    }
    for place, row in enumerate(busiest.to_dict("records")):
        share = row["lines"] / max(seen.sums.lines["named"], 1)
        nobody = bool(NOBODY.fullmatch(row["customer_id"])) and share > max(BUSY_NOBODY, TIMES_USUAL * usual)
        second = busiest["lines"].iloc[1] if len(busiest) > 1 else row["lines"]
        alone = not place and share > BUSY and row["lines"] > TIMES * second
        if (
            seen.sums.people["customers"] >= FEWEST
            and (nobody or alone)
            and row["customer_id"] not in settled
        ):
            words = f"the customer '{row['customer_id']}' has {share:.1%} of the lines"
            way = f"cleaning.unknown_customer.also=[{row['customer_id']!r}] if these are sales of nobody"
            yield Found(share, words, (way,))


FEWEST_COPIES: Final = 20  # lines; a handful says nothing


def look_at_copies(seen: Evidence) -> Iterator[Found]:
    """Repeats are genuine now and then, not by the dozen."""
    lines = seen.sums.lines["lines"]
    taken = seen.cleaned.ledger.set_index("rule")["rows"]
    dropped = sum(
        int(taken.get(name, 0))
        for name, rule in seen.rules.items()
        if isinstance(rule, ExactDuplicate | Overlap)
    )
    copies = lines - seen.sums.lines["different"] - dropped
    words = f"{copies:,} of {lines:,} lines are there more than once"
    way = "cleaning=thorough data.accept=[rule] drops repeated lines"
    if copies >= FEWEST_COPIES:
        yield Found(copies / lines, words, (way,))


CONTRADICTIONS: Final = (
    Contradiction("prefix", 0.005, look_at_prefixes),
    Contradiction("rule", 0.05, look_at_rules),
    Contradiction("total", 0.05, look_at_totals),
    Contradiction("pieces", 0.01, look_at_pieces),
    Contradiction("future", 0, look_after),
    Contradiction("past", 0, look_before),
    Contradiction("ids", 0.005, look_at_ids),
    Contradiction("one_customer", 0.0, look_at_one_customer),
    Contradiction("twice", 0.1, look_at_copies),
)
