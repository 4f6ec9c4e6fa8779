"""Intervals that hold what they promise: their ends are set by what came of an earlier period."""

from typing import Final

import numpy as np
import numpy.typing as npt

from segmentlab.value.model import USUAL_LEVELS, Levels

FloatValues = npt.NDArray[np.float64]
LEAST_OUTCOMES: Final = 100  # customers; the tails of fewer are chance


def set_levels(places: FloatValues, usual: Levels = USUAL_LEVELS) -> Levels:
    """Where intervals have to begin and end, so that they would have held as many outcomes as they promise.

    A law is fitted to the past, and the time after it is never quite the same. Where its intervals held too
    few, they are made wider on the side that was too short. They are never made narrower: a period that was
    easy to foresee is no promise that the next one will be.

    Args:
        places: Of the outcomes of an earlier period, as `ValueModel.place_outcomes` finds them.
        usual: The levels that would do if the law were right.

    Returns:
        The usual levels or wider ones; the usual ones where there are too few outcomes.

    Example:
        >>> import numpy as np
        >>> from segmentlab.value import set_levels
        >>> set_levels(np.linspace(0, 1, 1001) ** 0.5)
        Levels(low=0.05, high=0.974...)
    """
    if len(places) < LEAST_OUTCOMES or measure_coverage(places, usual) >= usual.high - usual.low:
        return usual
    low, high = np.quantile(places, [usual.low, usual.high])
    return Levels(min(usual.low, float(low)), max(usual.high, float(high)))


def measure_coverage(places: FloatValues, levels: Levels) -> float:
    """The share of outcomes that intervals between these levels hold.

    Args:
        places: Of the outcomes, as `ValueModel.place_outcomes` finds them.
        levels: Where the intervals begin and end.

    Example:
        >>> import numpy as np
        >>> from segmentlab.value import Levels, measure_coverage
        >>> round(measure_coverage(np.linspace(0, 1, 1001), Levels(0.05, 0.95)), 2)
        0.9
    """
    return float(((places >= levels.low) & (places <= levels.high)).mean())
