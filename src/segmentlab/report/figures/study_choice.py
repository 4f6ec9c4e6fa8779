"""What each kind of evidence would have chosen of a study, and how like that the chosen trial is."""

from typing import Final

import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.layout import FIGURE_LEGEND, HUES, make_figure

COMPARED: Final = {"likeness_chosen": "chosen", "likeness_untuned": "untuned"}
EVIDENCE_BAR: Final = 30  # pixels


def draw_study_choice(evidence: pd.DataFrame) -> Picture:
    """Two bars for each kind of evidence: its likeness to the chosen segments and to the untuned ones."""
    data = evidence.iloc[::-1]  # bars are drawn upwards
    names = [
        f"{one} ({segments} segments)"
        for one, segments in zip(data["evidence"], data["segments"], strict=True)
    ]
    shown = {column: name for column, name in COMPARED.items() if column in data}
    lowest = min(0.0, float(data[list(shown)].min().min()))
    return Picture(
        name="study_choice",
        title="What would each kind of evidence have chosen?",
        caption=f"{_tell_picks(evidence)} A bar is the adjusted Rand index between what the evidence picked, "
        "among the trials and proposals of other models, and the segments of the run: 1 is the same. The "
        "trial that is most like all of the picks was chosen; the untuned model stays unless it is clearly "
        "less like them.",
        figure=make_figure(
            [
                _draw_bars(data[column], names, name, hue)
                for (column, name), hue in zip(shown.items(), HUES, strict=False)
            ],
            showlegend=True,
            legend=FIGURE_LEGEND,
            height=150 + EVIDENCE_BAR * 2 * len(data),
            xaxis={
                "title": {"text": "adjusted Rand index"},
                "range": [lowest, 1.15],
            },
            yaxis={"showgrid": False},
        ),
    )


def _tell_picks(evidence: pd.DataFrame) -> str:
    """Each with the trial that comes nearest to what it picked."""
    told = (
        f"{row['evidence']} ({row['looks_for']}): trial {row['trial']}"
        + ("" if row["likeness"] > 0.999 else f", {row['likeness']:.2f} like it")
        for row in evidence.to_dict("records")
    )
    return f"{'; '.join(told)}."


def _draw_bars(likeness: pd.Series, names: list[str], name: str, hue: str) -> go.Bar:
    return go.Bar(
        orientation="h",
        name=name,
        x=likeness,
        y=names,
        marker={"color": hue},
        text=[f"{one:.2f}" for one in likeness],
        textposition="outside",
        hovertemplate="%{y}: %{x:.3f}<extra></extra>",
    )
