"""Plotly's text and pixels in matplotlib's terms."""

import html
import re
from typing import Final

DPI: Final = 100
BREAK = re.compile(r"<br\s*/?>")
TAG = re.compile(r"</?(?:b|i|em|strong|sub|sup|span|a)\b[^>]*>")


def points(pixels: float) -> float:
    """Matplotlib measures letters and lines in points."""
    return pixels * 72 / DPI


def plain(text: str | None) -> str:
    """Text without Plotly's markup, and with no dollar sign that matplotlib would read as mathematics."""
    return html.unescape(TAG.sub("", BREAK.sub("\n", text or ""))).replace("$", r"\$")
