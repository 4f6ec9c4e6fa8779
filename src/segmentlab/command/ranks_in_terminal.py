"""What a person sees of a comparison: the ranks, who has none, and where the rest is."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Final

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table as Drawn

from segmentlab.comparing.agreement import Agreement
from segmentlab.report.comparison_page import agreement_table, comparison_answer
from segmentlab.report.ranks import across_tables, space_tables, unranked_table
from segmentlab.report.table import Table

SHOWN_RUNS: Final = 20
SHOWN_IN_SPACE: Final = 5
SHOWN_SPACES: Final = 10
WIDE: Final = 200


def show(
    board: pd.DataFrame,
    agreements: Sequence[Agreement],
    folder: Path,
    url: str,
    console: Console | None = None,
) -> None:
    """The answer, the best of every table, and where all of it is kept."""
    console = console or Console()
    if not console.is_terminal:
        console.width = WIDE  # a file or a pipe has no edge
    tables = [
        *across_tables(board, SHOWN_RUNS),
        *islice(space_tables(board, SHOWN_IN_SPACE), SHOWN_SPACES),
    ]
    unranked = unranked_table(board, SHOWN_RUNS)
    if unranked is not None:
        tables.append(unranked)
    if agreements:
        tables.append(agreement_table(agreements))
    for table in tables:
        console.print(_drawn(table))
    for line in (comparison_answer(board), f"Page and tables: {folder}", f"Run: {url}"):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _drawn(table: Table) -> Drawn:
    drawn = Drawn(title=escape(table.title), title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for number, heading in enumerate(table.headings):
        drawn.add_column(heading, justify="right" if number else "left")
    for row in table.rows:
        drawn.add_row(*map(escape, row))
    return drawn
