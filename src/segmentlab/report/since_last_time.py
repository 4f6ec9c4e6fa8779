"""Who moved since the scoring before, in a table that is small enough to be read: people, money, reasons."""

from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.flow import MoveKind, Movement, MoveReason, explain_moves
from segmentlab.report.figures.flows import OUTSIDE_NAMES
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import MISSING_TEXT, NO_CURRENCY, Money, format_amount, format_count

KIND_WORDS: Final = {
    MoveKind.GAIN: "Gain",
    MoveKind.LOSS: "Loss",
    MoveKind.SIDEWAYS: "Neither",
    MoveKind.CORRECTION: "Correction",
    MoveKind.NEW: "New",
    MoveKind.GONE: "Gone",
}
REASON_WORDS: Final = {
    MoveReason.FIRST_ORDER: "first order",
    MoveReason.NOT_SCORED: "was not scored last time",
    MoveReason.GONE: "not scored again",
    MoveReason.UNTRUE_NAME: "the name is not true of them",
    MoveReason.UNKNOWN: "not known: orders were not kept",
    MoveReason.ORDERED: "ordered again",
    MoveReason.TAKEN_BACK: "less on record: brought back or corrected",
    MoveReason.OTHER_MODEL: "another model, and no order since",
    MoveReason.HELD_BACK: "held back last time",
    MoveReason.LATE: "no order since, and late for them",
    MoveReason.NO_ORDER: "no order since",
}
SEVERAL_SEGMENTS, SEVERAL_REASONS = "several", "several reasons"
# since_last_time.csv has all rows; of more than these the last row holds all that are left.
MOST_ROWS: Final = {
    MoveKind.GAIN: 3,
    MoveKind.LOSS: 3,
    MoveKind.SIDEWAYS: 1,
    MoveKind.NEW: 2,
    MoveKind.GONE: 1,
    MoveKind.CORRECTION: 3,
}


NEVER_NETTED: Final = (
    "Nobody gains by ordering nothing: such a move is a correction of the model. Gains and losses are never "
    "set off against each other; since_last_time.csv has every row."
)
GAINS_BY_MONEY: Final = (
    "A move is a gain where customers of the new segment are expected to spend more, on the mean, than those "
    "of the old one, whatever they paid long ago. Expected spend is that of those who moved, as of now; its "
    f"change is against what was expected of the same customers last time. {NEVER_NETTED}"
)
GAINS_BY_NUMBER: Final = (
    "What customers are expected to spend was not kept with these scorings, so a move is a gain where it "
    f"leads to a segment of more value, and money is what was paid so far. {NEVER_NETTED}"
)


RUN_GAINS: Final = (
    "A move is a gain where customers of the new segment are expected to spend more, on the mean, than those "
    "of the old one. Expected spend is that of those who moved, as of now. Nobody gains by ordering nothing, "
    "and gains and losses are never set off against each other."
)
RUN_GAINS_BY_NUMBER: Final = (
    "What customers are expected to spend was not kept, so a move is a gain where it leads to a segment of "
    "more value, and money is what was paid so far. Gains and losses are never set off against each other."
)


class Change(NamedTuple):
    """What changed since an earlier day: in a sentence, by kind of move, and what the moves mean."""

    lead: str
    tables: list[ReportTable]
    meaning: str


def tell_change(movement: Movement, money: Money = NO_CURRENCY) -> Change:
    """Who moved since that day, as a report says it.

    What was said then came from another model, so no change of expectations is known.
    """
    tables = [_leave_out_unknown(table) for table in make_move_tables(movement)]
    return Change(
        describe_change(movement, money), tables, RUN_GAINS if movement.foresees else RUN_GAINS_BY_NUMBER
    )


def explain_gains(movement: Movement) -> str:
    """What a gain is, by what is known of both days."""
    return GAINS_BY_MONEY if movement.foresees else GAINS_BY_NUMBER


def make_move_tables(movement: Movement) -> list[ReportTable]:
    """Gains, then losses, then the rest; and what the model corrected, under a heading of its own."""
    changes = explain_moves(movement)
    corrected = changes["kind"] == MoveKind.CORRECTION
    within = (
        f"; expected within {movement.horizon:.0f} days" if movement.foresees and movement.horizon else ""
    )
    tables = {
        f"Since {movement.before}{within}": changes[~corrected],
        "Moved by the model, not by what they did": changes[corrected],
    }
    return [_make_table(title, rows, movement) for title, rows in tables.items() if not rows.empty]


def describe_change(movement: Movement, currency: Money = NO_CURRENCY) -> str:
    """How many moved, and gains and losses, each for itself."""
    changes = explain_moves(movement)
    told = [
        f"Between {movement.before} and {movement.after}, {format_count(movement.moved)} of "
        f"{format_count(movement.known['customers'].sum())} customers moved to another segment; "
        f"{format_count(movement.new)} are new and {format_count(movement.gone)} were not scored again."
    ]
    for kind, words in ((MoveKind.GAIN, "gained"), (MoveKind.LOSS, "lost")):
        rows = changes[changes["kind"] == kind]
        people, money = rows["customers"].sum(), currency.mark(format_amount(rows["money"].sum(min_count=1)))
        if people and movement.foresees:
            told.append(f"{words.capitalize()}: {format_count(people)}, expected to spend {money}.")
        elif people:
            told.append(f"{words.capitalize()}: {format_count(people)}, who paid {money} so far.")
    return " ".join(told)


def _leave_out_unknown(table: ReportTable) -> ReportTable:
    """Without columns of which nothing is known in any row."""
    kept = [
        place for place in range(len(table.headings)) if any(row[place] != MISSING_TEXT for row in table.rows)
    ]
    headings, *rows = [[row[place] for place in kept] for row in (table.headings, *table.rows)]
    return ReportTable(table.title, headings, rows)


def _make_table(title: str, changes: pd.DataFrame, movement: Movement) -> ReportTable:
    parts = [_shorten(changes[changes["kind"] == kind], most) for kind, most in MOST_ROWS.items()]
    rows = [_make_row(row, movement.foresees) for part in parts for row in part]
    money = ["Expected spend", "Change"] if movement.foresees else ["Paid so far"]
    return ReportTable(title, ["Move", "From", "To", "Customers", *money, "Why"], rows)


def _shorten(rows: pd.DataFrame, most: int) -> list[dict[str, Any]]:
    """The first rows, and all that are left as one."""
    if len(rows) <= most:
        return list_records(rows)
    left = rows.iloc[most - 1 :]
    folded: dict[str, Any] = {"kind": left["kind"].iloc[0]}
    for name in ("name_before", "name_after", "reason"):
        several = SEVERAL_REASONS if name == "reason" else SEVERAL_SEGMENTS
        folded[name] = several if len(left[name].unique()) > 1 else left[name].iloc[0]
    for name in ("customers", "orders", "money", "change"):
        folded[name] = left[name].sum(min_count=1)
    return [*list_records(rows.iloc[: most - 1]), folded]


def _make_row(row: dict[str, Any], foresees: bool) -> list[str]:
    ends = [
        OUTSIDE_NAMES[side] if pd.isna(row[f"name_{side}"]) else str(row[f"name_{side}"])
        for side in OUTSIDE_NAMES
    ]
    change = [_format_signed(row["change"])] if foresees else []
    kind, customers, money = (
        KIND_WORDS[row["kind"]],
        format_count(row["customers"]),
        format_amount(row["money"]),
    )
    return [kind, *ends, customers, money, *change, _tell_reason(row)]


def _tell_reason(row: dict[str, Any]) -> str:
    words = REASON_WORDS.get(row["reason"], str(row["reason"]))
    if row["reason"] not in (MoveReason.ORDERED, MoveReason.UNTRUE_NAME):
        return words
    if not row["orders"]:
        return words if row["reason"] == MoveReason.ORDERED else f"{words}; no order since"
    return f"{words}: {format_count(row['orders'])} {'order' if row['orders'] == 1 else 'orders'} since"


def _format_signed(value: float) -> str:
    return MISSING_TEXT if pd.isna(value) else f"{'+' if value > 0 else ''}{format_amount(value)}"
