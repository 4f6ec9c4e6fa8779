"""The leaderboard: ranks within each scoring space, and ranks across spaces on the same data.

Within a space raw scores decide. Across spaces they can't: every further column lowers them. There runs
are ranked by what is comparable: calibrated scores, stability, and how well they foresaw what came after.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.evaluation.checks.sizes import LEAST_COVERAGE
from segmentlab.evaluation.logged_run import (
    CHECKS_TAG,
    LoggedRun,
    describe_data,
    describe_spaces,
    identify_data,
    identify_space,
)
from segmentlab.evaluation.measure import Measure, RankScope
from segmentlab.evaluation.metrics import MEASURES, find_measure

# Ranks from several measures at once: by the share of the others that are better.


def rank_runs(runs: pd.DataFrame, measures: Sequence[Measure]) -> pd.Series:
    """1 is best; equals share a rank. Runs with an error come after all that have none.

    A run's place is the mean over its measures of the share of others that are better. A measure that
    it lacks, or has alone, says nothing for or against it.
    """
    if runs.empty:
        return pd.Series(dtype="Int64")
    better = pd.DataFrame({measure.name: _list_shares_of_better(runs, measure) for measure in measures})
    place = better.mean(axis="columns").fillna(0).round(9)  # equal means are equal, whatever their order
    behind = 2 * (runs["errors"] > 0)  # beyond the worst place, which is 1
    found: pd.Series = (place + behind).rank(method="min").astype("Int64")
    return found


def _list_shares_of_better(runs: pd.DataFrame, measure: Measure) -> pd.Series:
    alike = measure.rank.alike if measure.rank else None
    if alike is None:
        return _compute_share_of_better(runs, measure)
    groups = [_compute_share_of_better(group, measure) for _, group in runs.groupby(alike, dropna=False)]
    found: pd.Series = pd.concat(groups).reindex(runs.index)
    return found


def _compute_share_of_better(runs: pd.DataFrame, measure: Measure) -> pd.Series:
    """Of the other runs that have the measure. Where intervals are known, better is beyond both."""
    known = runs[runs[measure.name].notna()]
    if len(known) < 2:
        return pd.Series(np.nan, index=runs.index)
    value, *bounds = (measure.sign * known[name].to_numpy(dtype=float) for name in measure.names)
    low, high = (np.where(np.isnan(bound), value, bound) for bound in bounds[:: measure.sign])
    count_better = len(known) - np.searchsorted(np.sort(low), high, side="right")
    return pd.Series(count_better / (len(known) - 1), index=known.index).reindex(runs.index)


QUICK_EFFORT: Final = "quick"  # the effort that leaves evidence out


def make_leaderboard(runs: Sequence[LoggedRun], measures: Sequence[Measure] = MEASURES) -> pd.DataFrame:
    """One row per run, the best first: its ranks, what they rest on, and why it has none.

    `rank` compares across spaces and `rank_in_space` within one; both only on the same data.
    """
    within, across = select_ranks("space", measures), select_ranks("data", measures)
    ordered = sorted(runs, key=lambda run: run.run_id)
    board = pd.DataFrame([_make_row(run, [*within, *across]) for run in ordered])
    board.insert(0, "data", _name_keys(ordered, identify_data, describe_data))
    board.insert(1, "space", _name_spaces(ordered))
    board["why_no_rank"] = [_explain_not_comparable(run, within) for run in ordered]
    ranked = pd.concat(
        [_rank_on_one_data(group, within, across) for _, group in board.groupby("data")], ignore_index=True
    )
    first = ["data", "rank", "run", "space", "rank_in_space"]
    bounds = [name for measure in (*within, *across) for name in measure.names[1:]]
    return ranked[[*first, *ranked.columns.drop([*first, *bounds])]]


def select_ranks(among: RankScope, measures: Sequence[Measure] = MEASURES) -> list[Measure]:
    """The metrics that runs of one space, or all runs on one data, are ranked by."""
    return [measure for measure in measures if measure.rank is not None and measure.rank.among == among]


def _make_row(run: LoggedRun, measures: Sequence[Measure]) -> dict[str, object]:
    return {
        "run": run.name,
        "segments": run.metric("segments/count"),
        "coverage": run.metric("separation/coverage"),
        **{name: run.metric(name) for measure in measures for name in measure.names},
        "verdict": run.tags.get("verdict", ""),
        "checks": run.tags.get(CHECKS_TAG, ""),
        "errors": run.errors,
        "evaluate": run.params.get("evaluate", QUICK_EFFORT),
        "holdout_days": run.params.get("evaluate.holdout_days", ""),
        "run_id": run.run_id,
    }


def _name_keys(
    runs: Sequence[LoggedRun],
    key_of: Callable[[LoggedRun], Hashable],
    in_words: Callable[[Sequence[LoggedRun]], list[str]],
) -> list[str]:
    """The words for each run's key, which name every key of these runs once."""
    examples = {key_of(run): run for run in reversed(runs)}
    words = dict(zip(examples, in_words(list(examples.values())), strict=True))
    return [words[key_of(run)] for run in runs]


def _name_spaces(runs: Sequence[LoggedRun]) -> pd.Series:
    """The words for each run's space, as they tell it from others on the same data."""
    every = pd.Series(list(runs), dtype="object")
    data = pd.Series(_name_keys(runs, identify_data, describe_data))
    groups = [every[data == name] for name in data.unique()]
    return pd.concat(
        pd.Series(_name_keys(list(group), identify_space, describe_spaces), index=group.index)
        for group in groups
    )


def _explain_not_comparable(run: LoggedRun, within: Sequence[Measure]) -> str:
    """Scores without noise flatter whoever discards customers, so too much of it takes no part."""
    coverage = run.metric("separation/coverage")
    if coverage < LEAST_COVERAGE:
        return f"coverage {coverage:.2f} is below {LEAST_COVERAGE}"
    required = [measure for measure in within if measure.rank is not None and measure.rank.required]
    asked = (find_measure("separation/coverage"), *required)
    missing = [measure.short_name for measure in asked if measure.name not in run.metrics]
    return f"has no {missing[0]}" if missing else ""


def _rank_on_one_data(
    board: pd.DataFrame, within: Sequence[Measure], across: Sequence[Measure]
) -> pd.DataFrame:
    """Runs on the same data with both ranks, in their order."""
    fit = board[board["why_no_rank"] == ""]
    lacks = _list_missing_evidence(fit, across)
    found = board.assign(
        rank=rank_runs(fit[lacks == ""], across).reindex(board.index),
        rank_in_space=_rank_within_spaces(fit, within).reindex(board.index),
        why_no_rank=board["why_no_rank"].mask(lacks.reindex(board.index).notna(), lacks),
    )
    order = ["rank", "rank_in_space", "space", "run_id"]
    return found.sort_values(order, na_position="last")


def _rank_within_spaces(fit: pd.DataFrame, within: Sequence[Measure]) -> pd.Series:
    spaces = [rank_runs(group, within) for _, group in fit.groupby("space")]
    return pd.concat(spaces) if spaces else pd.Series(dtype="Int64")


def _list_missing_evidence(fit: pd.DataFrame, across: Sequence[Measure]) -> pd.Series:
    """What evidence a run lacks that others on its data have: without it, it can't be compared across."""
    measured = fit[[measure.name for measure in across]].notna()
    has = measured.T.groupby([measure.family for measure in across]).any().T
    asked = has.loc[:, has.any()] if has.to_numpy().any() else has
    missing = [[str(family) for family, there in row.items() if not there] for _, row in asked.iterrows()]
    told = [
        _write_advice(families, effort) for families, effort in zip(missing, fit["evaluate"], strict=True)
    ]
    return pd.Series(told, index=fit.index, dtype="str")


def _write_advice(missing: Sequence[str], evaluate: str) -> str:
    if not missing:
        return ""
    told = f"lacks {' and '.join(missing)} scores"
    return (
        f"{told}: run it with evaluate=standard"
        if evaluate == QUICK_EFFORT
        else f"{told}: its report says why"
    )
