"""A small map of the segments: which hang together, and where gaps lie between them."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import Border
from segmentlab.flow import Picture
from segmentlab.report.layout import FIGURE_LEGEND, choose_colour, make_figure
from segmentlab.report.wording import escape_label, format_count

LARGEST_MARK: Final = 60
SMALLEST_MARK: Final = 14
ROOM: Final = 0.2  # beyond the outermost discs, as a share of the whole
ROADS: Final = {  # the lines between segments, by what lies there; a gap has none
    "cut": ("no gap: one group", {"width": 5, "color": "#9aa5b1"}),
    "not decided": ("not decided", {"width": 2, "color": "#9aa5b1", "dash": "dash"}),
    "too small": ("too few customers to judge", {"width": 1, "color": "#9aa5b1", "dash": "dot"}),
}


def draw_segment_map(
    borders: Sequence[Border], view: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame
) -> Picture:
    """A disc for each segment where its customers are in the view, and a line where two hang together."""
    own = labels.reindex(view.index)
    places = view[["x", "y"]].groupby(own).median()
    sizes = labels.value_counts()
    discs = [_draw_disc(int(one), places, sizes, profile) for one in places.index if one in profile.index]
    borders = [border for border in borders if border.kind != "no border"]
    gaps = sum(border.kind == "gap" for border in borders)
    return Picture(
        name="segment_map",
        title="Which segments hang together",
        caption=f"Each disc is a segment, as large as it has customers, where its customers are. A line "
        f"joins two segments between which no gap is certain. {gaps} of {len(borders)} borders are gaps, "
        "and have no line.",
        figure=make_figure(
            [*_draw_roads(borders, places), *discs],
            xaxis=_leave_room(places["x"]),
            yaxis=_leave_room(places["y"]),
            showlegend=True,
            legend=FIGURE_LEGEND,
        ),
    )


def _leave_room(along: pd.Series) -> dict[str, object]:
    """An axis without numbers, which say nothing here, and with room for whole discs at its ends."""
    low, high = float(along.min()), float(along.max())
    room = ROOM * ((high - low) or 1.0)
    return {"range": [low - room, high + room], "tickvals": [], "showgrid": False, "zeroline": False}


def _draw_roads(borders: Sequence[Border], places: pd.DataFrame) -> Iterator[go.Scatter]:
    for kind, (name, line) in ROADS.items():
        pairs = [(one.first, one.second) for one in borders if one.kind == kind]
        known = [pair for pair in pairs if set(pair) <= set(places.index)]
        if known:
            ends = [[*places.loc[list(pair), axis], np.nan] for pair in known for axis in ("x", "y")]
            x, y = np.concatenate(ends[::2]), np.concatenate(ends[1::2])
            yield go.Scatter(x=x, y=y, mode="lines", name=name, line=line, hoverinfo="skip")


def _draw_disc(segment: int, places: pd.DataFrame, sizes: pd.Series, profile: pd.DataFrame) -> go.Scatter:
    name = escape_label(str(profile["name"][segment]))
    share = float(sizes[segment] / sizes.max())
    return go.Scatter(
        x=[places["x"][segment]],
        y=[places["y"][segment]],
        mode="markers",
        name=name,
        text=f"{name}: {format_count(int(sizes[segment]))} customers",
        hoverinfo="text",
        marker={
            "size": max(SMALLEST_MARK, LARGEST_MARK * share**0.5),
            "color": choose_colour(segment),
            "opacity": 0.9,
        },
    )
