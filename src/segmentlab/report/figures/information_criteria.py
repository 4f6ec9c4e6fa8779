"""How many components a mixture deserves."""

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.palette import ACCENT, HUES, INK
from segmentlab.report.picture import Picture

TITLES = {"bic": ("BIC", ACCENT), "aic": ("AIC", HUES[1])}


def lowest(criteria: pd.DataFrame) -> dict[str, int]:
    """The number of components at which each criterion is lowest."""
    return {name: int(criteria["k"].to_numpy()[criteria[name].to_numpy().argmin()]) for name in TITLES}


def information_criteria(criteria: pd.DataFrame, chosen: int) -> Picture:
    """Both criteria over the number of components, the chosen one marked."""
    best = lowest(criteria)
    plot = figure(
        [
            _line(criteria, name, f"{title}, lowest at {best[name]}", shade)
            for name, (title, shade) in TITLES.items()
        ],
        xaxis={
            "title": {"text": "number of components"},
            "tickvals": criteria["k"].tolist(),
            "showgrid": False,
        },
        showlegend=True,
        legend=LEGEND,
    )
    plot.add_vline(chosen, line={"color": INK, "width": 1.5, "dash": "dash"})
    return Picture(
        name="information_criteria",
        title="How many components?",
        caption="How badly mixtures explain the customers, with a penalty for each parameter: lower is "
        f"better, and only differences count. The dashed line is the {chosen} chosen. BIC asks for more "
        "evidence than AIC. Where both fall to the last, customers don't come in so few bells: more "
        "components describe the density better and need not be better segments.",
        figure=plot,
    )


def _line(criteria: pd.DataFrame, name: str, title: str, shade: str) -> go.Scatter:
    return go.Scatter(
        mode="lines+markers",
        name=title,
        x=criteria["k"],
        y=criteria[name],
        line={"color": shade, "width": 2},
        marker={"color": shade, "size": 7},
        hovertemplate="%{x} components: %{y:,.0f}<extra></extra>",
    )
