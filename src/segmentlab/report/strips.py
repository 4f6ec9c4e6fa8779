"""The shares of all segments as strips of colour, one strip per whole."""

from typing import Final, NamedTuple

import pandas as pd

from segmentlab.report.palette import colour, ink_on
from segmentlab.report.wording import percent

WHOLES: Final = {"customer_share": "Customers", "revenue_share": "Revenue"}
WRITTEN: Final = 0.06  # a smaller share has no room for its number


class Band(NamedTuple):
    """One segment's part of a strip; its share is a number, for the width."""

    colour: str
    ink: str
    share: float
    text: str
    name: str


class Strip(NamedTuple):
    """All parts of a whole, and the same in words for those who can't see them."""

    title: str
    bands: list[Band]
    words: str


def strips(profile: pd.DataFrame) -> list[Strip]:
    """A strip for customers, and one for revenue where it is known."""
    return [_strip(title, profile[["name", share]]) for share, title in WHOLES.items() if share in profile]


def _strip(title: str, shares: pd.DataFrame) -> Strip:
    bands = [
        Band(
            colour=colour(segment),
            ink=ink_on(colour(segment)),
            share=round(max(share, 0.0), 4),
            text=f"{share:.0%}" if share >= WRITTEN else "",
            name=f"{name}: {percent(share)}",
        )
        for segment, name, share in shares.itertuples()
    ]
    return Strip(title, bands, ", ".join(band.name for band in bands))
