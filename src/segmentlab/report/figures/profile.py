"""What sets each segment apart, feature by feature: as a heatmap and as lines."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.report.heatmap import list_ticks, make_heatmap
from segmentlab.report.layout import (
    DEFAULT_HEIGHT,
    FAINT_INK,
    FIGURE_LEGEND,
    choose_colour,
    choose_symbol,
    make_figure,
)
from segmentlab.report.wording import escape_label, format_amount, format_unit, name_features, wrap_label

# What sets each segment apart from all customers, feature by feature.


HEATMAP_ROW_HEIGHT = 44


class ProfileData(NamedTuple):
    """Segments in rows, features in columns: the colour and the text of each cell."""

    deviations: pd.DataFrame  # mean of the segment, in standard deviations from the mean of all customers
    medians: pd.DataFrame  # in the feature's own unit


def compute_profile_deviations(
    profile: pd.DataFrame, columns: Sequence[Column], prepared: pd.DataFrame, labels: pd.Series
) -> ProfileData:
    """Compare each segment with all customers, in the space that the model saw.

    A feature that is the same for everyone deviates nowhere: its cells stay empty.
    """
    names = [column.name for column in columns]
    space = prepared[names]
    means = space.groupby(labels.reindex(space.index)).mean()
    spread = space.std(ddof=0)
    deviations = (means - space.mean()) / spread.where(spread > 0)
    medians = profile[[f"{name}_median" for name in names]].set_axis(names, axis="columns")
    return ProfileData(deviations.reindex(profile.index), medians)


def draw_profile_heatmap(
    profile: pd.DataFrame, columns: Sequence[Column], prepared: pd.DataFrame, labels: pd.Series
) -> Picture:
    """One cell per segment and feature: coloured by distance from the average, read by its median."""
    data = compute_profile_deviations(profile, columns, prepared, labels)
    return Picture(
        name="profile_heatmap",
        title="What sets the segments apart",
        caption="Colour: the segment's mean, in standard deviations from the mean of all customers, on the "
        "scale that the model saw. Number: the segment's median, in the feature's own unit.",
        figure=make_figure(
            [_draw_heatmap_cells(data)],
            xaxis={**list_ticks(_list_heatmap_headings(columns)), "side": "top", "showgrid": False},
            yaxis={
                **list_ticks([wrap_label(name) for name in profile["name"]]),
                "range": [len(profile) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT, HEATMAP_ROW_HEIGHT * len(profile) + 120),
        ),
    )


def _list_heatmap_headings(columns: Sequence[Column]) -> list[str]:
    units = (f"<br>{escape_label(format_unit(column))}" if format_unit(column) else "" for column in columns)
    return [escape_label(name, 24) + unit for name, unit in zip(name_features(columns), units, strict=True)]


def _draw_heatmap_cells(data: ProfileData) -> go.Heatmap:
    furthest = max(1.0, float(data.deviations.abs().max().max()))
    return make_heatmap(
        data.deviations,
        data.medians.map(format_amount),
        (-furthest, furthest),
        title="standard<br>deviations",
        hovertemplate="median %{text}<br>%{z:+.2f} standard deviations<extra></extra>",
    )


def draw_snake_plot(
    profile: pd.DataFrame, columns: Sequence[Column], prepared: pd.DataFrame, labels: pd.Series
) -> Picture:
    """The deviations of the profile heatmap as lines: segments that mirror each other are seen at once."""
    deviations = compute_profile_deviations(profile, columns, prepared, labels).deviations
    names = [escape_label(name, 24) for name in name_features(columns)]
    return Picture(
        name="snake_plot",
        title="Profiles side by side",
        caption="The mean of each segment in standard deviations from the mean of all customers, on the "
        "scale that the model saw; 0 is the average customer. Where lines lie together a feature does not "
        "tell those segments apart. The lines only lead the eye: the order of the features means nothing.",
        figure=make_figure(
            [
                _draw_snake_line(segment, deviations.loc[segment], escape_label(name))
                for segment, name in zip(profile.index.tolist(), profile["name"], strict=True)
            ],
            xaxis={"tickvals": list(range(len(names))), "ticktext": names, "side": "top"},
            yaxis={
                "title": {"text": "standard deviations"},
                "zeroline": True,
                "zerolinecolor": FAINT_INK,
                "showgrid": False,
            },
            showlegend=True,
            legend=FIGURE_LEGEND,
            height=500,
        ),
    )


def _draw_snake_line(segment: int, deviations: pd.Series, name: str) -> go.Scatter:
    shade = choose_colour(segment)
    return go.Scatter(
        mode="lines+markers",
        name=name,
        x=list(range(len(deviations))),
        y=deviations,
        line={"color": shade, "width": 3},
        marker={"color": shade, "size": 9, "symbol": choose_symbol(segment)},
        hovertemplate="%{fullData.name}: %{y:+.2f}<extra></extra>",
    )
