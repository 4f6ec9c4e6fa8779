"""What a person sees of a finished run: the answer, and what to type next."""

import shlex
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.described import Described
from segmentlab.evaluation.judgement import Judgement
from segmentlab.features.contract import Column
from segmentlab.modelling.segmenter import k_parameter
from segmentlab.result import Result
from segmentlab.segments.profile import shares

HEADLINES = (
    "separation/silhouette",
    "separation/silhouette_macro",
    "separation/davies_bouldin",
    "separation/coverage",
    "usefulness/spend_r2",
    "usefulness/baseline_rfm_grid/spend_r2",
    "truth/adjusted_rand",
)
SHOWN_FEATURES = 3  # what fits into eighty columns beside the sizes


def summarise(
    name: str, result: Result, url: str, console: Console | None = None, *, typed: Sequence[str] = ()
) -> None:
    """The segments, the headline metrics, what cleaning took out, and what to type after `typed`."""
    console = console or Console()
    console.print(f"\n{name}", style="bold", markup=False, highlight=False)
    console.print(_segments(result))
    console.print(_metrics(result))
    for line in _verdict(result.judgement):
        console.print(line, markup=False, highlight=False)
    for note in (*result.segmenter.notes_, *result.judgement.evidence.notes):
        console.print(note, markup=False)
    console.print()
    for line in _cleaning(result.described):
        console.print(line, markup=False, highlight=False)
    console.print(f"Run: {url}\n\nNext:", markup=False, highlight=False, soft_wrap=True)
    for command, purpose in _next_commands(result, typed):
        console.print(f"  {command}  # {purpose}", markup=False, highlight=False, soft_wrap=True)


def _segments(result: Result) -> Table:
    """One row per segment; features as medians, in the units people think in."""
    features = result.described.features
    columns = features.columns[:SHOWN_FEATURES]
    when = f" as of {features.as_of}" if features.as_of else ""
    title = f"{len(result.customers):,} customers{when}; features are medians"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    table.add_column("segment", min_width=12)  # the one that may wrap: a number that is cut is none
    headings = shares(result.profile)
    stability = _stability(result)
    told = ["stable"] if stability else []
    for heading in ("customers", *headings.values(), *told, *map(_heading, columns)):
        table.add_column(heading, justify="right", no_wrap=True)
    for segment, row in zip(result.profile.index, result.profile.to_dict("records"), strict=True):
        medians = (f"{row[f'{column.name}_median']:,.0f}" for column in columns)
        parts = (f"{row[share]:.1%}" for share in headings)
        stable = [stability.get(segment, "")] if stability else []
        table.add_row(escape(row["name"]), f"{row['customers']:,}", *parts, *stable, *medians)
    return table


def _stability(result: Result) -> dict[object, str]:
    """How alike each segment comes back from resampled customers, where that was drawn."""
    table = result.judgement.evidence.stability
    return {} if table is None else table["jaccard"].map("{:.2f}".format).to_dict()


def _verdict(judgement: Judgement) -> Iterator[str]:
    """The verdict in words, and each check that fired with what to do about it."""
    if judgement.verdict is not None:
        yield f"Verdict: {judgement.verdict.kind}. {judgement.verdict.reason}"
    for check in judgement.checks:
        yield f"{check.code} {check.severity}: {check.title}. {check.evidence} {check.advice}"


def _heading(column: Column) -> str:
    """`recency` for `rfm_recency`: the set that a feature comes from is clear from the command."""
    return column.name.partition("_")[2].replace("_", " ")


def _metrics(result: Result) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name in HEADLINES:
        if name in result.metrics:
            table.add_row(name, f"{result.metrics[name]:.3f}")
    return table


def _cleaning(described: Described) -> Sequence[str]:
    """What was dropped, in one line; or why nothing was."""
    if described.sales is None:
        return described.notes
    read, *rules, kept = described.sales.ledger.to_dict("records")
    drops = ", ".join(f"{row['rule']} {row['rows']:,}" for row in rules if row["rows"])
    return [f"Cleaning kept {kept['rows']:,} of {read['rows']:,} lines; dropped: {drops or 'nothing'}."]


def _next_commands(result: Result, typed: Sequence[str]) -> list[tuple[str, str]]:
    """What one would type after this run."""
    commands = [("make ui", "look at the run, its figures and its report")]
    if result.k_scan is not None:
        ks = ",".join(str(k) for k in (result.found - 1, result.found, result.found + 1) if k >= 2)
        sought = f"model.{k_parameter(result.plan.model)}="
        others = [choice for choice in typed if not choice.startswith(sought)]
        line = shlex.join([*others, sought + ks])
        commands.append((f"{_python()} {sys.argv[0]} -m {line}", "compare numbers of segments"))
    commands.append((f"{_python()} {sys.argv[0]} --help", "every choice there is"))
    return commands


def _python() -> str:
    """This interpreter, as short as it can be typed here."""
    if shutil.which("python") == sys.executable:
        return "python"
    here = Path(sys.executable)
    return str(here.relative_to(Path.cwd())) if here.is_relative_to(Path.cwd()) else str(here)
