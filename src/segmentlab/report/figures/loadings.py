"""Which features each principal component is made of."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from sklearn.decomposition import PCA

from segmentlab.features.contract import Column
from segmentlab.report.layout import DEFAULT_HEIGHT, figure
from segmentlab.report.palette import DIVERGING, FAINT_INK
from segmentlab.report.picture import Picture
from segmentlab.report.wording import feature_names, label, percent

ROW_HEIGHT = 44
SHARE = "explained_variance_ratio"


def loadings_table(projection: PCA, features: Sequence[str]) -> pd.DataFrame:
    """Components in rows: the share of the variance that each explains, and the weight of each feature.

    The squares of a row's weights sum to one, so a weight says how much of the component the feature is.
    A component may be turned round: signs mean something within a row alone.
    """
    components = pd.RangeIndex(1, len(projection.components_) + 1, name="component")
    weights = pd.DataFrame(projection.components_, index=components, columns=list(features))
    weights.insert(0, SHARE, projection.explained_variance_ratio_)
    return weights


def loadings(table: pd.DataFrame, columns: Sequence[Column]) -> Picture:
    """One cell per component and feature, coloured and read by the feature's weight."""
    weights = table[[column.name for column in columns]]
    components = [
        f"Component {number}<br>{percent(share)}" for number, share in table[SHARE].to_dict().items()
    ]
    return Picture(
        name="loadings",
        title="What the components are made of",
        caption=f"The {len(table)} principal components that the model clusters in, with the share of the "
        f"variance that each explains: {percent(table[SHARE].sum())} together. Number and colour: the weight "
        "of a feature; the squares of a row sum to one. Signs tell features of one component apart and mean "
        "nothing between components.",
        figure=figure(
            [_cells(weights)],
            xaxis={
                **_ticks([label(name, 24) for name in feature_names(columns)]),
                "side": "top",
                "showgrid": False,
            },
            yaxis={**_ticks(components), "range": [len(table) - 0.5, -0.5], "showgrid": False},
            height=max(DEFAULT_HEIGHT, ROW_HEIGHT * len(table) + 120),
        ),
    )


def _ticks(texts: list[str]) -> dict[str, object]:
    # Positions are numbers: two features may be called alike, and Plotly would merge them.
    return {"tickvals": list(range(len(texts))), "ticktext": texts}


def _cells(weights: pd.DataFrame) -> go.Heatmap:
    return go.Heatmap(
        z=weights,
        x=list(range(weights.shape[1])),
        y=list(range(weights.shape[0])),
        text=np.char.mod("%+.2f", weights),
        texttemplate="%{text}",
        textfont={"size": 13},
        colorscale=list(DIVERGING),
        zmin=-1,
        zmax=1,
        xgap=2,
        ygap=2,
        hovertemplate="weight %{text}<extra></extra>",
        colorbar={
            "title": {"text": "weight", "font": {"size": 12}},
            "thickness": 12,
            "outlinewidth": 0,
            "tickfont": {"size": 11, "color": FAINT_INK},
        },
    )
