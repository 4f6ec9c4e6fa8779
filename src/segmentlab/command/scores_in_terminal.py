"""What a person sees of a scoring: who is where, who is new or gone, and where the scores are."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table


def show(manifest: Mapping[str, Any], written: str, console: Console | None = None) -> None:
    """The segments, then the counts that ask to be looked at."""
    console = console or Console()
    when = f" as of {manifest['as_of']}" if manifest["as_of"] else ""
    headline = (
        f"\n{manifest['customers']['scored']:,} customers{when}, placed by {manifest['model']['address']}"
    )
    console.print(headline, style="bold", markup=False, highlight=False, soft_wrap=True)
    console.print(_segments(manifest))
    for line in _counts(manifest["customers"]):
        console.print(line, markup=False, highlight=False)
    console.print(f"Written to {written}.", markup=False, highlight=False, soft_wrap=True)


def _segments(manifest: Mapping[str, Any]) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("segment")
    table.add_column("name")
    table.add_column("customers", justify="right")
    for row in manifest["segments"]:
        table.add_row(str(row["segment"]), escape(row["name"]), f"{row['customers']:,}")
    return table


def _counts(customers: Mapping[str, int | None]) -> Iterator[str]:
    """One line per count that is there and is not zero."""
    done = "left out" if customers["left_out"] else "marked"
    told = {
        "unseen": "the model has not learnt from them",
        "new": "were not in the scoring before",
        "vanished": "were in the scoring before, and are not any more",
        "little_history": f"have less history than least.orders and least.days ask for; they are {done}",
    }
    for key, meaning in told.items():
        if customers[key]:
            yield f"{customers[key]:,} customers: {meaning}."
