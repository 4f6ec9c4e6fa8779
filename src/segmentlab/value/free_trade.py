"""What all laws of free trade share: three numbers of a customer, and rates that follow a gamma law."""

from typing import Final

import numpy as np
import pandas as pd

from segmentlab.value.histories import FloatValues, OrderTimes, Places, collapse_histories

TAIL: Final = 1e-7  # probability of more orders than are counted


class FreeTrade:
    """A law of customers who come when they like.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import MbgNbd
        >>> people = pd.DataFrame({"repeats": [0, 2, 0], "recency": [0, 5, 0], "age": [9, 9, 9]})
        >>> times, places = MbgNbd(0.5, 6.0, 0.9, 1.6).read_histories(people)
        >>> MbgNbd(0.5, 6.0, 0.9, 1.6).bound_orders(times, 30.0).tolist()
        [71.0, 90.0]
    """

    r: float
    alpha: float

    def read_histories(self, histories: pd.DataFrame) -> tuple[OrderTimes, Places]:
        """The different histories, and the place of each customer among them."""
        return collapse_histories(histories)

    def bound_orders(self, times: OrderTimes, horizon: float) -> FloatValues:
        """How many orders need to be counted: more are next to impossible."""
        from scipy.special import gammaincinv

        most = gammaincinv(self.r + times.repeats, 1 - TAIL) * horizon / (self.alpha + times.age)
        return np.asarray(np.ceil(most + 6 * np.sqrt(most) + 10))
