"""What became of an order, where a column says so: cancelled, failed or given back, it is no sale.

An export that is known has decided this. In any other file the words are asked about, for they may be counted
elsewhere already: as lines of their own, which are negative.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.cleaning.single_lines import NOT_SOLD_COLUMN
from segmentlab.transactions.schema import compute_line_value
from segmentlab.transactions.sources.columns import simplify_column

STATUS: Final = "status"  # the word by which data.accept counts these lines as sold
UNSOLD: Final = (
    r"(?i)^\W*(wc-|partially[ _-]|teil)?("
    r"cancel\w*|void\w*|fail\w*|declin\w*|reject\w*|refund\w*|return\w*|revers\w*|charge\w* ?back\w*|expired|"
    r"abandon\w*|unpaid|draft|pending\w*( payment)?|awaiting payment|incomplete|deleted|trash|"
    r"storn\w*|abgebrochen|abgelehnt|zur(ü|ue)ck\w*|erstattet|retour\w*|fehlgeschlagen|offen|"
    r"annul\w*|rembours\w*|échou\w*|cancelad\w*|reembols\w*|devuelt\w*|devolv\w*|fallid\w*|anulad\w*|rimbors\w*|"
    r"reso|resi|geannuleerd|terugbetaald|geretourneerd|mislukt)\W*$"
)
FLAGS: Final = frozenset(
    f"{before}{word}"
    for before in ("", "is", "was")
    for word in ("return", "returned", "refund", "refunded", "cancelled", "canceled", "void", "voided",
                 "deleted", "test", "storno", "storniert", "retour", "annule")
)  # fmt: skip
GIVEN_BACK: Final = frozenset(
    {"refund", "refunds", "refunded", "refundamount", "amountrefunded", "refundedamount", "totalrefunded"}
)
PART: Final = "part"  # the file or sheet of a line, where there are several
RETURNS: Final = re.compile(
    r"(?i)(?<![a-z])(returns?|refunds?|retouren?|stornos?|gutschriften|cancel\w*|voids?)(?![a-z])"
)
YES: Final = ("1", "1.0", "true", "t", "yes", "y", "x", "ja", "oui", "si", "sí", "sim")
MOST_WORDS: Final = 100
SHOWN: Final = 5


def settle_status(
    lines: ir.Table,
    column: str | None,
    not_sold: Sequence[str],
    accept: Sequence[str],
    source: str,
) -> tuple[ir.Table, tuple[str, ...]]:
    """The lines with a reason to leave where their words were said to be no sale, and what was done."""
    if not_sold and column is None:
        raise ConfigError(f"{source}: data.not_sold needs its column: data.columns.status='<column>'.")
    if not_sold and column is not None:
        return _mark(lines, column, not_sold, source)
    if STATUS in accept or NOT_SOLD_COLUMN in lines.columns:
        return lines, ()
    if column is not None:
        _ask_about_words(lines, column, source)
    return lines, ()


def check_flags(lines: ir.Table, accept: Sequence[str], known: Sequence[str], source: str) -> None:
    """Ask about columns such as `is_return` and `refund_amount`; `known` columns mean something else."""
    if STATUS in accept or NOT_SOLD_COLUMN in lines.columns:
        return
    value = compute_line_value(lines)
    if PART in lines.columns:
        _ask_about_parts(lines, value, source)
    for column in lines.columns:
        name = simplify_column(column)
        if name not in FLAGS | GIVEN_BACK or column in known:
            continue
        written = lines[column].cast("string").strip().lower()
        number = written.re_replace(r"[^\d.-]", "").try_cast("float64")
        marks = {
            "flags": (written.isin(YES) & (value > 0) & (name in FLAGS)),
            "amounts": ((number.abs() > 0) & (value > 0) & (name in GIVEN_BACK) & ~written.isin(YES)),
        }
        counts = {what: mark.sum() for what, mark in marks.items()}
        first = written.min(where=marks["flags"])
        found = lines.aggregate(**counts, first=first).to_pyarrow().to_pylist()[0]
        if found["flags"]:
            raise DataError(
                f"{source}: {found['flags']:,} lines are marked in '{column}', and count as sold. Leave them "
                f"out: data.columns.status='{column}' data.not_sold=[{found['first']}]; or count them: "
                "data.accept=[status]."
            )
        if found["amounts"]:
            raise DataError(
                f"{source}: '{column}' was given back in {found['amounts']:,} lines, and is not taken off. "
                f"Take it off: data.columns.discount='{column}' data.discount=money; or leave it: "
                "data.accept=[status]."
            )


def _ask_about_parts(lines: ir.Table, value: ir.FloatingValue, source: str) -> None:
    """A file or a sheet of returns among those of sales, whose amounts are positive."""
    marked = lines.select(part=lines[PART].cast("string"), sold=value > 0)
    counted = marked.group_by("part").aggregate(lines=marked["sold"].sum())
    rows = counted.order_by("part").to_pyarrow().to_pylist()
    back = [row["part"] for row in rows if RETURNS.search(str(row["part"])) and row["lines"]]
    if back and len(back) < len(rows):
        signs = ", ".join(f"{row['part']}: {-1 if row['part'] in back else 1}" for row in rows[:MOST_WORDS])
        raise DataError(
            f"{source}: by its name {back[0]!r} holds what was given back, and its amounts are positive. Say "
            f"so: data.columns.sign={PART} data.signs='{{{signs}}}'; or count it: data.accept=[status]."
        )


def _ask_about_words(lines: ir.Table, column: str, source: str) -> None:
    rows = _count_words(lines, column)
    unsold = [row for row in rows if row["unsold"] and row["lines"]]
    if not unsold or len(rows) > MOST_WORDS:
        return
    told = ", ".join(f"{row['lines']:,} {row['word']!r} worth {row['money']:,.2f}" for row in unsold[:SHOWN])
    words = ",".join(row["word"] for row in unsold)
    raise DataError(
        f"{source}: by '{column}', lines that count as sold are perhaps none: {told}. Leave them out: "
        f"data.not_sold='[{words}]'; or count them: data.accept=[status]."
    )


def _count_words(lines: ir.Table, column: str) -> list[dict[str, Any]]:
    """Every word with the lines of money that bear it."""
    value = compute_line_value(lines)
    word = lines[column].cast("string").strip()
    counted = (
        lines.select(word=word, value=value)
        .group_by("word")
        .aggregate(
            lines=ibis._.count(where=ibis._["value"] > 0),
            money=ibis._["value"].sum(where=ibis._["value"] > 0),
        )
    )
    marked = counted.filter(counted["word"].notnull()).mutate(unsold=counted["word"].re_search(UNSOLD))
    rows: list[dict[str, Any]] = marked.order_by("word").limit(MOST_WORDS + 1).to_pyarrow().to_pylist()
    return rows


def _mark(
    lines: ir.Table, column: str, not_sold: Sequence[str], source: str
) -> tuple[ir.Table, tuple[str, ...]]:
    rows = {row["word"].lower(): row for row in _count_words(lines, column)}
    wanted = [str(word).strip().lower() for word in not_sold]
    unknown = [word for word in wanted if word not in rows]
    if unknown:
        raise ConfigError(
            f"{source}: data.not_sold names {unknown[0]!r}, which '{column}' does not hold. It holds "
            f"{', '.join(repr(row['word']) for row in list(rows.values())[:20])}."
        )
    written = lines[column].cast("string").strip().lower()
    reason = ibis.ifelse(written.isin(wanted), written, ibis.null("string"))
    told = ", ".join(f"{rows[word]['lines']:,} {word!r}" for word in wanted)
    note = f"Not sold, by '{column}': {told} lines. They leave before any rule of cleaning, as not_sold."
    return lines.mutate(**{NOT_SOLD_COLUMN: reason}), (note,)
