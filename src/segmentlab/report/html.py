"""Pages with interactive figures: one file that opens anywhere, offline and in a sandboxed frame.

The part of the Plotly library that our figures need (`library/`, 2 MB of its 4.8) travels in the file as
gzip, .8 MB as text, and is unpacked when the first figure comes near.
A content security policy names our scripts by their digest: nothing else runs, whatever a name in the
data says, and nothing is fetched.
"""

import base64
import gzip
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from segmentlab.flow import Picture
from segmentlab.report.layout import NIGHT_COLOURS


class PageScripts(NamedTuple):
    """The scripts of every file, and the policy that lets them run and nothing else."""

    library: str  # Plotly, packed
    night: Markup  # the colours of figures on a dark screen, as JSON
    policy: str
    unpack: Markup
    draw: Markup
    read: Markup
    find: Markup


@cache
def pack_scripts() -> PageScripts:
    """Read and encode them, once per process."""
    room = files("segmentlab.report")
    own = [room.joinpath(f"{name}.js").read_text("utf-8") for name in ("unpack", "draw", "read", "find")]
    own[0] = room.joinpath("library", "unpack.min.js").read_text("utf-8") + own[0]
    packed = room.joinpath("library", "plotly.min.js.gz").read_bytes()
    library = gzip.decompress(packed).decode()
    policy = (
        "default-src 'none'; script-src "
        f"{' '.join(map(_compute_script_digest, [library, *own]))}; "
        "style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'"
    )
    night = Markup(json.dumps(NIGHT_COLOURS))  # noqa: S704  our own colours
    scripts = map(Markup, own)  # our own files
    return PageScripts(base64.b64encode(packed).decode(), night, policy, *scripts)


def pack_text(text: str) -> str:
    """Text as `unpack.js` reads it: no letter means anything to a page, and most of the length is gone."""
    return base64.b64encode(gzip.compress(text.encode(), mtime=0)).decode()


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
    environment.filters["heights_of"] = _write_heights
    return environment


def _write_figure_json(picture: Picture) -> Markup:
    # Plotly's JSON has no `<`, `>` or `/`: they are written as \u003c and so on, so no tag can end early.
    return Markup(picture.figure.to_json(validate=False))  # noqa: S704


def _write_heights(picture: Picture) -> str:
    """How high a figure is, and how high where it has another layout on a phone: known before it is drawn."""
    layout = picture.figure.layout
    narrow = (layout.meta or {}).get("narrow", {}).get("height", layout.height)
    return f"--height: {layout.height:g}px; --narrow: {narrow:g}px"


def _compute_script_digest(script: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
