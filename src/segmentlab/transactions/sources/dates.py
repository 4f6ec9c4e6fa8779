"""Dates written as text: which format it is, decided on the whole column.

`01-12-2010` is the first of December or the twelfth of January, and a wrong guess raises no error on
most rows. So the first rows only propose formats; every row is read in each, and the column decides.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError

DAY_ORDERS: Final = {
    "year first": ("%Y{0}%m{0}%d", "%Y%m%d"),
    "day first": ("%d{0}%m{0}%Y", "%d{0}%m{0}%y", "%d{0}%b{0}%Y", "%d{0}%b{0}%y"),
    "month first": ("%m{0}%d{0}%Y", "%m{0}%d{0}%y"),
}
DATE_SEPARATORS: Final = ("-", "/", ".", " ")
TIME_FORMATS: Final = ("", "%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%H:%M:%SZ")
EXAMINED_DATES: Final = 40  # values among the first rows that propose formats


@dataclass(frozen=True)
class DateFormat:
    """A strptime format and the order of day and month in it."""

    pattern: str
    order: str


DATE_FORMATS: Final = tuple(
    dict.fromkeys(
        DateFormat(f"{date.format(separator)}{between}{time}", order)
        for order, dates in DAY_ORDERS.items()
        for date, separator, time in product(dates, DATE_SEPARATORS, TIME_FORMATS)
        for between in ((" ", "T") if time else ("",))
    )
)


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _try_strptime(text, pattern):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: missing where the text does not fit."""


def read_dates(text: ir.StringValue, form: DateFormat) -> ir.TimestampValue:
    """The column in one format; missing where it does not fit."""
    return _try_strptime(text.strip(), form.pattern)


def propose_formats(head: Sequence[str], given: str | None, column: str, source: str) -> list[DateFormat]:
    """The formats in which all of the first rows can be read, or the one that is given."""
    if given is not None and "%" in given:
        return [DateFormat(given, "as given")]
    wanted = _choose_day_order(given)
    texts = sorted({text.strip() for text in head})
    spread = texts[:: len(texts) // EXAMINED_DATES + 1]
    shapes = {_find_shape(text) for text in spread}  # spares trying what can't fit
    possible = [
        form for form in DATE_FORMATS if wanted in (None, form.order) and _find_shape(form.pattern) in shapes
    ]
    fitting = [form for form in possible if _fits_half(form, spread)]
    if fitting or not texts:
        return fitting or [DATE_FORMATS[0]]
    raise DataError(
        f"{source}: column '{column}' holds no date that is known{f' as {wanted}' if wanted else ''}: "
        f"'{texts[0]}'. Give its format, for instance data.dates='%d.%m.%Y %H:%M'."
    )


def choose_format(forms: Sequence[DateFormat], unread: Sequence[int], column: str, source: str) -> int:
    """The position of the format that reads the most rows; a tie is for the user to break."""
    best = [position for position, count in enumerate(unread) if count == min(unread)]
    if len(best) > 1:
        raise DataError(
            f"{source}: the dates in column '{column}' can be read as "
            f"{' and as '.join(forms[position].order for position in best)} in every row. "
            "Say which: data.dates=day_first or data.dates=month_first."
        )
    return best[0]


def _choose_day_order(given: str | None) -> str | None:
    if given is None:
        return None
    if given not in ("day_first", "month_first"):
        raise ConfigError(
            f"data.dates={given}: expected day_first, month_first or a strptime format such as %d.%m.%Y."
        )
    return given.replace("_", " ")


def _fits_half(form: DateFormat, texts: Sequence[str]) -> bool:
    """Whether the format may be the column's: broken dates among the first rows don't hide it."""
    return 2 * sum(_fits_format(form, text) for text in texts) >= len(texts)


def _find_shape(text: str) -> str:
    """`0/0/0 0:0` for `12/1/2010 8:26`, and for the format of it."""
    digits = re.sub(r"(%[A-Zdmyf]|\d)+", "0", re.sub("%[bp]", "x", text))
    return re.sub("[A-Za-z]+", "x", digits)


def _fits_format(form: DateFormat, text: str) -> bool:
    try:
        datetime.strptime(text, form.pattern)
    except ValueError:
        return False
    return True
