"""Which run is to be promoted, and how it stands against the champion."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.evaluation import (
    CHAMPION_MEASURES,
    Gate,
    LoggedRun,
    compare_with_champion,
    judge_gates,
    make_leaderboard,
    select_comparable,
)
from segmentlab.lab.tracking import (
    MlflowTracker,
    RegisteredModel,
    Registry,
    StoredModel,
    find_run,
    find_run_model,
    read_recipe,
    read_run,
    read_scorer,
    read_segment_customers,
    read_shop,
    read_table,
)
from segmentlab.modelling import NOISE, Scorer, apply_numbers, match_segments, read_numbers
from segmentlab.report import SHOWN_ID
from segmentlab.transactions import ShopComparison, compare_shops

if TYPE_CHECKING:
    from segmentlab.flow import Recipe


# Which run is to be promoted: the one that was asked for, or the one that the leaderboard recommends.


@dataclass(frozen=True)
class Nominee:
    """A run, and why it is this one."""

    run: LoggedRun
    why: str


def nominate_run(runs: Sequence[LoggedRun], run_id: str | None) -> Nominee:
    """The run of that id or name; without one the recommended one, if all saw the same data."""
    if run_id is not None:
        return Nominee(find_run(runs, run_id, key="run_id"), "asked for by run_id")
    board = make_leaderboard(runs)
    ranked = board[board["rank"].notna()]
    if ranked.empty:
        reasons = "; ".join(sorted(set(board["why_no_rank"]) - {""}))
        raise ConfigError(f"No run has a rank across scoring spaces: {reasons}. Or name one with run_id=.")
    best = ranked[ranked["recommended"]]
    if len(best) > 1:
        told = "; ".join(
            f"{row['data']}: run_id={row['run_id'][:SHOWN_ID]}" for row in best.to_dict("records")
        )
        raise ConfigError(
            f"The runs saw {len(best)} different data, and no rank compares across data. "
            f"Name one, or narrow the choice with filter=. The recommended of each: {told}."
        )
    chosen = best.iloc[0]
    why = f"recommended of {len(ranked)} runs on {chosen['data']}: {chosen['reason'].rstrip('.')}"
    return Nominee(next(run for run in runs if run.run_id == chosen["run_id"]), why)


# The columns that are no features; a run of an earlier version has no states.
NON_FEATURE_COLUMNS: Sequence[str] = ("segment", "name", "confidence", "state")
PROFILE_TABLE: Final = "segments/profile.csv"


@dataclass(frozen=True)
class Contest:
    """All that a promotion is decided by, and the model that it would register."""

    nominee: Nominee
    champion: RegisteredModel | None
    gates: Sequence[Gate]
    identity: pd.DataFrame
    segments: pd.DataFrame  # number, name, customers and, where the run has told it, truth
    next_number: int
    source: StoredModel
    scorer: Scorer  # answers with the numbers that it would have as champion
    recipe: "Recipe"
    features: pd.DataFrame

    @property
    def run(self) -> LoggedRun:
        """The run that is to be promoted."""
        return self.nominee.run

    @property
    def numbers(self) -> Mapping[int, int]:
        """What the run's own segment numbers become."""
        return read_numbers(self.identity)

    @property
    def shut(self) -> list[str]:
        """The gates that the run does not pass."""
        return [gate.name for gate in self.gates if not gate.passed]


def compare_with_champion_shop(
    tracker: MlflowTracker, nominee: Nominee, champion: RegisteredModel | None
) -> ShopComparison | None:
    """How the run's data differs from the champion's; nothing where there is no champion."""
    if champion is None:
        return None
    then, now = (read_shop(tracker, run_id) for run_id in (champion.run_id, nominee.run.run_id))
    return compare_shops(then, now, "the champion")


def hold_contest(tracker: MlflowTracker, registry: Registry, nominee: Nominee) -> Contest:
    """Read what both have left in the store, and judge. Nothing is written."""
    run, champion = nominee.run, registry.champion()
    source = find_run_model(tracker.client, run.run_id)
    scorer, recipe = read_scorer(tracker.client, source), read_recipe(tracker.client, source)
    customers = read_segment_customers(tracker, run, columns=None).set_index("customer_id")
    told = _read_champion_segments(tracker, champion)
    next_free = max(registry.next_number(), int(told.max()) + 1 if len(told) else 0)
    identity = match_segments(customers["segment"], told, next_free)
    found = judge_gates(run.metrics, run.tags)
    if champion is not None:
        incumbent = read_scorer(tracker.client, champion.model)
        identity = match_segments(
            customers["segment"], _find_segments_before(incumbent, customers, told), next_free, told
        )
        found = [
            *_judge_against_champion(tracker, champion, incumbent, run, customers),
            _make_identity_gate(identity),
        ]
    named = apply_numbers(scorer, read_numbers(identity))
    return Contest(
        nominee=nominee,
        champion=champion,
        gates=found,
        identity=identity,
        segments=_add_truth(
            _list_segments(customers["segment"], read_numbers(identity), named),
            read_table(tracker, run.run_id, PROFILE_TABLE),
        ),
        next_number=max(next_free, int(identity["number"].max()) + 1),
        source=source,
        scorer=named,
        recipe=recipe,
        features=customers.drop(columns=list(NON_FEATURE_COLUMNS), errors="ignore"),
    )


def _read_champion_segments(tracker: MlflowTracker, champion: RegisteredModel | None) -> pd.Series:
    """The champion's segment of each customer that it learnt from, by the numbers that it answers with."""
    if champion is None:
        return pd.Series(dtype="int64")
    told = read_segment_customers(tracker, read_run(tracker, champion.run_id)).set_index("customer_id")[
        "segment"
    ]
    called = champion.numbers
    return told.map(lambda segment: segment if segment == NOISE else called.get(segment, segment))


def _find_segments_before(champion: Scorer, customers: pd.DataFrame, told: pd.Series) -> pd.Series:
    """The champion's segment of each customer on the day of the run.

    Customers move on while segments stay: whoever was new a year ago is not new now. So what the champion
    once told of them says little of its segments, unless the run lacks the features to ask it anew.
    """
    if not set(champion.features) <= set(customers.columns):
        return told
    return pd.Series(
        champion.predict(customers.drop(columns=list(NON_FEATURE_COLUMNS), errors="ignore")),
        index=customers.index,
    )


def _judge_against_champion(
    tracker: MlflowTracker,
    champion: RegisteredModel,
    incumbent: Scorer,
    run: LoggedRun,
    customers: pd.DataFrame,
) -> list[Gate]:
    """The gates with a champion. What both have measured on the same data decides.

    Where they saw different data, the champion is asked for the segments of the run's own customers.
    """
    theirs = select_comparable(read_run(tracker, champion.run_id), run)
    if any(measure in run.metrics and measure in theirs for measure in CHAMPION_MEASURES):
        return judge_gates(run.metrics, run.tags, theirs)
    features = customers.drop(columns=list(NON_FEATURE_COLUMNS), errors="ignore")
    own, frozen = compare_with_champion(incumbent, features, np.asarray(customers["segment"]))
    others = {name: value for name, value in run.metrics.items() if not name.startswith(CHAMPION_MEASURES)}
    return judge_gates({**others, **own}, run.tags, frozen)


def _make_identity_gate(identity: pd.DataFrame) -> Gate:
    """Whether campaigns that hang on the champion's segments have one to go on with."""
    kept = identity.dropna(subset=["segment", "before"])
    segments = int(identity["segment"].notna().sum())
    told = f"{len(kept)} of {segments} segments keep their number ({int(kept['shared'].sum()):,} customers)"
    return Gate("identity", len(kept) > 0, f"{told}.")


def _list_segments(own: pd.Series, numbers: Mapping[int, int], scorer: Scorer) -> pd.DataFrame:
    sizes = own[own != NOISE].map(numbers).value_counts().sort_index()
    names = [scorer.names[int(number)] for number in sizes.index]
    return pd.DataFrame({"number": sizes.index, "name": names, "customers": sizes.to_numpy()})


def _add_truth(segments: pd.DataFrame, told: pd.DataFrame) -> pd.DataFrame:
    """With the share of customers of whom each name is true, where the run has told it."""
    if "truth" not in told:
        return segments
    return segments.assign(truth=segments["name"].map(told.set_index("name")["truth"]))
