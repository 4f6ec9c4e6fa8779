"""The leaderboard: ranks within each scoring space, and ranks across spaces on the same data.

Within a space raw scores decide. Across spaces they can't: every further column lowers them. There runs
are ranked by what is comparable: calibrated scores, stability, and how well they foresaw what came after.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final

import pandas as pd

from segmentlab.comparing.likeness import data_in_words, data_of, space_of, spaces_in_words
from segmentlab.comparing.logged import LoggedRun
from segmentlab.comparing.ranking import ACROSS_SPACES, WITHIN_A_SPACE, ranks
from segmentlab.evaluation.checks import COVERAGE

SCORES: Final = [measure.metric for measure in WITHIN_A_SPACE]
MEASURED: Final = [name for measure in (*WITHIN_A_SPACE, *ACROSS_SPACES) for name in measure.needed]
INTERVALS: Final = [name for measure in (*WITHIN_A_SPACE, *ACROSS_SPACES) for name in measure.needed[1:]]
QUICK: Final = "quick"  # the effort that leaves evidence out


def leaderboard(runs: Sequence[LoggedRun]) -> pd.DataFrame:
    """One row per run, the best first: its ranks, what they rest on, and why it has none.

    `rank` compares across spaces and `rank_in_space` within one; both only on the same data.
    """
    ordered = sorted(runs, key=lambda run: run.run_id)
    board = pd.DataFrame([_row(run) for run in ordered])
    board.insert(0, "data", _named(ordered, data_of, data_in_words))
    board.insert(1, "space", _spaces(ordered))
    board["why_no_rank"] = [_not_comparable(run) for run in ordered]
    ranked = pd.concat([_ranked(group) for _, group in board.groupby("data")], ignore_index=True)
    first = ["data", "rank", "run", "space", "rank_in_space"]
    return ranked[[*first, *ranked.columns.drop([*first, *INTERVALS])]]


def _row(run: LoggedRun) -> dict[str, object]:
    return {
        "run": run.name,
        "segments": run.metric("segments/count"),
        "coverage": run.metric("separation/coverage"),
        **{name: run.metric(name) for name in MEASURED},
        "verdict": run.tags.get("verdict", ""),
        "checks": run.tags.get("checks", ""),
        "errors": run.errors,
        "evaluate": run.params.get("evaluate", QUICK),
        "holdout_days": run.params.get("evaluate.holdout_days", ""),
        "run_id": run.run_id,
    }


def _named(
    runs: Sequence[LoggedRun],
    key_of: Callable[[LoggedRun], Hashable],
    in_words: Callable[[Sequence[LoggedRun]], list[str]],
) -> list[str]:
    """The words for each run's key, which name every key of these runs once."""
    examples = {key_of(run): run for run in reversed(runs)}
    words = dict(zip(examples, in_words(list(examples.values())), strict=True))
    return [words[key_of(run)] for run in runs]


def _spaces(runs: Sequence[LoggedRun]) -> pd.Series:
    """The words for each run's space, as they tell it from others on the same data."""
    every = pd.Series(list(runs), dtype="object")
    data = pd.Series(_named(runs, data_of, data_in_words))
    groups = [every[data == name] for name in data.unique()]
    return pd.concat(
        pd.Series(_named(list(group), space_of, spaces_in_words), index=group.index) for group in groups
    )


def _not_comparable(run: LoggedRun) -> str:
    """Scores without noise flatter whoever discards customers, so too much of it takes no part."""
    coverage = run.metric("separation/coverage")
    if coverage < COVERAGE:
        return f"coverage {coverage:.2f} is below {COVERAGE}"
    missing = [name for name in ("separation/coverage", *SCORES) if name not in run.metrics]
    return f"has no {missing[0].partition('/')[2]}" if missing else ""


def _ranked(board: pd.DataFrame) -> pd.DataFrame:
    """Runs on the same data with both ranks, in their order."""
    fit = board[board["why_no_rank"] == ""]
    lacks = _lacks(fit)
    across = ranks(fit[lacks == ""], ACROSS_SPACES)
    found = board.assign(
        rank=across.reindex(board.index),
        rank_in_space=_ranks_in_spaces(fit).reindex(board.index),
        why_no_rank=board["why_no_rank"].mask(lacks.reindex(board.index).notna(), lacks),
    )
    order = ["rank", "rank_in_space", "space", "run_id"]
    return found.sort_values(order, na_position="last")


def _ranks_in_spaces(fit: pd.DataFrame) -> pd.Series:
    spaces = [ranks(group, WITHIN_A_SPACE) for _, group in fit.groupby("space")]
    return pd.concat(spaces) if spaces else pd.Series(dtype="Int64")


def _lacks(fit: pd.DataFrame) -> pd.Series:
    """What evidence a run lacks that others on its data have: without it, it can't be compared across."""
    measured = fit[[measure.metric for measure in ACROSS_SPACES]].notna()
    has = measured.T.groupby([measure.family for measure in ACROSS_SPACES]).any().T
    asked = has.loc[:, has.any()] if has.to_numpy().any() else has
    missing = [[str(family) for family, there in row.items() if not there] for _, row in asked.iterrows()]
    told = [_advice(families, effort) for families, effort in zip(missing, fit["evaluate"], strict=True)]
    return pd.Series(told, index=fit.index, dtype="str")


def _advice(missing: Sequence[str], evaluate: str) -> str:
    if not missing:
        return ""
    told = f"lacks {' and '.join(missing)} scores"
    return f"{told}: run it with evaluate=standard" if evaluate == QUICK else f"{told}: its report says why"
