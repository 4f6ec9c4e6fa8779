"""What a study had to choose from: every trial by two objectives, and those that no other beats."""

import html
from collections.abc import Sequence
from typing import Final, NamedTuple

import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import Measure
from segmentlab.flow import Picture
from segmentlab.report.layout import FIGURE_LEGEND, HUES, NOISE_COLOUR, make_figure
from segmentlab.report.wording import format_parameter

# What the figures of a study share: how objectives are named, and what is told of a trial.


FEASIBLE: Final = HUES[4]
FRONT: Final = HUES[0]
CHOSEN: Final = HUES[5]
INFEASIBLE: Final = NOISE_COLOUR


class StudyTable(NamedTuple):
    """All trials of a study, and which of the columns were looked for and which were varied."""

    trials: pd.DataFrame  # `number`, `feasible`, `reason`, `on_front`, `chosen`, parameters and metrics
    objectives: Sequence[Measure]
    parameters: Sequence[str]

    def scored(self, *objectives: Measure) -> pd.DataFrame:
        """The trials that have a value for each of these."""
        return self.trials.dropna(subset=[one.name for one in objectives])


def describe_objective(objective: Measure) -> str:
    """Its name, and which way is better."""
    return f"{objective.plain_name} ({objective.better} is better)"


def describe_study_trials(trials: pd.DataFrame, parameters: Sequence[str]) -> list[str]:
    """Under the mouse: which trial, what it tried, and why it does not count."""
    return [
        "<br>".join(
            html.escape(line)
            for line in (
                f"trial {row['number']}",
                *(f"{name} = {format_parameter(row[name])}" for name in parameters if pd.notna(row[name])),
                row["reason"],
            )
            if line
        )
        for row in trials.to_dict("records")
    ]


class TrialGroups(NamedTuple):
    """Each trial once; the front in the order of its first objective."""

    infeasible: pd.DataFrame
    beaten: pd.DataFrame
    front: pd.DataFrame
    chosen: pd.DataFrame


def group_trials(table: StudyTable) -> TrialGroups:
    """The trials that have both values, by what became of them."""
    first, second = table.objectives[:2]
    trials = table.scored(first, second)
    front, chosen = trials["on_front"], trials["chosen"]
    return TrialGroups(
        trials[~trials["feasible"]],
        trials[trials["feasible"] & ~front],
        trials[front & ~chosen].sort_values(first.name),
        trials[chosen],
    )


def draw_study_front(table: StudyTable) -> Picture:
    """All trials as points, the front as a line. Of more than two objectives the first two are drawn."""
    found = group_trials(table)
    x, y = table.objectives[:2]
    line = pd.concat([found.front, found.chosen]).sort_values(x.name)
    traces = [
        _draw_front_points(table, found.infeasible, "infeasible", color=INFEASIBLE, size=6),
        _draw_front_points(table, found.beaten, "feasible", color=FEASIBLE, size=7),
        _draw_front_line(table, line) if len(table.objectives) == 2 else None,
        _draw_front_points(table, found.front, "on the front", color=FRONT, size=9),
        _draw_front_points(table, found.chosen, "chosen", color=CHOSEN, size=14, symbol="diamond"),
    ]
    drawn = sum(map(len, found))
    more = " Others of the front are better in a further objective." if len(table.objectives) > 2 else ""
    return Picture(
        name="study_front",
        title="What was there to choose from?",
        caption=f"{drawn} trials that have both scores, of {len(table.trials)}. No other trial beats one of "
        f"the front in every objective.{more} Infeasible trials break a limit, whatever they score: "
        "a silhouette is easily bought by leaving customers out.",
        figure=make_figure(
            [trace for trace in traces if trace is not None],
            showlegend=True,
            legend=FIGURE_LEGEND,
            xaxis={"title": {"text": describe_objective(x)}},
            yaxis={"title": {"text": describe_objective(y)}},
        ),
    )


def _draw_front_points(
    table: StudyTable, trials: pd.DataFrame, name: str, **marker: object
) -> go.Scatter | None:
    if trials.empty:
        return None
    x, y = table.objectives[:2]
    return go.Scatter(
        mode="markers",
        name=name,
        x=trials[x.name],
        y=trials[y.name],
        marker=marker,
        customdata=describe_study_trials(trials, table.parameters),
        hovertemplate=f"%{{customdata}}<br>{x.plain_name} %{{x:.4f}}<br>{y.plain_name} %{{y:.4f}}"
        "<extra></extra>",
    )


def _draw_front_line(table: StudyTable, trials: pd.DataFrame) -> go.Scatter:
    x, y = table.objectives
    return go.Scatter(
        mode="lines",
        x=trials[x.name],
        y=trials[y.name],
        line={"color": FRONT, "width": 1.5},
        showlegend=False,
        hoverinfo="skip",
    )
