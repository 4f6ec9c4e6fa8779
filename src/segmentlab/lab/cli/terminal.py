"""What a person sees of a finished run: the answer, and what to type next."""

import shlex
from collections.abc import Hashable, Iterator, Mapping, Sequence
from datetime import datetime
from math import nan
from typing import Any

import ibis.expr.types as ir
import pandas as pd
from rich.console import Console
from rich.table import Table

from segmentlab.evaluation import MEASURES, Finding, Measure
from segmentlab.features import word_features
from segmentlab.flow import DescribedCustomers, FittedSegments, Movement, Result
from segmentlab.lab.cli.screen import (
    fold_heading,
    make_table,
    open_console,
    print_line,
    print_prose,
    select_fitting_columns,
)
from segmentlab.lab.config import write_local_start, write_viewer
from segmentlab.modelling import find_k_parameter
from segmentlab.report import (
    describe_change,
    describe_money,
    describe_prospects,
    describe_truth,
    describe_verdict,
    make_move_tables,
    shorten_text,
)
from segmentlab.segments import list_share_columns
from segmentlab.transactions import Books, CustomersOnly, Dataset

# A look at the data before anything is computed from it: how it was read, and its first rows.


FIRST_ROWS = 10
# Which columns a narrow terminal keeps: what every segmentation needs, then what is nice to see.
TELLING_COLUMNS = (
    "customer_id", "invoice_id", "quantity", "unit_price", "timestamp", "line_total", "product_id", "country",
    "description",
)  # fmt: skip
LONGEST_CELL = 24  # of a description; ids and numbers are shorter


def show_dataset(dataset: Dataset | CustomersOnly, console: Console | None = None) -> None:
    """What the reader found and decided, then the first rows as the flow will see them."""
    console = console or open_console()
    print_line(dataset.source, console, bold=True)
    show_reader_notes(dataset.notes, console)
    for name, table in dataset.tables.items():
        columns = sorted(table.columns, key=_rank_column)  # what is equal stays in the order of the table
        rows = _read_first_rows(table, columns)
        fitting = select_fitting_columns(rows, console.width)
        shown = [column for column in table.columns if column in fitting]
        cells = zip(*(rows[column][1:] for column in shown), strict=True)
        headings = [rows[column][0] for column in shown]
        console.print(make_table(headings, list(cells), title=name, left=headings, whole=True))
        left_out = [column for column in table.columns if column not in fitting]
        if left_out:
            told = f"{len(left_out):,} of {len(rows):,} columns of {name} are not shown:"
            print_prose(f"{told} {', '.join(left_out)}.", console)


def _rank_column(name: str) -> int:
    return TELLING_COLUMNS.index(name) if name in TELLING_COLUMNS else len(TELLING_COLUMNS)


def _read_first_rows(table: ir.Table, columns: Sequence[str]) -> dict[str, list[str]]:
    """Of each column its heading and its first cells; the data's own names are as long as somebody wished."""
    kinds, first = table.schema(), table.limit(FIRST_ROWS).to_pyarrow().to_pylist()
    return {
        column: [
            f"{shorten_text(column, LONGEST_CELL)}\n{kinds[column]}",
            *(shorten_text(_write_as_read(row[column]), LONGEST_CELL) for row in first),
        ]
        for column in columns
    }


def _write_as_read(value: object) -> str:
    if isinstance(value, float):  # without what a division leaves behind
        return f"{value:.12g}"
    return "" if value is None else str(value)


def show_books(books: Books, console: Console | None = None) -> None:
    """What the shop can check against its own books, and what contradicts itself."""
    console = console or open_console()
    print_line("Does this match your books?", console, bold=True)
    for name in ("totals", "months", "customers", "orders", "rules"):
        table = books.tables[name]
        rows = table.itertuples(index=False)
        cells = [[_write_cell(*cell) for cell in zip(table.columns, row, strict=True)] for row in rows]
        title = LARGEST_TITLES.get(name, name)
        console.print(make_table(list(table.columns), cells, title=title, left=table.columns[:1], whole=True))
    for row in books.contradictions.to_dict("records"):
        told = "Accepted" if row["accepted"] else "To be looked at"
        print_line(
            f"{told} ({row['word']}): {row['what']}. {'' if row['accepted'] else row['settle']}", console
        )
    if books.contradictions.empty:
        print_line("Nothing contradicts itself.", console)


LARGEST_TITLES = {
    "customers": "largest customers",
    "orders": "largest orders",
    "rules": "what cleaning takes",
}


def _write_cell(column: str, value: float | datetime | str | None) -> str:
    if pd.isna(value):
        return ""
    if isinstance(value, float):  # pieces are whole but where things are weighed
        return f"{value:,.2f}".removesuffix(".00" if column == "pieces" else "")
    if isinstance(value, datetime):
        return f"{value:%Y-%m}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def show_reader_notes(notes: Sequence[str], console: Console | None = None) -> None:
    """One line per decision of the reader."""
    for note in notes:
        print_line(note, console)


def show_movement(movement: Movement, console: Console | None = None) -> None:
    """Who moved since the scoring before: gains and losses apart, and why."""
    console = console or open_console()
    for table in make_move_tables(movement):
        left = ("Move", "From", "To", "Why")
        console.print(make_table(table.headings, table.rows, title=table.title, left=left))
    print_prose(describe_change(movement), console)


SHOWN_FEATURES = 3  # what fits into eighty columns beside the sizes


def show_answer(name: str, fitted: FittedSegments, console: Console | None = None) -> None:
    """The segments, as soon as there are any; what speaks for them follows while people read."""
    console = console or open_console()
    print_line(f"\n{name}", console, bold=True)
    console.print(_make_segments_table(fitted, console.width))
    console.print(tabulate_headlines(fitted.separation.metrics))
    console.print()


def summarise_run(
    result: Result, url: str, console: Console | None = None, *, typed: Sequence[str] = ()
) -> None:
    """What failed, then what speaks for the segments, what cleaning took out, and what to type next."""
    console = console or open_console()
    for failed in result.judgement.failed:
        print_prose(f"Failed: {_write_finding(failed)}", console, style="bold red")
    console.print()
    told = result.judgement.evidence.separation.metrics  # with the answer
    headlines = tabulate_headlines(
        {name: result.metrics[name] for name in result.metrics if name not in told}
    )
    if headlines.row_count:
        console.print(headlines)
    notes = (*result.segmenter.notes_, *result.judgement.evidence.notes)
    data = (*_describe_cleaning(result.described), *_describe_money(result), *_describe_prospects(result))
    for line in (*_describe_judgement(result), *_describe_stability(result), *notes, "", *data):
        print_prose(line, console)
    print_line(f"Run: {url}\n\nNext:", console)
    for command, purpose in _suggest_commands(result, typed):
        print_line(f"  {command}  # {purpose}", console)


def _describe_prospects(result: Result) -> tuple[str, ...]:
    """What to expect, and whether it may be believed; value.notes of the run say why not."""
    return result.value_notes if isinstance(result.ahead, str) else (describe_prospects(result.ahead),)


LEAST_NAME = 12  # letters that the name of a segment is wrapped to at most


def _make_segments_table(fitted: FittedSegments, width: int) -> Table:
    """One row per segment; features as medians, in the units people think in, as many as fit."""
    features, profile = fitted.described.features, fitted.portrait.profile
    words = word_features(features.columns)
    when = f" as of {features.as_of}" if features.as_of else ""
    title = f"{profile['customers'].sum():,} customers{when}; features are medians"
    rows = profile.to_dict("records")
    columns = {"segment": [_write_name(row) for row in rows]}
    columns["customers"] = [f"{row['customers']:,}" for row in rows]
    for share, heading in list_share_columns(profile).items():
        columns[heading] = [f"{row[share]:.1%}" for row in rows]
    for column, word in list(zip(features.columns, words, strict=True))[:SHOWN_FEATURES]:
        columns[word] = [f"{row[f'{column.name}_median']:,.0f}" for row in rows]
    wide = {heading: [fold_heading(heading, cells), *cells] for heading, cells in columns.items()}
    shown = select_fitting_columns({**wide, "segment": [" " * LEAST_NAME]}, width)
    cells = zip(*(columns[heading] for heading in shown), strict=True)
    return make_table(shown, cells, title=title, left=("segment",))


def _write_name(row: Mapping[Hashable, Any]) -> str:
    truth = describe_truth(row.get("truth", nan))
    return f"{row['name']} · {truth}" if truth else str(row["name"])


def _describe_stability(result: Result) -> Iterator[str]:
    """How alike each segment comes back from resampled customers, where that was drawn."""
    table = result.judgement.evidence.stability
    if table is not None and len(table):
        named = zip(result.profile["name"].reindex(table.index), table["jaccard"], strict=True)
        yield f"Found again on resamples: {', '.join(f'{name} {alike:.2f}' for name, alike in named)}."


def _describe_judgement(result: Result) -> Iterator[str]:
    """The verdict in words, what the views over k choose, and each warning with what to do about it."""
    judgement = result.judgement
    if judgement.verdict is not None:
        told = describe_verdict(judgement.verdict, result.profile["name"])
        yield f"Verdict: {judgement.verdict.kind}. {told}"
    if words := result.k_words:
        yield words
    for check in judgement.checks:
        if check not in judgement.failed:
            yield f"Warning: {_write_finding(check)}"


def _write_finding(check: Finding) -> str:
    return f"{check.code} {check.title}. {check.evidence} {check.advice}"


def tabulate_headlines(metrics: Mapping[str, float], measures: Sequence[Measure] = MEASURES) -> Table:
    """The metrics that people see first, by the names that they have in the store."""
    table = Table(box=None, show_header=False, pad_edge=False)
    for measure in measures:
        if "terminal" in measure.shown and measure.name in metrics:
            table.add_row(measure.name, f"{metrics[measure.name]:.3f}")
    return table


def _describe_cleaning(described: DescribedCustomers) -> Sequence[str]:
    """What was dropped, in one line; or why nothing was."""
    if described.sales is None:
        return described.notes
    read, *rules, kept = described.sales.ledger.to_dict("records")
    drops = ", ".join(f"{row['rule']} {row['rows']:,}" for row in rules if row["rows"])
    return [f"Cleaning kept {kept['rows']:,} of {read['rows']:,} lines; dropped: {drops or 'nothing'}."]


def _describe_money(result: Result) -> Iterator[str]:
    """What was sold, given back and kept; and of which segments how much came back."""
    profile = result.profile
    if words := describe_money(profile, result.books):
        yield words
    if "return_rate" in profile and profile["returned"].any():
        known = profile.dropna(subset="return_rate").to_dict("records")
        rates = (f"{row['name']} {row['return_rate']:.1%}" for row in known)
        yield f"Brought back, of gross: {', '.join(rates)}."


def _suggest_commands(result: Result, typed: Sequence[str]) -> list[tuple[str, str]]:
    """What one would type after this run."""
    commands = [(write_viewer(), "look at the run, its figures and its report")]
    if result.k_scan is not None:
        ks = ",".join(str(k) for k in (result.found - 1, result.found, result.found + 1) if k >= 2)
        sought = f"model.{find_k_parameter(result.plan.model)}="
        others = [choice for choice in typed if not choice.startswith(sought)]
        line = shlex.join([*others, sought + ks])
        commands.append((f"{write_local_start('run')} -m {line}", "compare numbers of segments"))
    commands.append((f"{write_local_start('run')} --help", "every choice there is"))
    return commands
