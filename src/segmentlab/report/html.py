"""Pages with interactive figures: one file that opens anywhere, offline and in a sandboxed frame.

The part of the Plotly library that our figures need (`library/`, 2 MB of its 4.8) travels in the file as
gzip, .8 MB as text, and the browser inflates it.
A content security policy names our scripts by their digest: nothing else runs, whatever a name in the
data says, and nothing is fetched.
"""

import base64
import gzip
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from segmentlab.flow import Picture


class PageScripts(NamedTuple):
    """The scripts of every file, and the policy that lets them run and nothing else."""

    library: str  # Plotly, packed
    policy: str
    draw: Markup
    read: Markup
    find: Markup


@cache
def pack_scripts() -> PageScripts:
    """Read and encode them, once per process."""
    room = files("segmentlab.report")
    draw, read, find = (room.joinpath(f"{name}.js").read_text("utf-8") for name in ("draw", "read", "find"))
    packed = room.joinpath("library", "plotly.min.js.gz").read_bytes()
    library = gzip.decompress(packed).decode()
    policy = (
        "default-src 'none'; script-src "
        f"{' '.join(map(_compute_script_digest, [library, draw, read, find]))}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    own = (Markup(script) for script in (draw, read, find))  # noqa: S704  our own files
    return PageScripts(base64.b64encode(packed).decode(), policy, *own)


@cache
def load_templates() -> Environment:
    """The templates of this room: everything from data is escaped, and a misspelt name is an error."""
    environment = Environment(
        loader=PackageLoader("segmentlab.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["json_of"] = _write_figure_json
    return environment


def _write_figure_json(picture: Picture) -> Markup:
    # Plotly's JSON has no `<`, `>` or `/`: they are written as \u003c and so on, so no tag can end early.
    return Markup(picture.figure.to_json(validate=False))  # noqa: S704


def _compute_script_digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
