"""Evidence that the best runs lack, drawn by making them again: what was judged less can't be compared."""

import subprocess
from collections.abc import Sequence
from typing import Final

import pandas as pd

from segmentlab.errors import ConfigError, StoreError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.cli.screen import print_line
from segmentlab.lab.config import AGAIN_WORD, list_process_words, prepare_argument
from segmentlab.lab.experiment import REPEATS_TAG

EFFORT_GROUP: Final = "evaluate"


def check_effort(top: int, effort: str | None, chosen: Sequence[str]) -> None:
    """Both or none: which runs, and how thoroughly they are judged; and never of runs that were named."""
    if top < 0:
        raise ConfigError(f"top={top}: write how many of each ranking, 1 or more.")
    if (effort is not None) != (top > 0):
        raise ConfigError(
            f"top={top} and evaluate={effort}: write both, as in evaluate=full top=5, or none of them."
        )
    if effort is not None and chosen:
        raise ConfigError("evaluate= and top= are for a whole ranking: leave out runs=.")


def find_lacking(board: pd.DataFrame, runs: Sequence[LoggedRun], top: int, effort: str) -> list[LoggedRun]:
    """Who is among the first `top` of a ranking, was judged otherwise, and was not made again like that."""
    first = board[["rank", "rank_in_space"]].min(axis=1) <= top
    named = {run.run_id: run for run in runs}
    done = {
        run.tags[REPEATS_TAG]
        for run in runs
        if REPEATS_TAG in run.tags and run.params.get(EFFORT_GROUP) == effort
    }
    found = [named[run_id] for run_id in board.loc[first.fillna(False), "run_id"]]
    return [run for run in found if run.params.get(EFFORT_GROUP) != effort and run.run_id not in done]


def draw_evidence(runs: Sequence[LoggedRun], effort: Sequence[str], tracking: Sequence[str]) -> None:
    """Make each of them again with more evidence, one after the other, each in a process of its own."""
    for number, run in enumerate(runs, 1):
        print_line(f"{number} of {len(runs)}: {run.name} ({run.run_id}) again, with {' '.join(effort)}")
        words = [f"{AGAIN_WORD}{run.run_id}", *effort, *map(prepare_argument, tracking)]
        command = [*list_process_words("run"), *words]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own)
        if done.returncode:
            raise StoreError(
                f"{run.name} ({run.run_id}) could not be made again: {done.stderr.strip()} "
                "The runs before it are in the store; leave it out by a filter, or mend it."
            )
