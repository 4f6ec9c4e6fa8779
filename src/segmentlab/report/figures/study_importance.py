"""Which parameters a study's scores depend on."""

from collections.abc import Sequence

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.study_trials import Objective
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import HUES
from segmentlab.report.picture import Picture

BAR = 26  # pixels


def importance_data(importances: pd.DataFrame) -> pd.DataFrame:
    """Parameters in rows, the most important one, over all objectives, last: bars are drawn upwards."""
    return importances.loc[importances.mean(axis=1).sort_values().index]


def study_importance(importances: pd.DataFrame, objectives: Sequence[Objective]) -> Picture:
    """A bar for each parameter (rows) and each objective (columns)."""
    data = importance_data(importances)
    return Picture(
        name="study_importance",
        title="Which parameters matter?",
        caption="How far the best tenth of the feasible trials differs from all of them in each parameter, "
        "as a share of all differences (PED-ANOVA). It speaks of this study's bounds: beyond them, a "
        "parameter may matter more or less.",
        figure=figure(
            [_bars(data, one, hue) for one, hue in zip(objectives, HUES, strict=False)],
            showlegend=len(objectives) > 1,
            legend=LEGEND,
            height=150 + BAR * data.size + 40,
            xaxis={"title": {"text": "share of importance"}, "tickformat": ".0%", "range": [0, 1.1]},
            yaxis={"showgrid": False},
        ),
    )


def _bars(data: pd.DataFrame, objective: Objective, hue: str) -> go.Bar:
    shares = data[objective.metric]
    return go.Bar(
        orientation="h",
        name=objective.name,
        x=shares,
        y=data.index,
        marker={"color": hue},
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
