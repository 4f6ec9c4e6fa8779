"""Customers who are not clustered with the others: rules take them out before the model sees them."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.modelling.contract import Apart, Labels
from segmentlab.modelling.numbering import NOISE

STAYS = -1


def set_apart(rules: Sequence[Apart], features: pd.DataFrame) -> npt.NDArray[np.int64]:
    """The position of the first rule that takes each customer out; STAYS where none does."""
    taken = np.full(len(features), STAYS, dtype=np.int64)
    for position, rule in enumerate(rules):
        taken[(taken == STAYS) & rule.applies(features)] = position
    return taken


def left_out(rules: Sequence[Apart], features: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Who belongs to no segment because a rule without a name took them out."""
    nameless = [position for position, rule in enumerate(rules) if rule.name is None]
    return np.isin(set_apart(rules, features), nameless)


def with_apart(taken: Labels, rules: Sequence[Apart], clustered: Labels, first_free: int) -> Labels:
    """Labels for everybody: the model's for those who stayed, and one more for each rule with a name."""
    own = [NOISE if rule.name is None else first_free + position for position, rule in enumerate(rules)]
    labels = np.asarray([*own, NOISE], dtype=np.int64)[taken]  # STAYS points at the last
    labels[taken == STAYS] = clustered
    return labels
