"""What a person sees of a look: the checks, those that fired first, and where the rest is."""

from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.report.monitor_page import checks_table, fired_first
from segmentlab.watching.watched import Watched


def show(watched: Watched, folder: Path, url: str, console: Console | None = None) -> None:
    """The answer and every check."""
    console = console or Console()
    content = checks_table(watched.checks)
    table = Table(
        title=escape(content.title), title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True
    )
    for number, heading in enumerate(content.headings):
        table.add_column(heading, justify="right" if number else "left")
    table.add_column("What was seen")
    for row, check in zip(content.rows, fired_first(watched.checks), strict=True):
        table.add_row(*map(escape, [*row, check.told]))
    console.print(table)
    for line in (watched.answer, f"Page and tables: {folder}", f"Run: {url}"):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
