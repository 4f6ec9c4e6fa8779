"""Curves behind a model's parameters: the radius of a density model, the components of a mixture."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from segmentlab.evaluation import CRITERIA, Measure, choose_even_ranks, find_measure
from segmentlab.flow import Picture
from segmentlab.report.layout import ACCENT, FIGURE_LEGEND, HUES, INK, make_curve, make_figure
from segmentlab.report.wording import format_amount, format_percent

# How near the neighbours are, and the radius that parts dense from sparse.


DRAWN_DISTANCES = 1_000


def compute_k_distance_curve(
    distances: npt.NDArray[np.float64], limit: int = DRAWN_DISTANCES
) -> pd.DataFrame:
    """The share of customers who have so many neighbours within a distance, at evenly spaced ranks."""
    ranks = choose_even_ranks(len(distances), limit)
    return pd.DataFrame({"share": (ranks + 1) / len(distances), "distance": distances[ranks]})


def draw_k_distance(distances: npt.NDArray[np.float64], neighbours: int, eps: float, chosen: bool) -> Picture:
    """The rising distances, and `eps` as a line that was `chosen` from them or given."""
    drawn = compute_k_distance_curve(distances)
    core = float(np.mean(distances <= eps))
    plot = make_figure(
        [
            go.Scatter(
                mode="lines",
                x=drawn["share"],
                y=drawn["distance"],
                line={"color": ACCENT, "width": 2},
                hovertemplate="%{x:.1%} of customers: %{y:.3g} or less<extra></extra>",
            )
        ],
        xaxis={"title": {"text": "customers, the densest first"}, "tickformat": ".0%", "range": [0, 1]},
        yaxis={"title": {"text": f"distance that holds {neighbours} customers"}, "rangemode": "tozero"},
    )
    plot.add_hline(eps, line={"color": INK, "width": 1.5, "dash": "dash"})
    origin = (
        "chosen where the curve lies farthest below the straight line between its ends"
        if chosen
        else "as it was given"
    )
    return Picture(
        name="k_distance",
        title="How near is near?",
        caption=f"The distance around each customer that holds {neighbours} customers, itself included, in "
        f"rising order. The dashed line is eps = {format_amount(eps)}, {origin}: the "
        f"{format_percent(core)} of customers "
        "below it are core points. A sharp bend speaks for one radius, a steady rise for no radius that "
        "suits all.",
        figure=plot,
    )


CRITERION_SHADES = dict(zip(CRITERIA, (ACCENT, HUES[1]), strict=True))


def find_best_criteria(criteria: pd.DataFrame) -> dict[str, int | None]:
    """The number of components that each criterion would choose."""
    table = criteria.set_index("k")
    return {name: find_measure(name).choose_k(table) for name in CRITERIA}


def draw_information_criteria(criteria: pd.DataFrame, chosen: int) -> Picture:
    """Both criteria over the number of components, the chosen one marked."""
    best = find_best_criteria(criteria)
    plot = make_figure(
        [
            _draw_criterion_line(criteria, find_measure(name), best[name], shade)
            for name, shade in CRITERION_SHADES.items()
        ],
        xaxis={
            "title": {"text": "number of components"},
            "tickvals": criteria["k"].tolist(),
            "showgrid": False,
        },
        showlegend=True,
        legend=FIGURE_LEGEND,
    )
    plot.add_vline(chosen, line={"color": INK, "width": 1.5, "dash": "dash"})
    return Picture(
        name="information_criteria",
        title="How many components?",
        caption="How badly mixtures explain the customers, with a penalty for each parameter: lower is "
        f"better, and only differences count. The dashed line is the {chosen} chosen. BIC asks for more "
        "evidence than AIC. Where both fall to the last, customers don't come in so few bells: more "
        "components describe the density better and need not be better segments.",
        figure=plot,
    )


def _draw_criterion_line(
    criteria: pd.DataFrame, measure: Measure, best: int | None, shade: str
) -> go.Scatter:
    name = f"{measure.title}, {measure.k_rule.words} at {best}"
    return make_curve(criteria["k"], criteria[measure.name], name, "%{x} components: %{y:,.0f}", shade)
