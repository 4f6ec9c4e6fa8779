"""The comparison at the edge: from the store to the terminal, to files, and to a run of its own."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, islice
from pathlib import Path
from typing import Final

import pandas as pd
from omegaconf import DictConfig
from rich.console import Console

from segmentlab.errors import ConfigError, StoreError
from segmentlab.evaluation import (
    COMPARISON_KIND,
    KIND_TAG,
    Agreement,
    LoggedRun,
    make_leaderboard,
    measure_agreement,
)
from segmentlab.flow import Figure, Item, Summary, Table, Text
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.journal import note_facts
from segmentlab.lab.cli.missing_evidence import EFFORT_GROUP, check_effort, draw_evidence, find_lacking
from segmentlab.lab.cli.screen import (
    fold_heading,
    make_table,
    open_console,
    print_line,
    print_prose,
    select_fitting_columns,
)
from segmentlab.lab.config import Setup, write_start
from segmentlab.lab.experiment import write_command
from segmentlab.lab.outputs import check_output_folder
from segmentlab.lab.tracking import (
    MlflowTracker,
    check_store_exists,
    find_run,
    open_store,
    read_runs,
    read_segment_customers,
    write_items,
)
from segmentlab.report import (
    SHOWN_ID,
    ReportTable,
    describe_best_runs,
    draw_comparison_pictures,
    make_across_tables,
    make_agreement_table,
    make_space_tables,
    make_unranked_table,
    write_comparison_page,
)

# What a person sees of a comparison: the ranks, who has none, and where the rest is.


TERMINAL_RUNS: Final = 20
SHOWN_IN_SPACE: Final = 5
SHOWN_SPACES: Final = 10
# What a narrow terminal keeps, the first before the others: which run it is, where it stands, and whether
# anything speaks against it.
FIRST_HEADINGS: Final = {
    heading: place
    for place, heading in enumerate(
        ("Run", "Runs", "Id", "Rank", "Why", "As good as the best", "Verdict", "Checks", "Segments")
    )
}
TEXT_HEADINGS: Final = ("Run", "Runs", "Why", "Verdict")
LEAST_TEXT: Final = 14  # letters that a text is wrapped to at most


def show_ranks(
    board: pd.DataFrame,
    agreements: Sequence[Agreement],
    folder: Path,
    url: str,
    console: Console | None = None,
) -> None:
    """The answer, the best of every table, and where all of it is kept."""
    console = console or open_console()
    tables = [
        *make_across_tables(board, TERMINAL_RUNS),
        *islice(make_space_tables(board, SHOWN_IN_SPACE), SHOWN_SPACES),
    ]
    unranked = make_unranked_table(board, TERMINAL_RUNS)
    if unranked is not None:
        tables.append(unranked)
    if agreements:
        tables.append(make_agreement_table(agreements))
    left_out = list(dict.fromkeys(heading for table in tables for heading in _show_table(table, console)))
    if left_out:
        print_prose(f"What is too wide for this terminal is on the page: {', '.join(left_out)}.", console)
    print_prose(describe_best_runs(board), console)
    for line in (f"Page and tables: {folder}", f"Run: {url}"):
        print_line(line, console)


def _show_table(table: ReportTable, console: Console) -> list[str]:
    """The columns that fit, those that a decision needs before others, and which did not."""
    columns = {heading: [row[place] for row in table.rows] for place, heading in enumerate(table.headings)}
    text = [heading for heading in table.headings if heading in TEXT_HEADINGS]
    wide = {
        heading: [" " * LEAST_TEXT] if heading in text else [fold_heading(heading, cells), *cells]
        for heading, cells in columns.items()
    }
    ranked = sorted(wide, key=lambda heading: FIRST_HEADINGS.get(heading, len(FIRST_HEADINGS)))
    fitting = select_fitting_columns({heading: wide[heading] for heading in ranked}, console.width)
    shown = [heading for heading in table.headings if heading in fitting]
    rows = list(zip(*(columns[heading] for heading in shown), strict=True))
    console.print(make_table(shown, rows, title=table.title, left=text))
    return [heading for heading in table.headings if heading not in fitting]


MOST_COMPARED_RUNS: Final = 6  # whose segments are laid over each other: fifteen pairs


def compare_runs(setup: Setup) -> None:
    """Rank runs by what can be compared, and keep the answer beside them.

    The comparison is a run itself, so whoever opens the store finds it next to what it compares.
    """
    config = setup.config
    if len(config.runs) == 1 or len(config.runs) > MOST_COMPARED_RUNS:
        raise ConfigError(
            f"runs={list(config.runs)}: name two to {MOST_COMPARED_RUNS} runs, or none to rank all."
        )
    effort = setup.choices[EFFORT_GROUP] if config.evaluate else None
    check_effort(config.top, effort, config.runs)
    check_store_exists(config.tracking.uri)
    tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None, must_exist=True)
    runs = _read_finished_runs(tracker, config)
    resume_collector()  # not before: MLflow makes a hundred objects a run, and searching them takes as long
    chosen = [find_run(runs, name) for name in config.runs]
    known = list(
        zip(name_runs(chosen), (read_segment_customers(tracker, run) for run in chosen), strict=True)
    )
    board = make_leaderboard(chosen or runs)
    if effort is not None:
        lacking = find_lacking(board, runs, config.top, effort)
        typed = [word for word in setup.typed if word.startswith(EFFORT_GROUP)]
        draw_evidence(lacking, typed, [f"tracking.{key}={each}" for key, each in config.tracking.items()])
        runs = _read_finished_runs(tracker, config)
        board = make_leaderboard(runs)
    agreements = [measure_agreement(first, second) for first, second in combinations(known, 2)]
    items = list(_make_items(board, agreements))
    folder = check_output_folder(Path(config.output))
    write_items(items, folder, figures=False)  # the next comparison replaces them
    tags = {KIND_TAG: COMPARISON_KIND, "segmentlab.command": write_command(setup)}
    with tracker.run(f"comparison of {len(board):,} runs", tags) as log:
        note_facts(run=log.run_id)
        log.log(items)
    show_ranks(board, agreements, folder, log.url)


def _read_finished_runs(tracker: MlflowTracker, config: DictConfig) -> list[LoggedRun]:
    runs = read_runs(tracker, config.filter)
    if not runs:
        kept = f" that the filter {config.filter} keeps" if config.filter else ""
        raise StoreError(
            f"The experiment '{config.tracking.experiment}' has no finished run{kept}. Make one with "
            f"{write_start('run')}, or look into another with tracking.uri and tracking.experiment."
        )
    return runs


def name_runs(chosen: Sequence[LoggedRun]) -> list[str]:
    """The names of different runs, with the beginning of the id where two bear one name."""
    if len({run.run_id for run in chosen}) < len(chosen):
        raise ConfigError("runs: a run is named twice. Name different runs: a run agrees with itself.")
    named = Counter(run.name for run in chosen)
    return [run.name if named[run.name] == 1 else f"{run.name} {run.run_id[:SHOWN_ID]}" for run in chosen]


def _make_items(board: pd.DataFrame, agreements: Sequence[Agreement]) -> Iterator[Item]:
    pictures = draw_comparison_pictures(agreements)
    yield Summary(describe_best_runs(board))
    yield Table("leaderboard.csv", board)
    if agreements:
        yield Table("overlap.csv", _list_pairs(agreements))
    yield Text("comparison.html", write_comparison_page(board, agreements, pictures))
    for picture in pictures:
        yield Figure(picture)


def _list_pairs(agreements: Sequence[Agreement]) -> pd.DataFrame:
    """Every pair of segments of every pair of runs."""
    tables = [
        found.overlap.assign(first=found.first, second=found.second, adjusted_rand=found.adjusted_rand)
        for found in agreements
    ]
    return pd.concat(tables, ignore_index=True)
