"""The comparison at the edge: from the store to the terminal, to files, and to a run of its own."""

import difflib
import shlex
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

import pandas as pd
from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from segmentlab.command import collector
from segmentlab.command.ranks_in_terminal import show
from segmentlab.comparing.agreement import Agreement, agreement
from segmentlab.comparing.leaderboard import leaderboard
from segmentlab.comparing.logged import COMPARISON, KIND_TAG, LoggedRun
from segmentlab.errors import ConfigError, StoreError
from segmentlab.items import Figure, Item, Summary, Table, Text
from segmentlab.report.comparison_page import comparison_answer, comparison_page, comparison_pictures
from segmentlab.report.ranks import SHOWN_ID
from segmentlab.tracking.logged_runs import check_store_exists, read_customers, read_runs
from segmentlab.tracking.mlflow_tracker import MlflowTracker
from segmentlab.tracking.store import open_store
from segmentlab.tracking.tables import write_table

SHORTEST_ID: Final = 6
MOST_RUNS: Final = 6  # whose segments are laid over each other: fifteen pairs


def compare(config: DictConfig) -> None:
    """Rank runs by what can be compared, and keep the answer beside them.

    The comparison is a run itself, so whoever opens the store finds it next to what it compares.
    """
    if len(config.runs) == 1 or len(config.runs) > MOST_RUNS:
        raise ConfigError(f"runs={list(config.runs)}: name two to {MOST_RUNS} runs, or none to rank all.")
    check_store_exists(config.tracking.uri)
    tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
    runs = _finished(tracker, config)
    collector.resume()  # not before: MLflow makes a hundred objects a run, and searching them takes as long
    chosen = [find(runs, name) for name in config.runs]
    known = list(zip(called(chosen), (read_customers(tracker, run) for run in chosen), strict=True))
    board = leaderboard(chosen or runs)
    agreements = [agreement(first, second) for first, second in combinations(known, 2)]
    items = list(_items(board, agreements))
    folder = Path(config.output)
    _write(items, folder)
    tags = {KIND_TAG: COMPARISON, "segmentlab.command": _command()}
    with tracker.run(f"comparison of {len(board):,} runs", tags) as log:
        log.log(items)
    show(board, agreements, folder, log.url)


def _finished(tracker: MlflowTracker, config: DictConfig) -> list[LoggedRun]:
    runs = read_runs(tracker, config.filter)
    if not runs:
        kept = f" that the filter {config.filter} keeps" if config.filter else ""
        raise StoreError(
            f"The experiment '{config.tracking.experiment}' has no finished run{kept}. Make one with "
            "python src/run.py, or look into another with tracking.uri and tracking.experiment."
        )
    return runs


def find(runs: Sequence[LoggedRun], wanted: str, key: str = "runs") -> LoggedRun:
    """The run of that id, or of an id that begins so, or of that name; `key` is where it was asked for."""
    found = [run for run in runs if wanted in (run.run_id, run.name)]
    if not found and len(wanted) >= SHORTEST_ID:
        found = [run for run in runs if run.run_id.startswith(wanted)]
    if len(found) == 1:
        return found[0]
    if found:
        ids = ", ".join(run.run_id[:SHOWN_ID] for run in found[:MOST_RUNS])
        raise ConfigError(f"{key}: {len(found):,} runs are called '{wanted}'. Name one by its id: {ids}.")
    near = difflib.get_close_matches(wanted, {run.name for run in runs}, n=1)
    hint = f" Did you mean '{near[0]}'?" if near else ""
    raise ConfigError(f"{key}: no finished run among {len(runs):,} has the id or the name '{wanted}'.{hint}")


def called(chosen: Sequence[LoggedRun]) -> list[str]:
    """The names of different runs, with the beginning of the id where two bear one name."""
    if len({run.run_id for run in chosen}) < len(chosen):
        raise ConfigError("runs: a run is named twice. Name different runs: a run agrees with itself.")
    named = Counter(run.name for run in chosen)
    return [run.name if named[run.name] == 1 else f"{run.name} {run.run_id[:SHOWN_ID]}" for run in chosen]


def _items(board: pd.DataFrame, agreements: Sequence[Agreement]) -> Iterator[Item]:
    pictures = comparison_pictures(agreements)
    yield Summary(comparison_answer(board))
    yield Table("leaderboard.csv", board)
    if agreements:
        yield Table("overlap.csv", _pairs(agreements))
    yield Text("comparison.html", comparison_page(board, agreements, pictures))
    for picture in pictures:
        yield Figure(picture)


def _pairs(agreements: Sequence[Agreement]) -> pd.DataFrame:
    """Every pair of segments of every pair of runs."""
    tables = [
        found.overlap.assign(first=found.first, second=found.second, adjusted_rand=found.adjusted_rand)
        for found in agreements
    ]
    return pd.concat(tables, ignore_index=True)


def _write(items: Sequence[Item], folder: Path) -> None:
    """The tables and the page where they are easy to find; the next comparison replaces them."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in items:
        match item:
            case Table(path, frame):
                write_table(frame, folder / path)
            case Text(path, content):
                (folder / path).write_text(content, encoding="utf-8")


def _command() -> str:
    """What was typed, without the address of the store: it may hold a password."""
    typed = [given for given in HydraConfig.get().overrides.task if not given.startswith("tracking.")]
    return shlex.join(["python", "src/compare.py", *typed])
