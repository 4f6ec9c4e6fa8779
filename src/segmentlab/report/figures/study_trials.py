"""What the figures of a study share: how objectives are named, and what is told of a trial."""

import html
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import pandas as pd

from segmentlab.report.palette import HUES, NOISE_COLOUR

FEASIBLE: Final = HUES[4]
FRONT: Final = HUES[0]
CHOSEN: Final = HUES[5]
INFEASIBLE: Final = NOISE_COLOUR


class Objective(NamedTuple):
    """What a study looked for: a metric, and which way is better."""

    metric: str
    better: Literal["higher", "lower"]

    @property
    def name(self) -> str:
        """`davies bouldin` for `separation/davies_bouldin`."""
        return self.metric.rpartition("/")[2].replace("_", " ")

    @property
    def title(self) -> str:
        """The name, and which way is better."""
        return f"{self.name} ({self.better} is better)"


class StudyTable(NamedTuple):
    """All trials of a study, and which of the columns were looked for and which were varied."""

    trials: pd.DataFrame  # `number`, `feasible`, `reason`, `on_front`, `chosen`, parameters and metrics
    objectives: Sequence[Objective]
    parameters: Sequence[str]

    def scored(self, *objectives: Objective) -> pd.DataFrame:
        """The trials that have a value for each of these."""
        return self.trials.dropna(subset=[one.metric for one in objectives])


def told(trials: pd.DataFrame, parameters: Sequence[str]) -> list[str]:
    """Under the mouse: which trial, what it tried, and why it does not count."""
    return [
        "<br>".join(
            html.escape(line)
            for line in (
                f"trial {row['number']}",
                *(f"{name} = {_short(row[name])}" for name in parameters if pd.notna(row[name])),
                row["reason"],
            )
            if line
        )
        for row in trials.to_dict("records")
    ]


def _short(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)
