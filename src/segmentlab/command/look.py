"""A look at the data before anything is computed from it: how it was read, and its first rows."""

from collections.abc import Sequence

import ibis.expr.types as ir
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.transactions.dataset import CustomersOnly, Dataset

ROWS = 10
WIDE = 160


def show(dataset: Dataset | CustomersOnly, console: Console | None = None) -> None:
    """What the reader found and decided, then the first rows as the flow will see them."""
    console = console or Console()
    if not console.is_terminal:
        console.width = WIDE  # a file or a pipe has no edge
    console.print(dataset.source, style="bold", markup=False, highlight=False, soft_wrap=True)
    tell(dataset.notes, console)
    for name, table in dataset.tables.items():
        console.print(_first_rows(name, table))


def _first_rows(name: str, rows: ir.Table) -> Table:
    table = Table(title=name, title_justify="left", box=box.SIMPLE_HEAD)
    for column, kind in rows.schema().items():
        table.add_column(escape(f"{column}\n{kind}"), no_wrap=True)
    for row in rows.limit(ROWS).to_pyarrow().to_pylist():
        table.add_row(*("" if value is None else escape(str(value)) for value in row.values()))
    return table


def tell(notes: Sequence[str], console: Console | None = None) -> None:
    """One line per decision of the reader."""
    for note in notes:
        (console or Console()).print(note, markup=False, highlight=False, soft_wrap=True)
