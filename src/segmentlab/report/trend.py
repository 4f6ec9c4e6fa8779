"""The revenue of a segment over the months, as a small drawing that needs no script."""

from typing import Final, NamedTuple

import pandas as pd

WIDTH: Final = 320
HEIGHT: Final = 56
EDGE: Final = 3  # so that a peak is not cut


class Trend(NamedTuple):
    """The points of a line inside WIDTH by HEIGHT, and the first and the last month."""

    points: str
    first: str
    last: str
    width: int = WIDTH
    height: int = HEIGHT


def trend(months: pd.DataFrame, segment: int) -> Trend | None:
    """`months` has segment, month, revenue; a month in which nothing was bought is zero."""
    every = pd.date_range(months["month"].min(), months["month"].max(), freq="MS")
    own = (
        months[months["segment"] == segment].groupby("month")["revenue"].sum().reindex(every, fill_value=0.0)
    )
    if len(every) < 2 or own.max() <= 0:
        return None
    height = (own.clip(lower=0) / own.max()).tolist()
    step = (WIDTH - 2 * EDGE) / (len(every) - 1)
    points = [
        f"{EDGE + place * step:.1f},{HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE):.1f}"
        for place, share in enumerate(height)
    ]
    return Trend(" ".join(points), every[0].strftime("%Y-%m"), every[-1].strftime("%Y-%m"))
