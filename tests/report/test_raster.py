"""Every figure paints to a PNG that shows it, and what can't be painted says so."""

import importlib
import inspect
import io
import pkgutil
import re

import matplotlib.image
import numpy as np
import plotly.graph_objects as go
import pytest

from segmentlab.flow.items import Picture
from segmentlab.report import figures
from segmentlab.report.figures.data_spread import MEASURE_WORDS
from segmentlab.report.layout import PAPER, choose_colour, make_figure
from segmentlab.report.raster.canvas import paint_png
from segmentlab.report.raster.panel import PanelScale
from tests.report.shop import draw, make_shop


def pixels(image: bytes) -> np.ndarray:
    return (matplotlib.image.imread(io.BytesIO(image))[..., :3] * 255).round().astype(np.uint8)


def shows(image: bytes, shade: str) -> bool:
    """Whether more than a few pixels are exactly of this colour."""
    return (pixels(image) == list(bytes.fromhex(shade[1:]))).all(axis=-1).sum() > 20


KINDS = (Picture, Picture | None)  # what a function that draws gives back


def drawing_functions() -> set[str]:
    """The names of the functions in `figures` that return a Picture."""
    modules = [
        importlib.import_module(m.name)
        for m in pkgutil.iter_modules(figures.__path__, f"{figures.__name__}.")
    ]
    functions = [f for module in modules for _, f in inspect.getmembers(module, inspect.isfunction)]
    drawing = (f.__name__ for f in functions if inspect.signature(f).return_annotation in KINDS)
    return {name for name in drawing if not name.startswith("_")}


def test_no_figure_is_forgotten_here(pictures):
    which = "|".join([r"\d+", *MEASURE_WORDS])  # one function draws several
    painted = {"draw_" + re.sub(rf"_({which})$", "", picture.name) for picture in pictures}
    assert painted == drawing_functions()


def test_every_figure_paints(pictures, subtests):
    for picture in pictures:
        with subtests.test(picture.name):
            image = pixels(paint_png(picture.figure, title=picture.title, width=900, height=560))
            assert image.shape == (560, 900, 3)
            assert len(np.unique(image @ [1 << 16, 1 << 8, 1])) > 50
            margin = np.concatenate([image[:6].ravel(), image[-6:].ravel(), image[:, -6:].ravel()])
            assert (margin == 255).all(), "something is cut at the edge"


@pytest.mark.slow
def test_odd_shops_paint(subtests):
    odd = {
        "one segment": ["Everyone"],
        "noise": ["Noise", "Core"],
        "sixty": [f"Segment number {n} with a long name" for n in range(60)],
        "letters": [
            "$x^2$ <b>bold</b>",
            "emoji \N{GRINNING FACE}",
            "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        ],
    }
    for name, names in odd.items():
        with subtests.test(name):
            for picture in draw(make_shop(names, noise=name == "noise")):
                assert len(np.unique(pixels(paint_png(picture.figure)))) > 10


def test_segments_keep_their_colour_in_the_png(pictures):
    image = paint_png(next(p for p in pictures if p.name == "silhouette_plot").figure)
    assert all(shows(image, choose_colour(segment)) for segment in (0, 1, 2))


def test_a_png_is_as_tall_as_the_figure_asks():
    bars = make_figure([go.Bar(x=["a"], y=[1])], height=700)
    assert pixels(paint_png(bars)).shape == (700, 900, 3)


def test_a_bar_may_hang_in_the_air():
    bar = go.Bar(orientation="h", base=[1], x=[1], y=[0], marker={"color": "#ff0000"})
    blank = {"showgrid": False, "tickvals": []}
    plot = make_figure([bar], xaxis={**blank, "range": [0, 2]}, yaxis={**blank, "range": [-1, 1]})
    image = pixels(paint_png(plot, width=400, height=400))
    assert [image[200, x].tolist() for x in (100, 300)] == [[255, 255, 255], [255, 0, 0]]


@pytest.mark.parametrize(("fill", "inside", "outside"), [("tozeroy", 0.5, 1.5), ("tozerox", 1.5, 0.5)])
def test_areas_are_filled_on_the_right_side(fill, inside, outside):
    area = go.Scatter(
        x=[0, 2], y=[0, 2], mode="lines", fill=fill, fillcolor="#ff0000", line={"color": "#0000ff"}
    )
    blank = {"visible": False, "range": [0, 2], "showgrid": False, "tickvals": []}
    image = pixels(paint_png(make_figure([area], xaxis=blank, yaxis=blank), width=400, height=400))
    from_above = {y: round(400 * (1 - y / 2)) for y in (inside, outside)}
    assert image[from_above[inside], 200].tolist() == [255, 0, 0]
    assert image[from_above[outside], 200].tolist() == [255, 255, 255]


def test_a_closed_outline_is_filled_inside_and_keeps_its_colour_in_the_legend():
    outline = {"x": [0.5, 1.5, 1.5, 0.5, 0.5], "y": [0.5, 0.5, 1.5, 1.5, 0.5]}
    square = go.Scatter(
        mode="lines", fill="toself", fillcolor="#ff0000", line={"color": "#ffffff"}, **outline
    )
    blank = {"range": [0, 2], "showgrid": False, "tickvals": []}
    image = pixels(paint_png(make_figure([square], xaxis=blank, yaxis=blank), width=400, height=400))
    assert [image[200, x].tolist() for x in (60, 200, 340)] == [[255] * 3, [255, 0, 0], [255] * 3]
    named = make_figure(
        [square.update(name="square", x=[0], y=[0])], xaxis=blank, yaxis=blank, showlegend=True
    )
    assert shows(paint_png(named), "#ff0000")


def test_bands_of_a_sankey_diagram_are_as_wide_as_what_moves():
    """Of 4, 3 stay and 1 moves down to the 2 below; bars have no gap here, so a customer is a sixth."""
    node = {"label": list("abcd"), "color": ["#ff0000", "#00ff00"] * 2, "pad": 0, "thickness": 40}
    link = {"source": [0, 1, 0], "target": [2, 3, 3], "value": [3, 2, 1], "color": "rgba(0, 0, 0, 1)"}
    image = pixels(paint_png(make_figure([go.Sankey(node=node, link=link)]), width=600, height=632))
    left, middle, right = (image[16:-16, x] for x in (24, 300, 575))
    assert [(left == shade).all(axis=-1).sum() for shade in ([255, 0, 0], [0, 255, 0])] == [400, 200]
    assert [(right == shade).all(axis=-1).sum() for shade in ([255, 0, 0], [0, 255, 0])] == [300, 300]
    assert (middle == 0).all(axis=-1).sum() == pytest.approx(600, abs=6)


def test_a_line_ends_where_its_data_ends():
    line = go.Scatter(mode="lines", x=[0, 1], y=[1, 1], line={"color": "#ff0000", "width": 40})
    blank = {"range": [0, 2], "showgrid": False, "tickvals": []}
    image = pixels(paint_png(make_figure([line], xaxis=blank, yaxis=blank), width=400, height=400))
    assert [image[200, x].tolist() for x in (195, 206)] == [[255, 0, 0], [255, 255, 255]]


def test_log_axes_place_decades_evenly():
    dots = go.Scatter(x=[1, 10, 100], y=[1, 1, 1], mode="markers", marker={"color": "#ff0000", "size": 8})
    empty = {"showgrid": False, "tickvals": [1], "ticktext": [""]}
    image = pixels(
        paint_png(make_figure([dots], xaxis={**empty, "type": "log", "range": [-1, 3]}, yaxis=empty))
    )
    columns = np.flatnonzero((image == [255, 0, 0]).all(axis=-1).any(axis=0))
    centres = [group.mean() for group in np.split(columns, np.flatnonzero(np.diff(columns) > 1) + 1)]
    assert centres[1] - centres[0] == pytest.approx(centres[2] - centres[1], abs=2)


def test_a_point_takes_its_colour_from_the_steps_of_a_scale():
    steps = [[0, "#ff0000"], [0.5, "#ff0000"], [0.5, "#0000ff"], [1, "#0000ff"]]
    marker = {"color": [0, 1], "colorscale": steps, "cmin": -0.5, "cmax": 1.5, "size": 30}
    dots = go.Scatter(x=[0, 1], y=[0, 0], mode="markers", marker=marker)
    image = pixels(paint_png(make_figure([dots], xaxis={"range": [-1, 2]}), width=400, height=400))
    reds, blues = ((image == shade).all(axis=-1).any(axis=0) for shade in ([255, 0, 0], [0, 0, 255]))
    assert reds.any()
    assert np.flatnonzero(reds).max() < np.flatnonzero(blues).min()


def test_an_axis_to_zero_begins_at_zero():
    line = go.Scatter(x=[0, 1], y=[50, 50], mode="lines", line={"color": "#ff0000", "width": 6})
    axis = {"rangemode": "tozero", "tickvals": [0, 100], "ticktext": ["0", "100"]}
    ground = go.Scatter(x=[0, 1], y=[100, 100], mode="lines", line={"color": "#0000ff", "width": 6})
    image = pixels(paint_png(make_figure([line, ground], yaxis=axis, height=400)))
    half, whole = (
        np.flatnonzero((image == c).all(axis=-1).any(axis=1)).mean() for c in ([255, 0, 0], [0, 0, 255])
    )
    assert half - whole > 130, "half of the panel lies below the line at half"


def test_given_ticks_follow_the_format_of_their_axis():
    axis = go.layout.XAxis(tickvals=[0, 0.25], tickformat=".0%")
    assert PanelScale(axis)._tick_texts() == ["0%", "25%"]


def test_labels_that_are_not_shown_leave_the_paper_white():
    dot = go.Scatter(x=[1], y=[1], mode="markers", marker={"color": PAPER})
    bare = {"showgrid": False, "showticklabels": False}
    assert (pixels(paint_png(make_figure([dot], xaxis=bare, yaxis=bare))) == 255).all()


@pytest.mark.parametrize(
    ("plot", "named"),
    [
        (go.Figure(go.Pie(values=[1, 2])), "'pie'"),
        (go.Figure(go.Bar(x=[1], y=[1]), {"barmode": "stack"}), "'stack'"),
        (go.Figure(go.Scatter(x=[1], y=[1], fill="tonexty", mode="lines")), "'tonexty'"),
        (go.Figure(go.Scatter(x=[1], y=[1], mode="text")), "'text'"),
        (go.Figure(go.Scatter(x=[1], y=[1]), {"shapes": [{"type": "circle"}]}), "'circle'"),
        (go.Figure(go.Scatter(x=[1], y=[1]), {"annotations": [{"text": "here"}]}), "arrow"),
    ],
)
def test_what_has_no_painter_is_named(plot, named):
    with pytest.raises(NotImplementedError, match=named):
        paint_png(plot)
