"""The champion on the customers of a later run, so that both are held against each other on the same data."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.evaluation.separation import separation
from segmentlab.modelling.contract import Labels
from segmentlab.modelling.scorer import Scorer

SAMPLE: Final = 10_000  # customers whose silhouettes are taken; the interval says what that leaves open
COMPARED: Final = "separation/silhouette"


def side_by_side(
    champion: Scorer, features: pd.DataFrame, labels: Labels
) -> tuple[Mapping[str, float], Mapping[str, float]]:
    """Silhouettes with their intervals, of the new segments and of the champion's, on these customers.

    Both are taken in the champion's scoring space. It is the one that its segments were found in, so the
    newcomer has to hold where the champion is at home. Nothing comes of it where the customers are not
    described by the champion's features.
    """
    if not set(champion.features) <= set(features.columns):
        return {}, {}
    prepared = champion.prepare(features)
    own = separation(prepared, np.asarray(labels), SAMPLE, seed=0).metrics
    theirs = separation(prepared, champion.predict(features), SAMPLE, seed=0).metrics
    return _compared(own), _compared(theirs)


def _compared(metrics: Mapping[str, float]) -> dict[str, float]:
    names = (COMPARED, f"{COMPARED}_low", f"{COMPARED}_high")
    return {name: metrics[name] for name in names if name in metrics}
