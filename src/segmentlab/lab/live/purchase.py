"""One line of a purchase as it is posted: which fields it has, and what each may hold."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

LONGEST_ID: Final = 200  # letters, as the history keeps of a customer's id
LONGEST_TEXT: Final = 1000
LARGEST_AMOUNT: Final = 1e12  # what a log may hold: no shop sold a trillion pieces
EARLIEST: Final = datetime(1900, 1, 1)
AHEAD: Final = timedelta(days=1)  # clocks of a shop may be ahead of this one by a zone
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(?P<zone>Z|[+-]\d\d:\d\d)?")
CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")  # and halves of letters, which nothing can write


class ValueRefusedError(Exception):
    """A value can't be taken; whoever reads the line knows of which row and field."""


class RefusedError(Exception):
    """What was posted can't be taken; `row` counts from 1, and nothing of it was kept."""

    def __init__(
        self, reason: str, row: int | None = None, field: str | None = None, status: int = 422
    ) -> None:
        super().__init__(reason)
        self.row, self.field, self.status = row, field, status

    def __str__(self) -> str:
        place = "" if self.row is None else f"Row {self.row}"
        place += "" if self.field is None else f", field '{self.field}'"
        return f"{place}: {self.args[0]}" if place else str(self.args[0])


class Purchase(NamedTuple):
    """A line. A negative quantity gives back; the time is the shop's own."""

    line_id: str
    customer_id: str
    invoice_id: str
    product_id: str | None
    description: str | None
    quantity: float
    unit_price: float
    timestamp: datetime
    country: str | None


class ShopClock(NamedTuple):
    """The shop's own time, and what it is now."""

    zone: ZoneInfo | None = None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)

    def read(self, text: object) -> datetime:
        """The moment as the shop's clock showed it.

        Raises:
            ValueRefusedError: It is no moment, tells a zone where the shop's is not known, or is yet to come.
        """
        if not isinstance(text, str):
            raise ValueRefusedError(f"{_name(text)} is no moment. Write text such as 2026-03-01T14:05:00.")
        found = MOMENT.fullmatch(text)
        try:
            moment = datetime.fromisoformat(text) if found else None
        except ValueError:  # the thirtieth of February
            moment = None
        if moment is None or found is None:
            raise ValueRefusedError(
                f"{_quote(text)} is no moment. Write a date and a time: 2026-03-01T14:05:00."
            )
        moment = self._tell_here(moment, found["zone"])
        if moment < EARLIEST:
            raise ValueRefusedError(f"{text} is before {EARLIEST:%Y}.")
        latest = self.now().astimezone(self.zone or UTC).replace(tzinfo=None) + AHEAD
        if moment > latest:
            raise ValueRefusedError(
                f"{text} is yet to come. Nothing is taken that is later than a day from now."
            )
        return moment

    def _tell_here(self, moment: datetime, zone: str | None) -> datetime:
        if zone is None:
            return moment
        if self.zone is None:
            raise ValueRefusedError(
                f"{zone} is a zone, and the service was not told the shop's own. Start it with zone=, as in "
                "zone=Europe/Berlin, or write the time that the shop's clock shows, without a zone."
            )
        try:
            return moment.astimezone(self.zone).replace(tzinfo=None)
        except OverflowError:
            raise ValueRefusedError("is no moment of the calendar in the shop's zone.") from None


def read_purchase(row: int, found: object, clock: ShopClock) -> Purchase:
    """The line, or what is wrong with it first."""
    if not isinstance(found, dict):
        raise RefusedError(f"{_name(found)} is no line. Write an object with the fields of one.", row)
    unknown = sorted(set(found) - set(Purchase._fields))
    if unknown:
        raise RefusedError(
            f"there is no such field. Fields: {', '.join(Purchase._fields)}.", row, _shorten(unknown[0])
        )
    values: dict[str, object] = {}
    for field, read in _READERS.items():
        try:
            values[field] = clock.read(found.get(field)) if field == "timestamp" else read(found.get(field))
        except ValueRefusedError as error:
            lacks = field not in found
            raise RefusedError("is missing." if lacks else str(error), row, field) from None
    return Purchase(**values)  # type: ignore[arg-type]  # each was read as its own kind


def _read_id(value: object) -> str:
    if not isinstance(value, str):
        raise ValueRefusedError(f"{_name(value)} is no text. Write ids as text, in quotes.")
    if not value.strip():
        raise ValueRefusedError("is blank.")
    if value != value.strip():
        raise ValueRefusedError(f"{_quote(value)} has blanks at an end: it would pass for somebody else.")
    return _check_text(value, LONGEST_ID)


def _read_text(value: object) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueRefusedError(
            f"{_name(value)} is no text. Write text in quotes, or null where it is not known."
        )
    return _check_text(value, LONGEST_TEXT) if value.strip() else None


def _check_text(value: str, longest: int) -> str:
    if len(value) > longest:
        raise ValueRefusedError(f"has {len(value):,} letters; {longest} are the most.")
    if CONTROL.search(value):
        raise ValueRefusedError("has a letter that can't be printed.")
    return value


def _read_amount(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueRefusedError(f"{_name(value)} is no number. Write one without quotes.")
    if isinstance(value, float) and math.isnan(value):
        raise ValueRefusedError("is NaN. Every line needs a number.")
    if abs(value) > LARGEST_AMOUNT:  # infinity is; a whole number may be too long to be a float
        told = f"{value}" if isinstance(value, float) else "a number of so many digits"
        raise ValueRefusedError(f"is {told}. {LARGEST_AMOUNT:g} is the most.")
    return float(value)


_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    "line_id": _read_id,
    "customer_id": _read_id,
    "invoice_id": _read_id,
    "product_id": _read_text,
    "description": _read_text,
    "quantity": _read_amount,
    "unit_price": _read_amount,
    "timestamp": _read_text,
    "country": _read_text,
}


def _name(value: object) -> str:
    """What somebody wrote, in the words of JSON."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case dict():
            return "an object"
        case list():
            return "a list"
        case str():
            return _quote(value)
    return f"{value:g}" if isinstance(value, float) else "a number"


def _quote(text: str) -> str:
    return f"'{_shorten(text)}'"


def _shorten(text: str) -> str:
    """So much of it as a person recognises, and nothing that can't be printed."""
    told = CONTROL.sub("?", text)
    return told if len(told) <= 40 else f"{told[:37]}..."
