"""Which member of the front becomes the run's model: a rule that is stated before."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from segmentlab.tuning.trials import Trial, gains

RULES: Final = ("knee", "first")


def preferred(front: Sequence[Trial], objectives: Sequence[str], rule: str) -> list[Trial]:
    """The members of the front, the best by the rule first; of equal ones the one that came first.

    `first` goes by the first objective alone. `knee` goes by the distance to the ideal point, which has
    the best value of every objective on the front, where each is scaled to run from 0 to 1 on the front.
    """
    if not front:
        return []
    gained = np.array([gains(trial, objectives) for trial in front])
    spread = np.ptp(gained, axis=0)
    lacking = (gained.max(axis=0) - gained) / np.where(spread > 0, spread, 1.0)
    distance = lacking[:, 0] if rule == "first" else np.linalg.norm(lacking, axis=1)
    order = np.lexsort(([trial.number for trial in front], distance.round(9)))
    return [front[place] for place in order]
