"""Moments that say where on earth they were: their offsets, and the way to the shop's own time."""

from collections.abc import Sequence
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import ibis
import ibis.expr.types as ir

from segmentlab.errors import ConfigError

# Everything before the offset, and the offset: `2024-07-23T12:47:21` and `+02:00`.
OFFSET_FORM: Final = (
    r"^(.*[T :]\d{2,6}(?:\.\d+)?(?: ?[AaPp][Mm])?) ?(Z|z|UTC|GMT|(?:UTC|GMT)?[-+]\d{2}(?::?\d{2})?)$"
)
HOUR: Final = 3_600


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp"), "timestamp('UTC')"))
def _place_at(zone, moment):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: the moment at which clocks of the zone show this."""


@ibis.udf.scalar.builtin(name="timezone", signature=(("string", "timestamp('UTC')"), "timestamp"))
def _tell_in(zone, moment):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """DuckDB's own: what clocks of the zone show at the moment."""


def move_from_utc(moment: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    """What clocks of the zone show, from what those of UTC show."""
    return _tell_in(zone, _place_at("UTC", moment))


def tell_in_zone(moment: ir.TimestampValue, zone: str) -> ir.TimestampValue:
    """What clocks of the zone show at a moment that bears a zone itself."""
    return _tell_in(zone, moment)


def find_offset_seconds(text: ir.StringValue) -> ir.IntegerValue:
    """How far clocks are ahead of UTC where the moment was written."""
    offset = text.re_extract(OFFSET_FORM, 2)
    hours = offset.re_extract(r"([-+]\d{2})", 1).try_cast("int64").fill_null(0)
    minutes = offset.re_extract(r"[-+]\d{2}:?(\d{2})$", 1).try_cast("int64").fill_null(0)
    return hours * HOUR + ibis.ifelse(offset.contains("-"), -60, 60) * minutes


def check_zone(zone: str | None) -> None:
    """Refuse a zone that nobody knows."""
    try:
        if zone is not None:
            ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"data.zone={zone!r}: expected a zone such as Europe/Berlin or UTC.") from None


def is_one_clock(offsets: Sequence[int]) -> bool:
    """Whether one shop's clock may have written these: one offset, or those of summer and winter."""
    return len(offsets) <= 1 or (len(offsets) == 2 and max(offsets) - min(offsets) == HOUR)


def name_offset(seconds: int) -> str:
    """`+02:00` for 7200."""
    hours, rest = divmod(abs(seconds), HOUR)
    return f"{'-' if seconds < 0 else '+'}{hours:02}:{rest // 60:02}" if seconds else "UTC"
