"""The layout of a figure with all that its template says about it."""

import re
from typing import Any, Final

import plotly.graph_objects as go

SECOND_AXIS: Final = re.compile(r"([xy]axis)\d+")


def resolved(figure: go.Figure) -> go.Layout:
    """Fill in from the template what the figure itself leaves open; a second axis follows the first."""
    template = figure.layout.template.layout.to_plotly_json()
    own = {name: part for name, part in figure.layout.to_plotly_json().items() if name != "template"}
    layout = _merged(template, own)
    for name, part in own.items():
        if axis := SECOND_AXIS.fullmatch(name):
            layout[name] = _merged(template.get(axis[1], {}), part)
    return go.Layout(layout)


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    both = {name: _merged(base[name], part) for name, part in own.items() if _are_dicts(base.get(name), part)}
    return base | own | both


def _are_dicts(*parts: object) -> bool:
    return all(isinstance(part, dict) for part in parts)
