"""What a study had to choose from: every trial by two objectives, and those that no other beats."""

from typing import Any, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.report.figures.study_trials import CHOSEN, FEASIBLE, FRONT, INFEASIBLE, StudyTable, told
from segmentlab.report.layout import LEGEND, figure
from segmentlab.report.picture import Picture


class Groups(NamedTuple):
    """Each trial once; the front in the order of its first objective."""

    infeasible: pd.DataFrame
    beaten: pd.DataFrame
    front: pd.DataFrame
    chosen: pd.DataFrame


def groups(table: StudyTable) -> Groups:
    """The trials that have both values, by what became of them."""
    first, second = table.objectives[:2]
    trials = table.scored(first, second)
    front, chosen = trials["on_front"], trials["chosen"]
    return Groups(
        trials[~trials["feasible"]],
        trials[trials["feasible"] & ~front],
        trials[front & ~chosen].sort_values(first.metric),
        trials[chosen],
    )


def study_front(table: StudyTable) -> Picture:
    """All trials as points, the front as a line. Of more than two objectives the first two are drawn."""
    found = groups(table)
    x, y = table.objectives[:2]
    line = pd.concat([found.front, found.chosen]).sort_values(x.metric)
    traces = [
        _points(table, found.infeasible, "infeasible", color=INFEASIBLE, size=6),
        _points(table, found.beaten, "feasible", color=FEASIBLE, size=7),
        _line(table, line) if len(table.objectives) == 2 else None,
        _points(table, found.front, "on the front", color=FRONT, size=9),
        _points(table, found.chosen, "chosen", color=CHOSEN, size=14, symbol="diamond"),
    ]
    drawn = sum(map(len, found))
    more = " Others of the front are better in a further objective." if len(table.objectives) > 2 else ""
    return Picture(
        name="study_front",
        title="What was there to choose from?",
        caption=f"{drawn} trials that have both scores, of {len(table.trials)}. No other trial beats one of "
        f"the front in every objective.{more} Infeasible trials break a limit, whatever they score: "
        "a silhouette is easily bought by leaving customers out.",
        figure=figure(
            [trace for trace in traces if trace is not None],
            showlegend=True,
            legend=LEGEND,
            xaxis={"title": {"text": x.title}},
            yaxis={"title": {"text": y.title}},
        ),
    )


def _points(table: StudyTable, trials: pd.DataFrame, name: str, **marker: Any) -> go.Scatter | None:  # noqa: ANN401
    if trials.empty:
        return None
    x, y = table.objectives[:2]
    return go.Scatter(
        mode="markers",
        name=name,
        x=trials[x.metric],
        y=trials[y.metric],
        marker=marker,
        customdata=told(trials, table.parameters),
        hovertemplate=f"%{{customdata}}<br>{x.name} %{{x:.4f}}<br>{y.name} %{{y:.4f}}<extra></extra>",
    )


def _line(table: StudyTable, trials: pd.DataFrame) -> go.Scatter:
    x, y = table.objectives
    return go.Scatter(
        mode="lines",
        x=trials[x.metric],
        y=trials[y.metric],
        line={"color": FRONT, "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )
