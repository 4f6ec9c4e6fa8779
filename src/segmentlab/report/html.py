"""Interactive figures in one file that opens anywhere: offline, and in a sandboxed frame.

The Plotly library (4.8 MB) travels in the file as gzip, 2 MB as text, and the browser inflates it.
A content security policy names the two scripts of the file by their digest: nothing else runs,
whatever a name in the data says, and nothing is fetched.
"""

import base64
import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from segmentlab.report.picture import Picture


class Scripts(NamedTuple):
    """The scripts of every file: the packed library, what draws with it, and what may run."""

    library: str
    draw: Markup
    policy: str


def figure_html(picture: Picture) -> str:
    """Write one figure with its title and caption as a self-contained HTML file."""
    return templates().get_template("figure.html.jinja").render(picture=picture, scripts=scripts())


@cache
def scripts() -> Scripts:
    """Pack the library, once per process: it takes a tenth of a second."""
    from plotly.offline import get_plotlyjs

    library = get_plotlyjs()
    draw = files("segmentlab.report").joinpath("draw.js").read_text(encoding="utf-8")
    packed = gzip.compress(library.encode(), compresslevel=6, mtime=0)
    policy = (
        f"default-src 'none'; script-src {_digest(library)} {_digest(draw)}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    return Scripts(base64.b64encode(packed).decode(), Markup(draw), policy)  # noqa: S704  our own file


@cache
def templates() -> Environment:
    """The templates of this room: everything from data is escaped, and a misspelt name is an error."""
    environment = Environment(
        loader=PackageLoader("segmentlab.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json_of"] = _json
    return environment


def _json(picture: Picture) -> Markup:
    # Plotly's JSON has no `<`, `>` or `/`: they are written as \u003c and so on, so no tag can end early.
    return Markup(picture.figure.to_json(validate=False))  # noqa: S704


def _digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
