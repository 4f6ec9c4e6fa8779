"""A look at the data before anything is computed from it: how it was read, and its first rows."""

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.transactions.dataset import Dataset

ROWS = 10
WIDE = 160


def show(dataset: Dataset, console: Console | None = None) -> None:
    """What the reader found and decided, then the first rows as the flow will see them."""
    console = console or Console()
    if not console.is_terminal:
        console.width = WIDE  # a file or a pipe has no edge
    console.print(dataset.source, style="bold", markup=False, highlight=False, soft_wrap=True)
    tell_notes(dataset, console)
    table = Table(box=box.SIMPLE_HEAD)
    for name, kind in dataset.transactions.schema().items():
        table.add_column(escape(f"{name}\n{kind}"), no_wrap=True)
    for row in dataset.transactions.limit(ROWS).to_pyarrow().to_pylist():
        table.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    console.print(table)


def tell_notes(dataset: Dataset, console: Console | None = None) -> None:
    """One line per decision of the reader."""
    for note in dataset.notes:
        (console or Console()).print(note, markup=False, highlight=False, soft_wrap=True)
