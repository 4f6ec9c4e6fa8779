"""What a person sees of a finished run: the answer, and what to type next."""

import shutil
import sys
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.features.contract import Column
from segmentlab.result import Result

HEADLINES = (
    "separation/silhouette",
    "separation/silhouette_macro",
    "separation/davies_bouldin",
    "separation/coverage",
    "truth/adjusted_rand",
)
SHOWN_FEATURES = 3  # what fits into eighty columns beside the sizes


def summarise(name: str, result: Result, url: str, console: Console | None = None) -> None:
    """The segments, the headline metrics, what cleaning took out, and the next commands."""
    console = console or Console()
    console.print(f"\n{name}", style="bold", markup=False, highlight=False)
    console.print(_segments(result))
    console.print(_metrics(result))
    for note in result.separation.notes:
        console.print(note, markup=False)
    console.print(f"\n{_cleaning(result)}", markup=False, highlight=False)
    console.print(f"Run: {url}\n\nNext:", markup=False, highlight=False, soft_wrap=True)
    commands = _next_commands(result)
    width = max(len(command) for command, _ in commands)
    for command, purpose in commands:
        console.print(f"  {command:<{width}}  {purpose}", markup=False, highlight=False, soft_wrap=True)


def _segments(result: Result) -> Table:
    """One row per segment; features as medians, in the units people think in."""
    features = result.described.features
    columns = features.columns[:SHOWN_FEATURES]
    title = f"{len(result.customers):,} customers as of {features.as_of}; features are medians"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("segment", no_wrap=True)
    for heading in ("customers", "share", "revenue", *map(_heading, columns)):
        table.add_column(heading, justify="right", no_wrap=True)
    for row in result.profile.to_dict("records"):
        medians = (f"{row[f'{column.name}_median']:,.0f}" for column in columns)
        shares = (f"{row['customer_share']:.1%}", f"{row['revenue_share']:.1%}")
        table.add_row(escape(row["name"]), f"{row['customers']:,}", *shares, *medians)
    return table


def _heading(column: Column) -> str:
    """`recency` for `rfm_recency`: the set that a feature comes from is clear from the command."""
    return column.name.partition("_")[2].replace("_", " ")


def _metrics(result: Result) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name in HEADLINES:
        if name in result.metrics:
            table.add_row(name, f"{result.metrics[name]:.3f}")
    return table


def _cleaning(result: Result) -> str:
    """What was dropped, in one line."""
    read, *rules, kept = result.described.ledger.to_dict("records")
    drops = ", ".join(f"{row['rule']} {row['rows']:,}" for row in rules if row["rows"])
    return f"Cleaning kept {kept['rows']:,} of {read['rows']:,} lines; dropped: {drops or 'nothing'}."


def _next_commands(result: Result) -> list[tuple[str, str]]:
    """What one would type after this run."""
    commands = [("make ui", "look at the run, its figures and its report")]
    if result.k_scan is not None:
        count = int(result.metrics["segments/count"])
        ks = ",".join(str(k) for k in (count - 1, count, count + 1) if k >= 2)
        commands.append(
            (f"{_python()} {sys.argv[0]} -m model.n_clusters={ks}", "compare numbers of segments")
        )
    commands.append((f"{_python()} {sys.argv[0]} --help", "every choice there is"))
    return commands


def _python() -> str:
    """This interpreter, as short as it can be typed here."""
    if shutil.which("python") == sys.executable:
        return "python"
    here = Path(sys.executable)
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else str(here)
