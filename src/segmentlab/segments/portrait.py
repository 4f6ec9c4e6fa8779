"""All that is said of the segments of one run."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from segmentlab.features import FeatureTable
from segmentlab.segments.facts import Facts
from segmentlab.segments.habits import compute_trait_shares, describe_habits, sum_by_month
from segmentlab.segments.naming import name_segments
from segmentlab.segments.profile import compare_segment_features, profile_segments
from segmentlab.segments.rules import explain_segments
from segmentlab.segments.signals import Signals, compute_fact_signals, compute_feature_signals
from segmentlab.segments.vocabulary import Vocabulary

NO_PURCHASES_NOTE = (
    "There are no transactions: names rest on the features, and money, orders, returns and months are not "
    "available."
)


@dataclass(frozen=True)
class Portrait:
    """Tables that begin with the segment, and notes on what can't be told and why.

    `profile` (a row per segment) is what the report shows; `features` compares segments feature by
    feature; `traits` has countries and what a customers table tells in words; `months` is empty without
    purchases; `names` has name, description, reason, actions and `truth`, the share of its customers of whom
    a name is true, which is missing where the name claims nothing of customers; `rules` say who is in a
    segment, and `fidelity` how often they are right.
    """

    profile: pd.DataFrame
    features: pd.DataFrame
    traits: pd.DataFrame
    months: pd.DataFrame
    names: pd.DataFrame
    rules: pd.DataFrame
    fidelity: float
    notes: tuple[str, ...]

    @property
    def metrics(self) -> dict[str, float]:
        """By the names that runs are compared by."""
        return {"segments/rule_fidelity": self.fidelity}

    @property
    def called(self) -> dict[int, str]:
        """The name of each segment."""
        return _map_names(self.names)

    @property
    def truths(self) -> dict[int, float]:
        """Of which share of a segment's customers its name is true, where it says something of customers."""
        known = self.names["truth"].dropna()
        return dict(zip(known.index.astype(int), known, strict=True))


@dataclass(frozen=True)
class CustomerFacts:
    """What is known of customers beside their features: purchases, and words of a customers table."""

    facts: Facts | None
    traits: pd.DataFrame | None

    @property
    def all_traits(self) -> pd.DataFrame:
        """The traits, with the country that purchases tell where the customers table has none."""
        traits = pd.DataFrame() if self.traits is None else self.traits
        if self.facts is None or "country" not in self.facts.customers or "country" in traits:
            return traits
        return self.facts.customers[["country"]].join(traits)


def portray_segments(
    table: FeatureTable,
    people: CustomerFacts,
    labels: pd.Series,
    given: Mapping[int, str],
    vocabulary: Vocabulary,
    seed: int,
    shares: pd.DataFrame | None = None,
) -> Portrait:
    """Describe segments by features and purchases, and name those that have no name yet.

    `shares` say of how many of a segment's customers each name is true, where that is known.
    """
    facts, features = people.facts, table.frame
    lived = None if facts is None or table.as_of is None else describe_habits(facts, labels, table.as_of)
    names = name_segments(
        _compute_signals(table, facts, labels), labels.value_counts(), given, vocabulary, shares
    )
    called = _map_names(names)
    revenue = None if facts is None else facts.customers["revenue"]
    sizes = profile_segments(features, revenue, labels.to_numpy(), called)
    if names["truth"].notna().any():
        sizes.insert(1, "truth", names["truth"])
    explained = explain_segments(features, table.columns, labels, called, seed)
    return Portrait(
        profile=sizes if lived is None else sizes.join(lived),
        features=compare_segment_features(features, labels),
        traits=compute_trait_shares(people.all_traits, labels),
        months=pd.DataFrame() if facts is None else sum_by_month(facts, labels),
        names=names,
        rules=explained.rules,
        fidelity=explained.fidelity,
        notes=((NO_PURCHASES_NOTE,) if facts is None else facts.notes) + explained.notes,
    )


def _map_names(names: pd.DataFrame) -> dict[int, str]:
    return dict(zip(names.index.astype(int), names["name"], strict=True))


def _compute_signals(table: FeatureTable, facts: Facts | None, labels: pd.Series) -> Signals:
    if facts is None or table.as_of is None:
        return compute_feature_signals(table.frame, table.columns, labels)
    return compute_fact_signals(facts, labels, table.as_of)
