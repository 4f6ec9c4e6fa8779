"""What a description rests on: where a segment stands among all customers, dimension by dimension."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from segmentlab.features import Column, word_features
from segmentlab.segments.facts import Facts

FLAG_UNIT = "0 or 1"  # the unit of features that are true or not


@dataclass(frozen=True)
class Signals:
    """A row per segment, a column per dimension.

    `positions` say which share of all customers the segment's median customer outdoes, from 0 to 1; 1 is
    the best place: the most money, the latest purchase. `medians` are in units people think in. Where
    dimensions are features of the model, `features` has their words and units; of one that is true or not,
    the median is the share for whom it is true, and the position the mean rank: the middle where it is as
    common as among all customers.
    """

    medians: pd.DataFrame
    positions: pd.DataFrame
    ranked: tuple[str, ...]
    features: Mapping[str, tuple[str, str]]


def compute_fact_signals(facts: Facts, labels: pd.Series, as_of: date) -> Signals:
    """Value, frequency, recency and newness, whatever features the model saw."""
    own = facts.customers.reindex(labels.index)
    today = pd.Timestamp(as_of)
    amounts = pd.DataFrame(
        {
            "value": own["revenue"],
            "frequency": own["orders"],
            "recency": (today - own["last"]).dt.days,
            "newness": (today - own["first"]).dt.days,
        }
    )
    values = amounts.groupby(labels.to_numpy()).median()
    positions = _rank_amounts(amounts, values)
    positions[["recency", "newness"]] = 1 - positions[["recency", "newness"]]  # few days are the best place
    return Signals(values, positions, tuple(amounts.columns), {})


def compute_feature_signals(features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series) -> Signals:
    """Where nothing is known of purchases: the features themselves."""
    flags = [column.name for column in columns if column.unit == FLAG_UNIT]
    groups = features.groupby(labels.to_numpy())
    values, shares = groups.median(), groups[flags].mean()
    positions = _rank_amounts(features, values)
    values[flags], positions[flags] = shares, 0.5 + (shares - features[flags].mean()) / 2
    words = zip(columns, word_features(columns), strict=True)
    named = {column.name: (word, column.unit) for column, word in words}
    return Signals(values, positions, tuple(named), named)


def _rank_amounts(amounts: pd.DataFrame, values: pd.DataFrame) -> pd.DataFrame:
    """The share of all customers below each value, equal ones by half."""
    found = {}
    for name in values:
        ordered = np.sort(amounts[name].to_numpy(dtype=np.float64))
        below, up_to = (np.searchsorted(ordered, values[name].to_numpy(), side) for side in ("left", "right"))
        found[name] = (below + up_to) / (2 * len(ordered))
    return pd.DataFrame(found, index=values.index)
