"""How every command writes to people: lines that can be copied, prose, and tables."""

import textwrap
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.lab.cli.journal import find_journal

FILE_WIDTH: Final = 200  # of a file or a pipe, which has no edge
EDGES: Final = 2  # letters that a table takes beside its columns
GAP: Final = 2  # between two columns
NARROWEST: Final = 10  # letters of a line of a heading


def open_console() -> Console:
    """The terminal, as wide as it is; a file or a pipe is as wide as tables need."""
    console = Console() if find_journal() is None else Console(force_terminal=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


def print_line(text: str, console: Console | None = None, *, bold: bool = False) -> None:
    """A line as it is: nothing is wrapped, so an address or a command can be copied."""
    style = "bold" if bold else None
    (console or open_console()).print(text, style=style, markup=False, highlight=False, soft_wrap=True)


def print_prose(text: str, console: Console | None = None, style: str | None = None) -> None:
    """Sentences, wrapped between words where there is an edge."""
    console = console or open_console()
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=not console.is_terminal)


def make_table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str | None = None,
    left: Collection[str] = (),
    whole: bool = False,
) -> Table:
    """A table whose columns are flush right but for those named in `left`.

    Cells come from data, so none is markup. Text, which is flush left, is wrapped where there is an edge, and
    never cut; a number is never wrapped. Those of a `whole` table are as they are.
    """
    table = Table(
        title=None if title is None else escape(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    lines = list(rows)
    for place, heading in enumerate(headings):
        is_text = heading in left
        told = heading if whole or is_text else fold_heading(heading, [line[place] for line in lines])
        table.add_column(
            escape(told),
            justify="left" if is_text else "right",
            no_wrap=whole or not is_text,
            overflow="fold",
        )
    for line in lines:
        table.add_row(*map(escape, line))
    return table


def fold_heading(heading: str, cells: Iterable[str]) -> str:
    """The heading in lines that are no wider than the cells below it, but for a word that is."""
    longest = max((len(word) for word in (*heading.split(), *cells)), default=0)
    return "\n".join(
        textwrap.wrap(heading, max(longest, NARROWEST), break_long_words=False, break_on_hyphens=False)
    )


def select_fitting_columns(cells: Mapping[str, Sequence[str]], width: int) -> list[str]:
    """The columns that stand beside each other uncut, the first before the others; one at least.

    Cells may have several lines, as a heading with its kind has.
    """
    room, chosen = width - EDGES, list[str]()
    for name, column in cells.items():
        room -= GAP + max(len(line) for cell in column for line in cell.splitlines() or [""])
        if room < 0 and chosen:
            return chosen
        chosen.append(name)
    return chosen
