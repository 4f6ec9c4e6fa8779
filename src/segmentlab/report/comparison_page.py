"""The comparison of runs as one HTML file."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.evaluation import MEASURES, Agreement, Measure, find_measure, select_ranks
from segmentlab.flow import Picture
from segmentlab.report.figures.overlap import draw_overlap
from segmentlab.report.html import load_templates, pack_scripts
from segmentlab.report.tables import ReportTable
from segmentlab.report.wording import format_amount, format_count, format_percent

# A leaderboard as tables for people: short headings, short numbers, the best first.


SHOWN_ID: Final = 8  # letters, enough to name a run by


class BoardColumn(NamedTuple):
    """One column of a leaderboard: its heading, and how its values are written."""

    name: str
    heading: str
    wording: Callable[..., str] = str


def _format_whole(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0f}"


def _format_score(value: float) -> str:
    return "" if pd.isna(value) else format_amount(value)


def _format_share(value: float) -> str:
    return "" if pd.isna(value) else format_percent(value)


def _format_checks(codes: str) -> str:
    return codes.replace("SEG", "").replace(",", " ")


RUN_COLUMNS: Final = (BoardColumn("run", "Run"),)
STANDING_COLUMNS: Final = (BoardColumn("standing", "As good as the best"),)
NOTICED_COLUMNS: Final = (
    BoardColumn("verdict", "Verdict"),
    BoardColumn("checks", "Checks", _format_checks),
    BoardColumn("run_id", "Id", lambda run_id: run_id[:SHOWN_ID]),
)
UNRANKED_COLUMNS: Final = (*RUN_COLUMNS, BoardColumn("why_no_rank", "Why"), *NOTICED_COLUMNS)


def make_across_tables(
    board: pd.DataFrame, most: int, measures: Sequence[Measure] = MEASURES
) -> Iterator[ReportTable]:
    """The ranks across spaces, a table for each data."""
    ranked_by = [*select_ranks("data", measures), *select_ranks("beside", measures)]
    shown = _list_rank_columns("rank", ranked_by, STANDING_COLUMNS)
    marked = board.assign(standing=_mark_standing(board))
    for data, runs in marked[marked["rank"].notna()].groupby("data"):
        yield _make_board_table(f"Ranks across scoring spaces: {data}", shown, runs.head(most), len(runs))


def _mark_standing(board: pd.DataFrame) -> pd.Series:
    equal = board["as_good_as_best"].map({True: "yes", False: ""})
    return equal.mask(board["recommended"], "recommended")


def make_space_tables(
    board: pd.DataFrame, most: int, measures: Sequence[Measure] = MEASURES
) -> Iterator[ReportTable]:
    """The ranks within each space, a table for each."""
    shown = _list_rank_columns("rank_in_space", select_ranks("space", measures))
    for (data, space), runs in board[board["rank_in_space"].notna()].groupby(["data", "space"]):
        best = runs.sort_values(["rank_in_space", "run_id"]).head(most)
        yield _make_board_table(f"Ranks within {space} ({data})", shown, best, len(runs))


def make_unranked_table(board: pd.DataFrame, most: int) -> ReportTable | None:
    """The runs that could not be compared across spaces, and what would help."""
    runs = board[board["rank"].isna()]
    if runs.empty:
        return None
    return _make_board_table(
        "Without a rank across scoring spaces", UNRANKED_COLUMNS, runs.head(most), len(runs)
    )


def _list_rank_columns(
    rank: str, ranked_by: Sequence[Measure], standing: Sequence[BoardColumn] = ()
) -> list[BoardColumn]:
    """A rank, what was noticed, which must not be overlooked, and the numbers that the rank rests on."""
    return [
        *RUN_COLUMNS,
        BoardColumn(rank, "Rank", _format_whole),
        *standing,
        *NOTICED_COLUMNS,
        BoardColumn("segments", find_measure("segments/count").title, _format_whole),
        BoardColumn("coverage", find_measure("separation/coverage").title, _format_share),
        *(BoardColumn(measure.name, measure.heading, _format_score) for measure in ranked_by),
    ]


def _make_board_table(title: str, shown: Sequence[BoardColumn], runs: pd.DataFrame, of: int) -> ReportTable:
    cells = [[column.wording(row[column.name]) for column in shown] for row in runs.to_dict("records")]
    told = title if len(cells) == of else f"{title}; {len(cells):,} of {of:,}"
    return ReportTable(told, [column.heading for column in shown], cells)


SHOWN_RUNS: Final = 100  # per table; leaderboard.csv has them all


def draw_comparison_pictures(agreements: Sequence[Agreement]) -> list[Picture]:
    """A heatmap for each two runs."""
    return [draw_overlap(found, number) for number, found in enumerate(agreements, start=1)]


def write_comparison_page(
    board: pd.DataFrame, agreements: Sequence[Agreement], pictures: Sequence[Picture]
) -> str:
    """Write leaderboard and agreements as one self-contained HTML file."""
    return (
        load_templates()
        .get_template("comparison_page.html.jinja")
        .render(
            content={
                "title": "Comparison of runs",
                "subtitle": f"{format_count(len(board))} finished runs, "
                f"{format_count(board['space'].nunique())} scoring "
                "spaces. leaderboard.csv beside this page has every run and every number.",
                "pictures": pictures,
            },
            answer=describe_best_runs(board),
            notes=[
                measure.rank.note
                for measure in (*select_ranks("data"), *select_ranks("beside"))
                if measure.rank and measure.rank.note
            ],
            across=list(make_across_tables(board, SHOWN_RUNS)),
            spaces=list(make_space_tables(board, SHOWN_RUNS)),
            unranked=make_unranked_table(board, SHOWN_RUNS),
            agreement=make_agreement_table(agreements),
            scripts=pack_scripts(),
        )
    )


def describe_best_runs(board: pd.DataFrame) -> str:
    """Which run is recommended on each data, and why, as far as that can be said."""
    best = board[board["recommended"]]
    if best.empty:
        return "No run can be ranked across scoring spaces: see below what each lacks."
    counts = board["data"].value_counts()
    return " ".join(
        f"On {row['data']}, {row['run']} is recommended of {_describe_run_count(int(counts[row['data']]))}: "
        f"{row['reason']}"
        for row in best.sort_values("data").to_dict("records")
    )


def make_agreement_table(agreements: Sequence[Agreement]) -> ReportTable:
    """How far each two runs agree, in numbers."""
    rows = [
        [f"{found.first} and {found.second}", format_amount(found.adjusted_rand), format_count(found.placed),
         format_count(found.shared)]
        for found in agreements
    ]  # fmt: skip
    return ReportTable(
        "Agreement of segments", ["Runs", "Adjusted Rand", "In a segment", "Shared customers"], rows
    )


def _describe_run_count(number: int) -> str:
    return "1 run" if number == 1 else f"{format_count(number)} runs"
