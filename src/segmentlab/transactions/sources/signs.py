"""Columns of words that say which way money went, where the amounts don't: returns, credits and debits."""

from collections.abc import Mapping, Sequence
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError

SIGN: Final = "sign"  # the word by which data.accept takes amounts as they are
SIGNED: Final = ("line_total", "quantity")
BACK: Final = frozenset(
    {
        "return", "returns", "returned", "sale return", "sales return", "customer return", "rma",
        "refund", "refunds", "refunded", "credit note", "creditnote", "credit memo", "creditmemo",
        "reversal", "chargeback", "retoure", "rückgabe", "rueckgabe", "rücksendung", "gutschrift",
        "erstattung", "rückerstattung", "storno", "stornierung", "retour", "avoir", "remboursement",
        "annulation",
        "devolución", "devolucion", "reembolso", "abono", "reso", "rimborso", "nota di credito",
        "devolução", "estorno", "retourzending", "creditnota", "terugbetaling",
    }
)  # fmt: skip
EITHER: Final = frozenset({"credit", "debit", "cr", "dr", "c", "d", "in", "out"})
MOST_WORDS: Final = 20


def settle_signs(
    lines: ir.Table,
    column: str | None,
    said: Mapping[str, float] | None,
    accept: Sequence[str],
    source: str,
) -> tuple[ir.Table, tuple[str, ...]]:
    """The lines with returns negative, where a column says so and their amounts do not."""
    if column is None:
        if said:
            raise ConfigError(f"{source}: data.signs needs its column: data.columns.sign='<column>'.")
        return lines, ()
    word = lines[column].cast("string").strip().lower().fill_null("")
    amount = next(lines[name] for name in SIGNED if name in lines.columns)
    grouped = lines.select(word=word, amount=amount).group_by("word")
    counted = grouped.aggregate(lines=ibis._.count(), least=ibis._["amount"].min()).limit(MOST_WORDS + 1)
    found = {row["word"]: row for row in counted.order_by("word").to_pyarrow().to_pylist()}
    if said:
        return _apply(lines, word, {name.strip().lower(): sign for name, sign in said.items()}, found, source)
    positive = [name for name, row in found.items() if row["least"] is not None and row["least"] >= 0]
    back = sorted(BACK & set(positive))
    if back and len(found) <= MOST_WORDS:
        count = sum(found[name]["lines"] for name in back)
        note = f"{count:,} lines are returns by '{column}' ({', '.join(back)}): they count as negative."
        return _turn(lines, word.isin(back)), (note,)
    if set(positive) <= EITHER and len(found) == len(positive) > 1 and SIGN not in accept:
        signs = ", ".join(f"{name}: {sign}" for name, sign in zip(positive, (1, -1), strict=False))
        raise DataError(
            f"{source}: column '{column}' says {' and '.join(positive)}, and all amounts are positive. Say "
            f"which way money went, data.signs='{{{signs}}}', or that amounts count as they are: "
            "data.accept=[sign]."
        )
    return lines, ()


def _apply(
    lines: ir.Table,
    word: ir.StringValue,
    signs: Mapping[str, float],
    found: Mapping[str, Mapping[str, int]],
    source: str,
) -> tuple[ir.Table, tuple[str, ...]]:
    missing = [name or "empty cells" for name in found if name not in signs]
    if missing or set(signs.values()) - {1, -1}:
        raise ConfigError(
            f"{source}: data.signs={dict(signs)}: expected 1 or -1 for each word of the column: "
            f"{', '.join(name or 'empty cells' for name in found)}."
        )
    told = ", ".join(f"{name} {signs[name]:+g} ({row['lines']:,} lines)" for name, row in found.items())
    return _turn(lines, word.isin([name for name, sign in signs.items() if sign < 0])), (
        f"Signs of amounts by data.signs: {told}.",
    )


def _turn(lines: ir.Table, mark: ir.BooleanValue) -> ir.Table:
    """Negative amounts where marked, whatever sign they bear."""
    return lines.mutate(
        **{
            name: ibis.ifelse(mark, -lines[name].abs(), lines[name])
            for name in SIGNED
            if name in lines.columns
        }
    )
