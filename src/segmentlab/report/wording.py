"""Numbers and names as people read them."""

import html
import math
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.features import MONEY_UNIT, Column, word_features

MISSING_TEXT = "n/a"
LONGEST_LABEL = 40
LABEL_WIDTH = 14  # letters
UNKNOWN_UNIT = "units"  # of numbers from a table that does not say what they are counted in


def format_count(value: float) -> str:
    """A whole number with thousands separators: `12,345`."""
    return MISSING_TEXT if math.isnan(value) else f"{value:,.0f}"


def format_amount(value: float) -> str:
    """A number with the decimals its size deserves: `17,431`, `48.3`, `4.27`, `0.336`."""
    if not math.isfinite(value):
        return MISSING_TEXT
    size = abs(value)
    decimals = next((d for limit, d in ((100, 0), (10, 1), (1, 2)) if size >= limit), 3)
    text = f"{value:z,.{decimals}f}"  # z: no minus before a zero
    return text.rstrip("0").rstrip(".") if "." in text else text


def format_money(value: float) -> str:
    """An amount to the cent: `77,556.46`, `-64.68`."""
    return MISSING_TEXT if math.isnan(value) else f"{value:z,.2f}"


# Currencies that people write by a sign; all others stand as their code.
CURRENCY_SIGNS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "JPY": "¥", "INR": "₹", "CHF": "CHF "}


class Money(NamedTuple):
    """How amounts of a shop are written: with its currency where the data says which one it is."""

    sign: str = ""

    @classmethod
    def of(cls, books: Mapping[str, pd.DataFrame]) -> "Money":
        """As the books of a log have it; no sign where no column named one."""
        shop = books.get("shop")
        if shop is None:
            return cls()
        code = str(shop.set_index("what")["value"].get("currency", "") or "").strip()
        return cls(CURRENCY_SIGNS.get(code, f"{code} " if code else ""))

    def write(self, value: float) -> str:
        """A whole amount: `£1,234`."""
        return (
            MISSING_TEXT if math.isnan(value) else f"{'-' if value < 0 else ''}{self.sign}{abs(value):,.0f}"
        )

    def mark(self, amount: str) -> str:
        """The sign before an amount that is written already."""
        return amount if amount == MISSING_TEXT else f"{self.sign}{amount}"


NO_CURRENCY: Final = Money()


def format_percent(share: float) -> str:
    """A share between 0 and 1 as `64.9 %`."""
    return MISSING_TEXT if math.isnan(share) else f"{100 * share:.1f} %"


def describe_truth(share: float) -> str:
    """Of how many customers the name of their segment is true; empty where it claims nothing of them."""
    return "" if math.isnan(share) else f"true of {math.floor(100 * share)} %"


def format_parameter(value: object) -> str:
    """A parameter as a study tried it: the digits that matter of a number, all else as it is."""
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def format_change(ratio: float) -> str:
    """More or less than before, as `+12.5 %`."""
    return MISSING_TEXT if math.isnan(ratio) else f"{100 * ratio:+.1f} %"


def name_features(columns: Sequence[Column]) -> list[str]:
    """Short readable names: `rfm_recency` is Recency, unless another set has a recency too."""
    return [words.capitalize() for words in word_features(columns)]


# What the usual features are called where nobody has to know a term: what it is, and what follows the number.
PLAIN_FEATURES: Final = {
    "rfm_recency": ("Last order", "days ago"),
    "rfm_frequency": ("Orders", ""),
    "rfm_monetary": ("Spent in all", ""),
}


def name_plainly(columns: Sequence[Column]) -> list[tuple[str, str]]:
    """A plain name and what follows the number, for each feature: `Last order`, `days ago`."""
    return [
        PLAIN_FEATURES.get(column.name, (name, format_unit(column)))
        for name, column in zip(name_features(columns), columns, strict=True)
    ]


def make_headings(columns: Sequence[Column]) -> list[str]:
    """The names of features with their units, as a table has them."""
    units = (f" ({format_unit(column)})" if format_unit(column) else "" for column in columns)
    return [name + unit for name, unit in zip(name_features(columns), units, strict=True)]


def format_unit(column: Column) -> str:
    """The unit beside a number, where it says something: money has a sign or none, and `units` are any."""
    return "" if column.unit in (MONEY_UNIT, UNKNOWN_UNIT) else column.unit


def escape_label(text: str, longest: int = LONGEST_LABEL) -> str:
    """A name that Plotly shows as it is written.

    Plotly reads markup in every text it draws. A name comes from data and is never markup, so it is
    escaped, and shortened: a product may be described in 10,000 characters.
    """
    return html.escape(shorten_text(text, longest), quote=False)


def wrap_label(text: str, longest: int = LONGEST_LABEL) -> str:
    """The same on lines short enough to stand beside a figure on a phone."""
    lines = textwrap.wrap(shorten_text(text, longest), LABEL_WIDTH, break_long_words=False)
    return "<br>".join(html.escape(line, quote=False) for line in lines)


def shorten_text(text: str, longest: int = LONGEST_LABEL) -> str:
    """The beginning of a text as one line."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def escape_markdown(text: str) -> str:
    """The text as it is where Markdown is shown: names come from data, and may hold marks."""
    return re.sub(r"([\\`*_{}\[\]<>#|])", r"\\\1", text)
