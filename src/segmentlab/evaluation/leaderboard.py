"""The leaderboard: ranks within each scoring space, ranks across spaces on the same data, the run to take.

Within a space raw scores decide. Across spaces they can't: every further column lowers them. There runs are
ranked by how well their segments foresaw what came after. A run's score is its own: whatever else is stored,
of two runs the same one comes first.
"""

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.evaluation.best_run import find_judged, order_judged, recommend_run
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

QUICK_EFFORT: Final = "quick"  # the effort that leaves evidence out
USEFULNESS: Final = "usefulness"


def make_leaderboard(runs: Sequence[LoggedRun], measures: Sequence[Measure] = MEASURES) -> pd.DataFrame:
    """One row per run, the best first: its ranks, what they rest on or lack, and which run is recommended.

    `rank` compares across spaces and `rank_in_space` within one; both only on the same data.
    """
    within, across = select_ranks("space", measures), select_ranks("data", measures)
    shown = [*within, *across, *select_ranks("beside", measures)]
    ordered = sorted(runs, key=lambda run: run.run_id)
    board = pd.DataFrame([_make_row(run, shown, across) for run in ordered])
    board.insert(0, "data", _name_keys(ordered, identify_data, describe_data))
    board.insert(1, "space", _name_spaces(ordered))
    board["why_no_rank"] = [_explain_not_comparable(run, within) for run in ordered]
    named = {run.run_id: run for run in ordered}
    ranked = pd.concat(
        [_rank_on_one_data(group, named, within, across) for _, group in board.groupby("data")],
        ignore_index=True,
    )
    first = ["data", "rank", "run", "space", "rank_in_space"]
    hidden = [*ORDER_COLUMNS, *(name for measure in shown for name in measure.names[1:])]
    return ranked[[*first, *ranked.columns.drop([*first, *hidden])]]


def select_ranks(among: RankScope, measures: Sequence[Measure] = MEASURES) -> list[Measure]:
    """The metrics that runs of one space, or all runs on one data, are ranked by, in their turn."""
    found = [
        (measure.rank.turn, measure) for measure in measures if measure.rank and measure.rank.among == among
    ]
    return [measure for _, measure in sorted(found, key=lambda each: each[0])]


# What the order across spaces rests on, in this order; the smaller, the better.
ORDER_COLUMNS: Final = ("turn", "fewer_cutoffs", "other_days", "short_of_best")


def _make_row(run: LoggedRun, measures: Sequence[Measure], across: Sequence[Measure]) -> dict[str, object]:
    judged = find_judged(run, across)
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
        "judged_by": "" if judged is None else judged.words,
        "score": math.nan if judged is None else judged.score,
        **dict(zip(ORDER_COLUMNS, order_judged(judged), strict=True)),
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
    board: pd.DataFrame,
    runs: Mapping[str, LoggedRun],
    within: Sequence[Measure],
    across: Sequence[Measure],
) -> pd.DataFrame:
    """Runs on the same data with both ranks, in their order, and the one to take."""
    fit = board[board["why_no_rank"] == ""]
    lacks = pd.Series(
        [_write_advice(runs[run_id], across) for run_id in fit["run_id"]], index=fit.index, dtype="str"
    )
    judged = fit[lacks == ""]
    choice = recommend_run([runs[run_id] for run_id in judged["run_id"]], across)
    recommended = board["run_id"] == (choice.run_id if choice else "")
    found = board.assign(
        rank=_rank_rows(judged, ORDER_COLUMNS).reindex(board.index),
        rank_in_space=_rank_within_spaces(fit, within).reindex(board.index),
        why_no_rank=board["why_no_rank"].mask(lacks.reindex(board.index).notna(), lacks),
        as_good_as_best=board["run_id"].isin(choice.equals if choice else ()),
        recommended=recommended,
        reason=recommended.map({True: choice.reason if choice else "", False: ""}),
    )
    return found.sort_values(["rank", "segments", "run_id"], na_position="last")  # nothing that others change


def _rank_rows(rows: pd.DataFrame, columns: Sequence[str]) -> pd.Series:
    """1 is first; rows that are equal in all columns share a rank. What is missing comes last."""
    if rows.empty:
        return pd.Series(dtype="Int64")
    keys = rows[list(columns)].astype(object).where(rows[list(columns)].notna(), np.inf)
    placed = pd.Series(list(keys.itertuples(index=False, name=None)), index=rows.index)
    first = {key: place for place, key in reversed(list(enumerate(sorted(placed), start=1)))}
    return placed.map(first).astype("Int64")


def _rank_within_spaces(fit: pd.DataFrame, within: Sequence[Measure]) -> pd.Series:
    """By the first of their measures; each further one decides between those that are equal so far.

    Runs with an error of a check come last: a silhouette is highest where a few customers are far away.
    """
    names = [measure.name for measure in within]
    turned = fit.assign(**{measure.name: -measure.sign * fit[measure.name] for measure in within})
    turned["behind"] = fit["errors"] > 0
    spaces = [_rank_rows(group, ["behind", *names]) for _, group in turned.groupby("space")]
    return pd.concat(spaces) if spaces else pd.Series(dtype="Int64")


def _write_advice(run: LoggedRun, across: Sequence[Measure]) -> str:
    """Why a run has no rank across spaces; empty where it has one. What it never asked for is missing."""
    judged = find_judged(run, across)
    asked = run.params.get("evaluate.holdout_days", "0") not in ("0", "")
    if judged is not None and (asked or judged.measure.family == USEFULNESS):
        return ""
    if not asked:
        return f"lacks {USEFULNESS} scores: run it with evaluate=standard"
    missing = " and ".join(dict.fromkeys(measure.family for measure in across))
    return f"lacks {missing} scores: its report says why"
