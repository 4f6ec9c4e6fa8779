"""The part of Plotly that pages carry: what it has to know, and whose version it is."""

import gzip
import re
from importlib.resources import files

from plotly.offline import get_plotlyjs_version

from segmentlab.report.raster.traces import PAINTERS

LIBRARY = files("segmentlab.report").joinpath("library")


def test_it_draws_every_kind_of_trace_that_a_figure_may_have():
    added = re.findall(r"plotly\.js/lib/(\w+)", LIBRARY.joinpath("entry.js").read_text("utf-8"))
    assert {*added, "scatter"} == {*PAINTERS, "core"}, "change entry.js, and run `make plotly`"


def test_it_is_of_the_version_that_figures_are_written_for():
    library = gzip.decompress(LIBRARY.joinpath("plotly.min.js.gz").read_bytes()).decode()
    assert library.startswith(f"/* plotly.js v{get_plotlyjs_version()},"), "run `make plotly`"
