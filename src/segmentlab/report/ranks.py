"""A leaderboard as tables for people: short headings, short numbers, the best first."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.report.table import Table
from segmentlab.report.wording import amount, percent

SHOWN_ID: Final = 8  # letters, enough to name a run by


class Shown(NamedTuple):
    """One column of a leaderboard: its heading, and how its values are written."""

    name: str
    heading: str
    wording: Callable[..., str] = str


def _whole(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.0f}"


def _number(value: float) -> str:
    return "" if pd.isna(value) else amount(value)


def _share(value: float) -> str:
    return "" if pd.isna(value) else percent(value)


def _checks(codes: str) -> str:
    return codes.replace("SEG", "").replace(",", " ")


RUN: Final = (Shown("run", "Run"),)
KNOWN: Final = (Shown("segments", "Segments", _whole), Shown("coverage", "Coverage", _share))
NOTICED: Final = (
    Shown("verdict", "Verdict"),
    Shown("checks", "Checks", _checks),
    Shown("run_id", "Id", lambda run_id: run_id[:SHOWN_ID]),
)
ACROSS: Final = (
    *RUN,
    Shown("rank", "Rank", _whole),
    *KNOWN,
    Shown("calibrated/silhouette_z", "Silhouette z", _number),
    Shown("calibrated/davies_bouldin_z", "DB z", _number),
    Shown("stability/jaccard_min", "Jaccard", _number),
    Shown("stability/prediction_strength", "Strength", _number),
    Shown("usefulness/spend_r2", "Spend R2", _number),
    Shown("usefulness/repurchase_auc", "Return AUC", _number),
    *NOTICED,
)
WITHIN: Final = (
    *RUN,
    Shown("rank_in_space", "Rank", _whole),
    *KNOWN,
    Shown("separation/silhouette", "Silhouette", _number),
    Shown("separation/davies_bouldin", "Davies-Bouldin", _number),
    *NOTICED,
)
UNRANKED: Final = (*RUN, Shown("why_no_rank", "Why"), *NOTICED)


def across_tables(board: pd.DataFrame, most: int) -> Iterator[Table]:
    """The ranks across spaces, a table for each data."""
    for data, runs in board[board["rank"].notna()].groupby("data"):
        yield _table(f"Ranks across scoring spaces: {data}", ACROSS, runs.head(most), len(runs))


def space_tables(board: pd.DataFrame, most: int) -> Iterator[Table]:
    """The ranks within each space, a table for each."""
    for (data, space), runs in board[board["rank_in_space"].notna()].groupby(["data", "space"]):
        best = runs.sort_values(["rank_in_space", "run_id"]).head(most)
        yield _table(f"Ranks within {space} ({data})", WITHIN, best, len(runs))


def unranked_table(board: pd.DataFrame, most: int) -> Table | None:
    """The runs that could not be compared across spaces, and what would help."""
    runs = board[board["rank"].isna()]
    if runs.empty:
        return None
    return _table("Without a rank across scoring spaces", UNRANKED, runs.head(most), len(runs))


def _table(title: str, shown: Sequence[Shown], runs: pd.DataFrame, of: int) -> Table:
    cells = [[column.wording(row[column.name]) for column in shown] for row in runs.to_dict("records")]
    told = title if len(cells) == of else f"{title}; {len(cells):,} of {of:,}"
    return Table(told, [column.heading for column in shown], cells)
