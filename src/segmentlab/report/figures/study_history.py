"""How a study went: the best so far, and which parameters its scores depend on."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from segmentlab.evaluation import Measure
from segmentlab.flow import Picture
from segmentlab.report.figures.study_front import (
    CHOSEN,
    FRONT,
    INFEASIBLE,
    StudyTable,
    describe_objective,
    describe_study_trials,
)
from segmentlab.report.layout import FIGURE_LEGEND, FIGURE_TEMPLATE, HUES, INK, make_figure

# How a study went: what each trial scored, and the best so far.


HISTORY_PANEL = 230  # pixels


def list_trial_scores(table: StudyTable, objective: Measure) -> pd.DataFrame:
    """The scored trials in their order, with the best value that a feasible one had reached by then."""
    trials = table.scored(objective).sort_values("number")
    values = trials[objective.name].where(trials["feasible"])
    best = values.cummax() if objective.better == "higher" else values.cummin()
    return trials.assign(value=trials[objective.name], best=best.ffill())


def draw_study_history(table: StudyTable) -> Picture:
    """A panel for each objective, over the numbers of the trials."""
    rows = len(table.objectives)
    panels = make_subplots(
        rows,
        1,
        shared_xaxes=True,
        subplot_titles=[f"<b>{describe_objective(objective)}</b>" for objective in table.objectives],
        vertical_spacing=0.3 / rows,
    )
    for row, objective in enumerate(table.objectives, 1):
        trials = list_trial_scores(table, objective)
        for feasible, colour in ((False, INFEASIBLE), (True, FRONT)):
            panels.add_trace(
                _draw_history_points(trials[trials["feasible"] == feasible], table, colour), row=row, col=1
            )
        panels.add_trace(_draw_best_steps(trials), row=row, col=1)
    panels.update_layout(template=FIGURE_TEMPLATE, height=HISTORY_PANEL * rows + 100)
    panels.update_xaxes(title_text="trial", row=rows)
    panels.update_annotations(font={"size": 13, "color": INK})
    return Picture(
        name="study_history",
        title="Did the study still get better?",
        caption="Each point is a trial, a grey one is infeasible. The line is the best value of a feasible "
        "trial so far: where it has been flat for long, more trials would hardly help.",
        figure=panels,
    )


def _draw_history_points(trials: pd.DataFrame, table: StudyTable, colour: str) -> go.Scatter:
    return go.Scatter(
        mode="markers",
        x=trials["number"],
        y=trials["value"],
        marker={"color": colour, "size": 6},
        customdata=describe_study_trials(trials, table.parameters),
        hovertemplate="%{customdata}<br>%{y:.4f}<extra></extra>",
    )


def _draw_best_steps(trials: pd.DataFrame) -> go.Scatter:
    """The best stays until it is beaten."""
    known = trials.dropna(subset=["best"])
    return go.Scatter(
        mode="lines",
        x=np.repeat(known["number"].to_numpy(), 2)[1:],
        y=np.repeat(known["best"].to_numpy(), 2)[:-1],
        line={"color": CHOSEN, "width": 2},
        hoverinfo="skip",
    )


IMPORTANCE_BAR = 26  # pixels


def sort_importances(importances: pd.DataFrame) -> pd.DataFrame:
    """Parameters in rows, the most important one, over all objectives, last: bars are drawn upwards."""
    return importances.loc[importances.mean(axis=1).sort_values().index]


def draw_study_importance(importances: pd.DataFrame, objectives: Sequence[Measure]) -> Picture:
    """A bar for each parameter (rows) and each objective (columns)."""
    data = sort_importances(importances)
    return Picture(
        name="study_importance",
        title="Which parameters matter?",
        caption="How far the best tenth of the feasible trials differs from all of them in each parameter, "
        "as a share of all differences (PED-ANOVA). It speaks of this study's bounds: beyond them, a "
        "parameter may matter more or less.",
        figure=make_figure(
            [_draw_importance_bars(data, one, hue) for one, hue in zip(objectives, HUES, strict=False)],
            showlegend=len(objectives) > 1,
            legend=FIGURE_LEGEND,
            height=150 + IMPORTANCE_BAR * data.size + 40,
            xaxis={"title": {"text": "share of importance"}, "tickformat": ".0%", "range": [0, 1.1]},
            yaxis={"showgrid": False},
        ),
    )


def _draw_importance_bars(data: pd.DataFrame, objective: Measure, hue: str) -> go.Bar:
    shares = data[objective.name]
    return go.Bar(
        orientation="h",
        name=objective.plain_name,
        x=shares,
        y=data.index,
        marker={"color": hue},
        text=[f"{share:.0%}" for share in shares],
        textposition="outside",
        hovertemplate="%{y}: %{x:.1%}<extra></extra>",
    )
