"""How every command writes to people: lines that can be copied, prose, and tables."""

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

FILE_WIDTH: Final = 200  # of a file or a pipe, which has no edge


def open_console() -> Console:
    """The terminal, as wide as it is; a file or a pipe is as wide as tables need."""
    console = Console()
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

    Cells come from data, so none is markup. Those of a `whole` table are never wrapped.
    """
    table = Table(
        title=None if title is None else escape(title),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        collapse_padding=True,
    )
    for heading in headings:
        table.add_column(escape(heading), justify="left" if heading in left else "right", no_wrap=whole)
    for row in rows:
        table.add_row(*map(escape, row))
    return table
