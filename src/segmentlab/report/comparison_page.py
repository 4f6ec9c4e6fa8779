"""The comparison of runs as one HTML file."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from segmentlab.comparing.agreement import Agreement
from segmentlab.report.figures.overlap import overlap
from segmentlab.report.html import scripts, templates
from segmentlab.report.picture import Picture
from segmentlab.report.ranks import across_tables, space_tables, unranked_table
from segmentlab.report.table import Table
from segmentlab.report.wording import amount, count

SHOWN_RUNS: Final = 100  # per table; leaderboard.csv has them all


def comparison_pictures(agreements: Sequence[Agreement]) -> list[Picture]:
    """A heatmap for each two runs."""
    return [overlap(found, number) for number, found in enumerate(agreements, start=1)]


def comparison_page(board: pd.DataFrame, agreements: Sequence[Agreement], pictures: Sequence[Picture]) -> str:
    """Write leaderboard and agreements as one self-contained HTML file."""
    return (
        templates()
        .get_template("comparison_page.html.jinja")
        .render(
            content={
                "title": "Comparison of runs",
                "subtitle": f"{count(len(board))} finished runs, {count(board['space'].nunique())} scoring "
                "spaces. leaderboard.csv beside this page has every run and every number.",
                "pictures": pictures,
            },
            answer=comparison_answer(board),
            across=list(across_tables(board, SHOWN_RUNS)),
            spaces=list(space_tables(board, SHOWN_RUNS)),
            unranked=unranked_table(board, SHOWN_RUNS),
            agreement=agreement_table(agreements),
            scripts=scripts(),
        )
    )


def comparison_answer(board: pd.DataFrame) -> str:
    """Which run is best on each data, as far as that can be said."""
    best = board[board["rank"] == 1]
    if best.empty:
        return "No run can be ranked across scoring spaces: see below what each lacks."
    return " ".join(
        f"On {data}, {_listed(list(runs['run']))} of {_runs(int((board['data'] == data).sum()))}."
        for data, runs in best.groupby("data")
    )


def agreement_table(agreements: Sequence[Agreement]) -> Table:
    """How far each two runs agree, in numbers."""
    rows = [
        [f"{found.first} and {found.second}", amount(found.adjusted_rand), count(found.placed),
         count(found.shared)]
        for found in agreements
    ]  # fmt: skip
    return Table("Agreement of segments", ["Runs", "Adjusted Rand", "In a segment", "Shared customers"], rows)


def _listed(names: Sequence[str]) -> str:
    return f"{names[0]} is best" if len(names) == 1 else f"{', '.join(names[:3])} are equally best"


def _runs(number: int) -> str:
    return "1 run" if number == 1 else f"{count(number)} runs"
