"""What a run leaves behind, as plain data.

The core yields these items and never meets the tracking tool: `tracking` turns each into calls,
and a test reads them as they are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import plotly.graph_objects as go

if TYPE_CHECKING:
    import pandas as pd

    from segmentlab.flow.place import Recipe
    from segmentlab.modelling import Scorer


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from: enough to make it again."""

    choices: Mapping[str, str]  # the name of the option per group
    parameters: Mapping[str, str]  # every value, flat
    config: str  # the resolved configuration as YAML
    command: str
    code: str
    versions: Mapping[str, str]


# One figure of a run, with the words that go under it.


@dataclass(frozen=True)
class Picture:
    """A figure that is drawn once, in Plotly, and shown as HTML, as PNG and in the report page.

    `name` is its file name, `title` says what it shows, `caption` how to read it and what was left out.
    """

    name: str
    title: str
    caption: str
    figure: go.Figure


@dataclass(frozen=True)
class Param:
    """A choice that was made before the run: it never changes."""

    key: str
    value: str


@dataclass(frozen=True)
class Metric:
    """A number that the run measured. A number that could not be measured is not logged."""

    key: str
    value: float


@dataclass(frozen=True)
class Tag:
    """A fact to search runs by."""

    key: str
    value: str


@dataclass(frozen=True)
class Table:
    """A frame under `path`, whose ending says how it is written: `.csv` (in `encoding`) or `.parquet`."""

    path: str
    frame: "pd.DataFrame"
    encoding: str = "utf-8"


@dataclass(frozen=True)
class Document:
    """A file for another program under `path`, such as slides, as the bytes that it consists of."""

    path: str
    content: bytes


@dataclass(frozen=True)
class Folder:
    """Files that an engine wrote into a folder of its own, kept as they are as a folder of this path."""

    path: str
    source: Path


@dataclass(frozen=True)
class Figure:
    """A picture, kept as interactive HTML and as PNG under `figures/<name>`."""

    picture: "Picture"


@dataclass(frozen=True)
class Text:
    """A text file under `path`: the report, the resolved configuration."""

    path: str
    content: str


@dataclass(frozen=True)
class Summary:
    """The run in a few lines of Markdown, for whoever looks at a list of runs."""

    markdown: str


@dataclass(frozen=True)
class FittedModel:
    """What places customers, how they have to be described, and rows of features that show what it takes."""

    scorer: "Scorer"
    recipe: "Recipe"
    example: "pd.DataFrame"


@dataclass(frozen=True)
class DatasetRef:
    """Which data the run saw, without the data."""

    name: str
    digest: str
    source: str
    rows: int
    customers: int


@dataclass(frozen=True)
class Child:
    """A run below the run: one trial of its study."""

    number: int
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    begun: int  # milliseconds since 1970
    ended: int


@dataclass(frozen=True)
class Children:
    """Trials of a study. A trial is kept once, however often it is told and whoever tells it."""

    study: str
    trials: Sequence[Child]


Item = (
    Param
    | Metric
    | Tag
    | Table
    | Document
    | Folder
    | Figure
    | Text
    | Summary
    | FittedModel
    | DatasetRef
    | Children
)
