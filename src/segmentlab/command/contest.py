"""A run against the champion: the gates, and what its segments would be called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from segmentlab.command.nomination import Nominee
from segmentlab.comparing.likeness import comparable
from segmentlab.comparing.logged import LoggedRun
from segmentlab.evaluation.gates import MEASURES, Gate, gates
from segmentlab.evaluation.incumbent import side_by_side
from segmentlab.modelling.matching import match, numbers_of, with_numbers
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.scorer import Scorer
from segmentlab.tracking.logged_runs import read_customers, read_run
from segmentlab.tracking.mlflow_tracker import MlflowTracker
from segmentlab.tracking.model import StoredModel, model_of_run, read_recipe, read_scorer
from segmentlab.tracking.registry import Registry, Version

if TYPE_CHECKING:
    from segmentlab.scoring.recipe import Recipe

ABOUT: Sequence[str] = ("segment", "name", "confidence")  # the columns that are no features


@dataclass(frozen=True)
class Contest:
    """All that a promotion is decided by, and the model that it would register."""

    nominee: Nominee
    champion: Version | None
    gates: Sequence[Gate]
    identity: pd.DataFrame
    segments: pd.DataFrame  # number, name, customers
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
        return numbers_of(self.identity)

    @property
    def shut(self) -> list[str]:
        """The gates that the run does not pass."""
        return [gate.name for gate in self.gates if not gate.passed]


def contest(tracker: MlflowTracker, registry: Registry, nominee: Nominee) -> Contest:
    """Read what both have left in the store, and judge. Nothing is written."""
    run, champion = nominee.run, registry.champion()
    source = model_of_run(tracker.client, run.run_id)
    scorer, recipe = read_scorer(tracker.client, source), read_recipe(tracker.client, source)
    customers = read_customers(tracker, run, columns=None).set_index("customer_id")
    told = _told(tracker, champion)
    next_free = max(registry.next_number(), int(told.max()) + 1 if len(told) else 0)
    identity = match(customers["segment"], told, next_free)
    found = gates(run.metrics, run.tags)
    if champion is not None:
        incumbent = read_scorer(tracker.client, champion.model)
        identity = match(customers["segment"], _before(incumbent, customers, told), next_free, told)
        known = len(customers.index.intersection(told.index))
        found = [*_against(tracker, champion, incumbent, run, customers), _identity_gate(identity, known)]
    named = with_numbers(scorer, numbers_of(identity))
    return Contest(
        nominee=nominee,
        champion=champion,
        gates=found,
        identity=identity,
        segments=_segments(customers["segment"], numbers_of(identity), named),
        next_number=max(next_free, int(identity["number"].max()) + 1),
        source=source,
        scorer=named,
        recipe=recipe,
        features=customers.drop(columns=list(ABOUT)),
    )


def _told(tracker: MlflowTracker, champion: Version | None) -> pd.Series:
    """The champion's segment of each customer that it learnt from, by the numbers that it answers with."""
    if champion is None:
        return pd.Series(dtype="int64")
    told = read_customers(tracker, read_run(tracker, champion.run_id)).set_index("customer_id")["segment"]
    called = champion.numbers
    return told.map(lambda segment: segment if segment == NOISE else called.get(segment, segment))


def _before(champion: Scorer, customers: pd.DataFrame, told: pd.Series) -> pd.Series:
    """The champion's segment of each customer on the day of the run.

    Customers move on while segments stay: whoever was new a year ago is not new now. So what the champion
    once told of them says little of its segments, unless the run lacks the features to ask it anew.
    """
    if not set(champion.features) <= set(customers.columns):
        return told
    return pd.Series(champion.predict(customers.drop(columns=list(ABOUT))), index=customers.index)


def _against(
    tracker: MlflowTracker, champion: Version, incumbent: Scorer, run: LoggedRun, customers: pd.DataFrame
) -> list[Gate]:
    """The gates with a champion. What both have measured on the same data decides.

    Where they saw different data, the champion is asked for the segments of the run's own customers.
    """
    theirs = comparable(read_run(tracker, champion.run_id), run)
    if any(measure in run.metrics and measure in theirs for measure in MEASURES):
        return gates(run.metrics, run.tags, theirs)
    features = customers.drop(columns=list(ABOUT))
    own, frozen = side_by_side(incumbent, features, np.asarray(customers["segment"]))
    others = {name: value for name, value in run.metrics.items() if not name.startswith(MEASURES)}
    return gates({**others, **own}, run.tags, frozen)


def _identity_gate(identity: pd.DataFrame, known: int) -> Gate:
    """Without a customer in common they are of another shop, whatever the champion would make of them."""
    kept = identity.dropna(subset=["segment", "before"])
    segments = int(identity["segment"].notna().sum())
    told = f"{len(kept)} of {segments} segments keep their number ({int(kept['shared'].sum()):,} customers)"
    strangers = "" if known else "; the champion knows none of the customers"
    return Gate("identity", len(kept) > 0 and known > 0, f"{told}{strangers}.")


def _segments(own: pd.Series, numbers: Mapping[int, int], scorer: Scorer) -> pd.DataFrame:
    sizes = own[own != NOISE].map(numbers).value_counts().sort_index()
    names = [scorer.names[int(number)] for number in sizes.index]
    return pd.DataFrame({"number": sizes.index, "name": names, "customers": sizes.to_numpy()})
