"""Which features each principal component is made of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.features import Column
from segmentlab.flow import Picture
from segmentlab.modelling import VARIANCE_SHARE
from segmentlab.report.heatmap import list_ticks, make_heatmap
from segmentlab.report.layout import DEFAULT_HEIGHT, make_figure
from segmentlab.report.wording import escape_label, format_percent, name_features

LOADING_ROW_HEIGHT = 44


def draw_loadings(table: pd.DataFrame, columns: Sequence[Column]) -> Picture:
    """One cell per component and feature, coloured and read by the feature's weight."""
    weights = table[[column.name for column in columns]]
    components = [
        f"Component {number}<br>{format_percent(share)}"
        for number, share in table[VARIANCE_SHARE].to_dict().items()
    ]
    return Picture(
        name="loadings",
        title="What the components are made of",
        caption=f"The {len(table)} principal components that the model clusters in, with the share of the "
        f"variance that each explains: {format_percent(table[VARIANCE_SHARE].sum())} together. "
        "Number and colour: the weight "
        "of a feature; the squares of a row sum to one. Signs tell features of one component apart and mean "
        "nothing between components.",
        figure=make_figure(
            [_draw_loading_cells(weights)],
            xaxis={
                **list_ticks([escape_label(name, 24) for name in name_features(columns)]),
                "side": "top",
                "showgrid": False,
            },
            yaxis={**list_ticks(components), "range": [len(table) - 0.5, -0.5], "showgrid": False},
            height=max(DEFAULT_HEIGHT, LOADING_ROW_HEIGHT * len(table) + 120),
        ),
    )


def _draw_loading_cells(weights: pd.DataFrame) -> go.Heatmap:
    return make_heatmap(
        weights,
        np.char.mod("%+.2f", weights),
        (-1, 1),
        title="weight",
        hovertemplate="weight %{text}<extra></extra>",
    )
