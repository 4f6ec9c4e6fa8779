"""One figure of a run, with the words that go under it."""

from dataclasses import dataclass

import plotly.graph_objects as go


@dataclass(frozen=True)
class Picture:
    """A figure that is drawn once, in Plotly, and shown as HTML, as PNG and in the report page.

    `name` is its file name, `title` says what it shows, `caption` how to read it and what was left out.
    """

    name: str
    title: str
    caption: str
    figure: go.Figure
