"""The words for what may contradict itself in a log, and which of them somebody has looked at."""

from collections.abc import Collection, Mapping
from typing import Final

from segmentlab.errors import ConfigError

# Every contradiction by the word that `data.accept` takes. Whoever finds a new one adds its word here.
ACCEPTABLE: Final[Mapping[str, str]] = {
    "prefix": "invoices that a cancellation prefix takes although their lines are not negative",
    "rule": "a rule of cleaning that takes more than a twentieth of the positive revenue",
    "discount": "a column of discounts that the money does not know of: prices are after them",
    "total": "quantity times price that is not the total of the line",
    "pieces": "no pieces at a price, or pieces that only count the rows",
    "rivals": "two columns that may both be the money, the pieces, the customer or the date",
    "future": "dates after the clock, or long after all others",
    "past": "dates long before all others",
    "currencies": "money of several currencies",
    "ids": "ids that differ only by case, blanks, `.0`, zeros, apostrophes or Unicode form",
    "one_customer": "one customer with an outstanding share of the lines, such as `guest` or `0`",
    "status": "orders of a status that nobody knows, or that were cancelled: they count as sold",
    "sign": "lines of which nothing says whether money came in or went out: their amounts count as they are",
    "order_value": "orders that cost more than their lines come to, or do not say what they cost",
    "join": "lines of one table that find no partner in another, and are left out",
    "totals": "ids that are words for a total, on lines that are no sums of those above them",
    "twice": "a large part of the lines that is there twice",
}


def check_accepted(names: Collection[str]) -> None:
    """Refuse a word that stands for no contradiction: it would accept nothing, without a word."""
    if isinstance(names, str):
        raise ConfigError(f"data.accept is {names!r}; expected a list: data.accept=[{names}].")
    unknown = [name for name in names if name not in ACCEPTABLE]
    if unknown:
        raise ConfigError(
            f"data.accept names {', '.join(map(repr, unknown))}, which stands for nothing. Known: "
            f"{', '.join(ACCEPTABLE)}."
        )
