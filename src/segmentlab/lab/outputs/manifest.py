"""What a scoring was made of and how many it met: enough to tell whether it is the one that is wanted."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from segmentlab import __version__
from segmentlab.flow import AHEAD_COLUMNS, ScoredCrowd, ScoredCustomers
from segmentlab.transactions import SourceFacts

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd

# What is to be done beside, once an output is whole: a scoring that fails leaves nothing in the history.
Ready = Callable[[], None] | None

SCORES_KIND: Final = "segmentlab scores"
OUTPUT_COLUMNS: Final = ["customer_id", "segment", "name", "confidence", "little_history"]


def select_output(scored: pd.DataFrame) -> pd.DataFrame:
    """The columns that come out: what to expect beside them, where the model tells it."""
    return scored[[*OUTPUT_COLUMNS, *(name for name in AHEAD_COLUMNS if name in scored)]]


def write_manifest(
    scored: ScoredCustomers | ScoredCrowd,
    model: Mapping[str, str | None],
    about: SourceFacts,
    rules: Mapping[str, object],
) -> dict[str, Any]:
    """The facts that decide the scores, and the counts. No clock: the same snapshot has the same manifest."""
    return {
        "kind": SCORES_KIND,
        "segmentlab": __version__,
        "model": dict(model),
        "data": {"name": about.name, "digest": about.digest},
        "as_of": None if scored.as_of is None else scored.as_of.isoformat(),
        "rules": dict(rules),
        "customers": {
            "scored": scored.placed,
            "little_history": scored.little_history,
            "left_out": scored.left_out,
        },
    }


def compare_scorings(
    scored: pd.DataFrame, trained: pd.Index | None, before: pd.DataFrame | None
) -> dict[str, Any]:
    """How many the model has not learnt from, and how many of the scoring before are not there any more.

    What there is nothing to compare with is missing.
    """
    now = pd.Index(scored["customer_id"])
    then = None if before is None or before.empty else pd.Index(before["customer_id"])
    return {
        "unseen": None if trained is None else len(now.difference(trained)),
        "new": None if then is None else len(now.difference(then)),
        "vanished": None if then is None else len(then.difference(now)),
    }


def compare_scored_crowds(scored: "Crowd", trained: "Crowd | None", before: "Crowd | None") -> dict[str, Any]:
    """The same of customers who stay in Spark."""
    return {
        "unseen": None if trained is None else scored.count_missing(trained),
        "new": None if before is None else scored.count_missing(before),
        "vanished": None if before is None else before.count_missing(scored),
    }


def count_segment_sizes(scored: pd.DataFrame) -> list[dict[str, Any]]:
    """How many customers are in each segment."""
    return list_segment_sizes(scored.groupby(["segment", "name"]).size())


def list_segment_sizes(sizes: pd.Series) -> list[dict[str, Any]]:
    """A record for each segment, by number and name."""
    counts = sizes.rename("customers").reset_index()
    return [{str(key): value for key, value in row.items()} for row in counts.to_dict("records")]


def subtract_deleted(told: Mapping[str, Any], gone: int) -> dict[str, Any]:
    """The manifest after rows were deleted from its output: what the scoring counted stays true of it."""
    return {**told, "forgotten": told.get("forgotten", 0) + gone}
