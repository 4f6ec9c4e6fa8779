"""What sets each segment apart from all customers, feature by feature."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.features.contract import Column
from segmentlab.report.layout import DEFAULT_HEIGHT, figure
from segmentlab.report.palette import DIVERGING, FAINT_INK
from segmentlab.report.picture import Picture
from segmentlab.report.wording import amount, feature_names, label, unit

ROW_HEIGHT = 44


class ProfileData(NamedTuple):
    """Segments in rows, features in columns: the colour and the text of each cell."""

    deviations: pd.DataFrame  # mean of the segment, in standard deviations from the mean of all customers
    medians: pd.DataFrame  # in the feature's own unit


def profile_data(
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


def profile_heatmap(
    profile: pd.DataFrame, columns: Sequence[Column], prepared: pd.DataFrame, labels: pd.Series
) -> Picture:
    """One cell per segment and feature: coloured by distance from the average, read by its median."""
    data = profile_data(profile, columns, prepared, labels)
    return Picture(
        name="profile_heatmap",
        title="What sets the segments apart",
        caption="Colour: the segment's mean, in standard deviations from the mean of all customers, on the "
        "scale that the model saw. Number: the segment's median, in the feature's own unit.",
        figure=figure(
            [_cells(data)],
            xaxis={**_ticks(_headings(columns)), "side": "top", "showgrid": False},
            yaxis={
                **_ticks([label(name) for name in profile["name"]]),
                "range": [len(profile) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT, ROW_HEIGHT * len(profile) + 120),
        ),
    )


def _headings(columns: Sequence[Column]) -> list[str]:
    units = (f"<br>{label(unit(column))}" if unit(column) else "" for column in columns)
    return [label(name, 24) + unit for name, unit in zip(feature_names(columns), units, strict=True)]


def _ticks(texts: list[str]) -> dict[str, object]:
    # Positions are numbers: two segments may bear one name, and Plotly would merge them.
    return {"tickvals": list(range(len(texts))), "ticktext": texts}


def _cells(data: ProfileData) -> go.Heatmap:
    furthest = max(1.0, float(data.deviations.abs().max().max()))
    return go.Heatmap(
        z=data.deviations,
        x=list(range(data.deviations.shape[1])),
        y=list(range(data.deviations.shape[0])),
        text=data.medians.map(amount),
        texttemplate="%{text}",
        textfont={"size": 13},
        colorscale=list(DIVERGING),
        zmin=-furthest,
        zmax=furthest,
        xgap=2,
        ygap=2,
        hovertemplate="median %{text}<br>%{z:+.2f} standard deviations<extra></extra>",
        colorbar={
            "title": {"text": "standard<br>deviations", "font": {"size": 12}},
            "thickness": 12,
            "outlinewidth": 0,
            "tickfont": {"size": 11, "color": FAINT_INK},
        },
    )
