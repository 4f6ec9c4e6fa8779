"""Dates written as text: the formats that are known, and how a column is read in one of them.

`01-12-2010` is the first of December or the twelfth of January, and a wrong guess raises no error on
most rows. So the first rows only propose formats; `moments` reads every row in each, and the column decides.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from itertools import product
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError
from segmentlab.transactions.schema import EARLIEST_DATE, LATEST_DATE
from segmentlab.transactions.sources.zones import OFFSET_FORM, find_offset_seconds, move_from_utc

DAY_ORDERS: Final = {
    "year first": ("%Y{0}%m{0}%d", "%y{0}%m{0}%d"),
    "day first": ("%d{0}%m{0}%Y", "%d{0}%m{0}%y", "%d{0}%b{0}%Y", "%d{0}%b{0}%y", "%d{0}%B{0}%Y"),
    "month first": ("%m{0}%d{0}%Y", "%m{0}%d{0}%y"),
}
WORD_ORDERS: Final = {
    "month first": ("%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y"),
    "day first": ("%d. %b %Y", "%d. %B %Y"),
}
COMPACT_ORDERS: Final = {
    "year first": ("%Y%m%d", "%y%m%d"),
    "day first": ("%d%m%Y", "%d%m%y"),
    "month first": ("%m%d%Y", "%m%d%y"),
}
WHOLE_ORDERS: Final = {  # a moment of digits alone, or no more than a month
    "year first": ("%Y%m%d%H%M%S", "%Y%m%d%H%M", "%y%m%d%H%M", "%Y-%m", "%Y/%m"),
    "month first": ("%m-%Y", "%m/%Y", "%b %Y", "%B %Y"),
}
DATE_SEPARATORS: Final = ("-", "/", ".", " ")
TIME_FORMATS: Final = ("", "%H:%M:%S", "%H:%M", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p")
COMPACT_TIMES: Final = ("T%H%M%S", "T%H%M", " %H%M%S", " %H%M")
EXAMINED_DATES: Final = 40  # values among the first rows that propose formats
WEEKDAY: Final = r"^(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*[.,]* +"


@dataclass(frozen=True)
class DateFormat:
    """A strptime format, or what is counted, and the order of day and month in it.

    `offset` says how far from UTC clocks were: nothing, `written` with each moment, or always `utc`.
    """

    pattern: str
    order: str
    offset: str = ""


COUNTED: Final = {
    "epoch": DateFormat("epoch", "seconds since 1970", "utc"),
    "epoch_ms": DateFormat("epoch_ms", "milliseconds since 1970", "utc"),
    "excel": DateFormat("excel", "day numbers of a spreadsheet"),
}
DAYS_SINCE: Final = "days since "
SETTINGS: Final = {order: order.replace(" ", "_") for order in ("year first", "day first", "month first")} | {
    form.order: name for name, form in COUNTED.items()
}


def _list_formats() -> Iterable[DateFormat]:
    for order, dates in DAY_ORDERS.items():
        for day, separator, time in product(dates, DATE_SEPARATORS, TIME_FORMATS):
            for between in (" ", "T") if time else ("",):
                yield DateFormat(f"{day.format(separator)}{between}{time}", order)
    times = [f" {time}".rstrip() for time in TIME_FORMATS]
    for orders, behind in (
        (WORD_ORDERS, times),
        (COMPACT_ORDERS, [*times, *COMPACT_TIMES]),
        (WHOLE_ORDERS, [""]),
    ):
        for order, dates in orders.items():
            yield from (DateFormat(f"{day}{time}", order) for day, time in product(dates, behind))


DATE_FORMATS: Final = tuple(dict.fromkeys(_list_formats()))


# What DuckDB casts, and means the same where all of a text fits: three times as fast as blanks and format.
CAST_PATTERNS: Final = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d")


@ibis.udf.scalar.builtin(name="try_strptime", signature=(("string", "string"), "timestamp"))
def _try_strptime(text, pattern):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: missing where the text does not fit."""


@ibis.udf.scalar.builtin(name="make_timestamp", signature=(("int64",), "timestamp"))
def _make_timestamp(microseconds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: the moment so long after 1970."""


def read_dates(text: ir.StringValue, form: DateFormat, zone: str | None = None) -> ir.TimestampValue:
    """The column in one format; missing where it does not fit.

    Moments that say where they stand go to `zone`, or stay as they are written.
    """
    text = text.strip()
    if form in COUNTED.values() or form.pattern.startswith(DAYS_SINCE):
        moment = _count_from(text, form)
    else:
        wall = text.re_extract(OFFSET_FORM, 1) if form.offset == "written" else text
        moment = _try_strptime(
            wall.re_replace(WEEKDAY, "") if "%b" in form.pattern.lower() else wall, form.pattern
        )
    if zone is None or not form.offset:
        return moment
    if form.offset == "written":
        moment = moment - find_offset_seconds(text).as_interval("s")
    return move_from_utc(moment, zone)


def read_known_dates(text: ir.StringValue, form: DateFormat, zone: str | None = None) -> ir.TimestampValue:
    """The same, quicker, where every value is known to fit."""
    whole = read_dates(text, form, zone)
    return ibis.coalesce(text.try_cast("timestamp"), whole) if form.pattern in CAST_PATTERNS else whole


def _count_from(text: ir.StringValue, form: DateFormat) -> ir.TimestampValue:
    """So many seconds or days after a day; a spreadsheet's fractions of a day are whole seconds."""
    number = text.try_cast("float64")
    number = ibis.ifelse(number.isnan() | (number.abs() > 1e14), ibis.null("float64"), number)
    if form.pattern == "epoch":
        return _make_timestamp((number * 1_000_000).round().cast("int64"))
    if form.pattern == "epoch_ms":
        return _make_timestamp((number * 1_000).round().cast("int64"))
    origin = date(1899, 12, 30) if form.pattern == "excel" else parse_origin(form.pattern)
    days = (origin - date(1970, 1, 1)).days
    return _make_timestamp(((number + days) * 86_400).round().cast("int64") * 1_000_000)


def parse_origin(given: str) -> date:
    """The day from which `days since 2020-01-01` counts."""
    try:
        return date.fromisoformat(given.removeprefix(DAYS_SINCE).strip())
    except ValueError:
        raise ConfigError(f"data.dates='{given}': expected a day such as 'days since 2020-01-31'.") from None


def find_given_format(given: str) -> DateFormat | None:
    """The one format that was said; nothing where only the order was."""
    if given in COUNTED:
        return COUNTED[given]
    if given.startswith(DAYS_SINCE):
        parse_origin(given)
        return DateFormat(given, "day numbers")
    if "%" in given:
        offset = "written" if given.endswith("%z") else ""
        return DateFormat(given.removesuffix("%z").rstrip(), "as given", offset)
    if given not in ("day_first", "month_first", "year_first"):
        raise ConfigError(
            f"data.dates={given}: expected day_first, month_first, year_first, excel, epoch, epoch_ms, 'days "
            "since 2020-01-31' or a strptime format such as %d.%m.%Y."
        )
    return None


def propose_formats(head: Sequence[str], given: str | None) -> list[DateFormat]:
    """The formats in which the first values can be read, or the one that is given."""
    said = None if given is None else find_given_format(given)
    if said is not None:
        return [said]
    texts = sorted({text.strip() for text in head} - {""})
    spread = texts[:: len(texts) // EXAMINED_DATES + 1]
    walls = [re.match(OFFSET_FORM, text) for text in spread]
    offset = "written" if 2 * sum(map(bool, walls)) >= len(spread) > 0 else ""
    bare = [
        re.sub(WEEKDAY, "", wall[1] if offset and wall else text)
        for text, wall in zip(spread, walls, strict=True)
    ]
    possible = {form for text in bare for form in _list_by_shape().get(find_shape(text), ())}
    wanted = None if given is None else given.replace("_", " ")
    fitting = [
        replace(form, offset=offset)
        for form in DATE_FORMATS
        if form in possible and wanted in (None, form.order) and _fits_half(form, bare)
    ]
    return [*fitting, *(_propose_counts(spread) if wanted is None else ())]


def _propose_counts(texts: Sequence[str]) -> list[DateFormat]:
    """What may be counted: seconds as long as 1970 is ago, days with a fraction as spreadsheets have them."""
    if not texts:
        return []
    fits = {
        "epoch": r"1?\d{9}(\.\d+)?",
        "epoch_ms": r"1?\d{12}",
        "excel": r"[2-7]\d{4}(\.\d+)?",
    }
    found = [
        name
        for name, form in fits.items()
        if 2 * sum(re.fullmatch(form, text) is not None for text in texts) >= len(texts)
    ]
    if found == ["excel"] and not any("." in text for text in texts):
        return []  # whole numbers of five digits may be days from anywhere
    return [COUNTED[name] for name in found]


@cache
def _list_by_shape() -> dict[str, list[DateFormat]]:
    shapes: dict[str, list[DateFormat]] = {}
    for form in DATE_FORMATS:
        shapes.setdefault(find_shape(form.pattern), []).append(form)
    return shapes


def find_shape(text: str) -> str:
    """`0/0/0 0:0` for `12/1/2010 8:26`, and for the format of it; long runs of digits keep their length."""
    text = text.replace("%Y", "0000").replace("%f", "0")
    text = re.sub("%[mdyHMSI]", "00", re.sub("%[bBp]", "x", text))
    text = re.sub(r"(:\d{2})\.\d+", r"\1.0", re.sub("[A-Za-z]+", "x", text))
    return re.sub(r"\d+", lambda run: "0" * len(run[0]) if len(run[0]) > 4 else "0", text)


def _fits_half(form: DateFormat, texts: Sequence[str]) -> bool:
    """Whether the format may be the column's: broken dates among the first rows don't hide it."""
    return 2 * sum(_fits_format(form, text) for text in texts) >= len(texts)


def _fits_format(form: DateFormat, text: str) -> bool:
    try:
        moment = datetime.strptime(text, form.pattern)
    except ValueError:
        return False
    return EARLIEST_DATE <= moment.date().isoformat() < LATEST_DATE
