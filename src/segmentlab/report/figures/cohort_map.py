"""Whether customers come back: those who began in the same month, month by month."""

from datetime import date
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from segmentlab.flow import Picture
from segmentlab.report.figures.sales import MonthNumbers, find_last_complete_month, name_month, number_months
from segmentlab.report.heatmap import make_heatmap
from segmentlab.report.layout import DEFAULT_HEIGHT, PAPER, make_figure
from segmentlab.report.wording import format_count, format_percent

MOST_COHORTS: Final = 36  # beyond, months are put together: quarters, years
COHORT_STEPS: Final = ((1, "month"), (3, "quarter"), (12, "year"))
COHORT_ROW_HEIGHT: Final = 20
COHORT_SHADES: Final = (PAPER, "#92c5de", "#2166ac", "#08306b")  # pale to dark, also in print


class Cohorts(NamedTuple):
    """Who began together in rows, months since then in columns."""

    active: pd.DataFrame  # share of the cohort that bought; missing where it is still to come
    customers: pd.Series  # in each cohort
    period: str  # what a row and a column stand for: month, quarter or year


def find_cohorts(months: pd.DataFrame, as_of: date) -> Cohorts | None:
    """Follow each cohort to the last complete period; None where there are not two of them."""
    bought = months[months["orders"] > 0]
    every = number_months(bought["month"])
    if len(every) == 0:
        return None
    step, period = _choose_cohort_step(every, find_last_complete_month(as_of))
    when = every // step
    end = (find_last_complete_month(as_of) + 1) // step - 1
    first = pd.Series(when).groupby(bought["customer_id"].to_numpy()).transform("min").to_numpy()
    known = when <= end
    start = int(when.min())
    if end <= start:
        return None
    seen = pd.DataFrame({"cohort": first, "since": when - first, "customer": bought["customer_id"].array})
    seen = seen[known & (first < end)]  # nobody knows yet whether the last ones come back
    table = seen.drop_duplicates().groupby(["cohort", "since"]).size().unstack(fill_value=0)  # noqa: PD010
    table = table.reindex(columns=range(end - start + 1), fill_value=0)
    future = table.columns.to_numpy() > end - table.index.to_numpy()[:, None]
    active = table.div(table[0], axis="index").mask(future)
    names = [_name_cohort(cohort, step) for cohort in table.index]
    return Cohorts(active.set_axis(names), table[0].set_axis(names), period)


def draw_cohort_map(found: Cohorts) -> Picture:
    """A cell per cohort and month since its first purchase, coloured by the share that bought."""
    later = found.active.to_numpy()[:, 1:]
    rows = [f"{name} ({format_count(size)})" for name, size in found.customers.items()]
    return Picture(
        name="cohort_map",
        title="Do customers come back?",
        caption=f"Rows: customers by the {found.period} of their first purchase, with how many they are. "
        f"Colour: the share of them who bought so many {found.period}s later; the first {found.period}, in "
        "which all did, is left out. "
        f"A {found.period} that is not over is left out too. The first row holds everybody who had bought "
        "before the data begins, so it is no cohort of beginners.",
        figure=make_figure(
            [_draw_cohort_cells(later, found)],
            xaxis={"title": {"text": f"{found.period}s since the first purchase"}, "showgrid": False},
            yaxis={
                "tickvals": list(range(len(rows))),
                "ticktext": rows,
                "tickfont": {"size": 10},
                "range": [len(rows) - 0.5, -0.5],
                "showgrid": False,
            },
            height=max(DEFAULT_HEIGHT, COHORT_ROW_HEIGHT * len(rows) + 120),
        ),
    )


def _choose_cohort_step(months: MonthNumbers, end: int) -> tuple[int, str]:
    """The shortest period that gives no more rows than can be read."""
    span = end - int(months.min()) + 1
    return next((one for one in COHORT_STEPS if span <= MOST_COHORTS * one[0]), COHORT_STEPS[-1])


def _name_cohort(cohort: int, step: int) -> str:
    match step:
        case 1:
            return name_month(cohort)
        case 3:
            return f"{cohort // 4} Q{cohort % 4 + 1}"
        case _:
            return str(cohort)


def _draw_cohort_cells(later: np.ndarray, found: Cohorts) -> go.Heatmap:
    return make_heatmap(
        later.astype(np.float32),
        [[format_percent(share) for share in row] for row in later],
        (0, max(0.01, float(np.nanmax(later)))),
        title="bought",
        bar={"tickformat": ".0%"},
        x=list(range(1, later.shape[1] + 1)),
        texttemplate=None,
        textfont=None,
        colorscale=list(COHORT_SHADES),
        xgap=1,
        ygap=1,
        hoverongaps=False,
        hovertemplate=f"%{{x}} {found.period}s later: %{{text}}<extra></extra>",
    )
