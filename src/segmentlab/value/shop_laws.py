"""The laws of a shop, learnt once, by which it is said of any customer where they stand today."""

from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.value.counting import count_in_blocks, expect_log_spend
from segmentlab.value.doubts import LEAST_AGE
from segmentlab.value.gamma_gamma import GammaGamma
from segmentlab.value.histories import FloatValues, OrderTimes, Places, collapse_histories
from segmentlab.value.model import fit_value_model
from segmentlab.value.orders import FreeLaw

SHORTEST, LONGEST = 14.0, 90.0  # days that a usual second gap is taken to have
HORIZON_GAPS: Final = 3  # of usual second gaps: how far ahead a shop asks who will come
SHORTEST_HORIZON, LONGEST_HORIZON = 30.0, 182.0  # days
LATE: Final = 0.9  # of the days that a customer may take to the next order
BEST: Final = 0.9  # of all scores, and of all that was spent: above it are the best customers


@dataclass(frozen=True)
class ShopLaws:
    """What a shop's customers taught: two laws, and the shop's own rhythm.

    Attributes:
        orders: The law of orders.
        spend: The law of spend per order.
        second_gap: Days from a first order to a second one, of half of those who came back: between 14 and
            90; None where nobody came back.
        horizon: How many days ahead it is asked who will come: it follows the shop's rhythm.
        best_score: The score that a tenth of the customers reach.
        notes: What can't be told, and why.
        best_spent: What a tenth of the customers have spent in all.
    """

    orders: FreeLaw
    spend: GammaGamma
    second_gap: float | None
    horizon: float
    best_score: float
    notes: tuple[str, ...] = ()
    best_spent: float = np.inf

    def place(self, histories: pd.DataFrame) -> pd.DataFrame:
        """Say where each customer stands, in the rhythm that is their own.

        The gap to the next order is told by the customer's own orders as far as there are many, and by those
        of all customers as far as there are few.

        Args:
            histories: By customer `repeats`, `recency`, `age` and `spend` in days, of these or of others.

        Returns:
            By customer: `orders`; `age`, days since the first order; `silent`, days since the last one;
            `gap`, the days to a next order within which half of such customers come; `late_gap`, the same of
            nine in ten; `late`, the days that they are late by, in gaps; `waits`, how likely as long a
            silence is of who has not left; `alive`, how likely it is that they have not; `buys`, that they
            order within the horizon; `spent`, what they have spent in all; `expected`, what they are expected
            to spend in the horizon; `score`, by which customers are best ranked; and `next_in`, the days
            within which half of those who have not left come from today on.

        Example:
            >>> import pandas as pd
            >>> from segmentlab.value import GammaGamma, MbgNbd, ShopLaws
            >>> laws = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 4.0)
            >>> people = pd.DataFrame({"repeats": [0, 6], "recency": [0, 30], "age": [39, 39], "spend": 30.0})
            >>> laws.place(people)[["silent", "gap", "late", "alive"]].round(2)
               silent    gap  late  alive
            0    39.0  18.00  1.17   0.39
            1     9.0   4.05  1.22   0.66
        """
        times, places = collapse_histories(histories)
        count = histories["repeats"].to_numpy(dtype=np.float64) + 1
        spent = histories["spend"].to_numpy(dtype=np.float64)
        per_order = self.spend.expect_spend(count, spent)
        alive = self.orders.compute_alive(times)
        ahead = alive * self.orders.expect_orders(times, self.horizon)
        none = self.orders.count_orders(times, self.horizon, 0)[:, 0]
        silent = times.age - times.recency
        gap = self._find_gap(times, times.recency, 0.5)
        told = {
            "orders": times.repeats + 1,
            "age": times.age,
            "silent": silent,
            "gap": gap,
            "late_gap": self._find_gap(times, times.recency, LATE),
            "late": np.maximum(silent - gap, 0) / gap,
            "waits": self._find_wait(times),
            "alive": alive,
            "buys": alive * (1 - none),
            "next_in": self._find_gap(times, times.age, 0.5),
        }
        table = pd.DataFrame({name: values[places] for name, values in told.items()}, index=histories.index)
        return table.assign(
            spent=spent * count,
            expected=ahead[places] * per_order,
            score=self._rate(times, places, alive, per_order),
        )

    def _find_gap(self, times: OrderTimes, since: FloatValues, share: float) -> FloatValues:
        """The days after such a time within which this share of those who are still there order."""
        spread = (1 - share) ** (-1 / (self.orders.r + times.repeats)) - 1
        return np.asarray((self.orders.alpha + since) * spread)

    def _find_wait(self, times: OrderTimes) -> FloatValues:
        """How likely it is that somebody who is still there has waited for as long."""
        part = (self.orders.alpha + times.recency) / (self.orders.alpha + times.age)
        return np.asarray(part ** (self.orders.r + times.repeats))

    def _rate(
        self, times: OrderTimes, places: Places, alive: FloatValues, per_order: FloatValues
    ) -> FloatValues:
        score = np.zeros(len(places))
        for block in count_in_blocks(self.orders, times, alive, self.horizon):
            people, rows = block.find_people(places)
            score[people] = expect_log_spend(block.chances, rows, per_order[people])
        return score.round(9)  # far fewer digits than a number has: nobody's depend on who else is there


def learn_shop(histories: pd.DataFrame, law: str = "mbg_nbd") -> ShopLaws:
    """Learn the laws of a shop from its customers.

    Args:
        histories: By customer `repeats`, `recency`, `age`, `spend` and `second_gap`, in days.
        law: Of orders: `mbg_nbd`, `bg_nbd` or `pareto_nbd`.

    Returns:
        The laws. What the data can't tell stands in their `notes`.

    Raises:
        DataError: The histories hold nothing to learn from, or are of a few days.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import learn_shop
        >>> people = pd.DataFrame({"repeats": [0, 2, 1], "recency": [0.0, 50, 30], "age": [70.0, 60, 90]})
        >>> laws = learn_shop(people.assign(spend=[5.0, 9.0, 8.0], second_gap=[None, 20.0, 30.0]))
        >>> laws.second_gap, laws.horizon
        (25.0, 75.0)
    """
    oldest = float(histories["age"].max()) if len(histories) else 0.0
    if 0 < oldest < LEAST_AGE:
        raise DataError(
            f"The first order was {oldest:g} days ago, and {LEAST_AGE:g} are needed before it can be said "
            "who is new, late or gone, and who will come."
        )
    model = fit_value_model(histories, law)
    returned = histories.loc[histories["repeats"] > 0, "second_gap"]
    second_gap = None if returned.empty else float(np.clip(returned.median(), SHORTEST, LONGEST))
    horizon = HORIZON_GAPS * (LONGEST if second_gap is None else second_gap)
    horizon = float(np.clip(horizon, SHORTEST_HORIZON, LONGEST_HORIZON))
    laws = ShopLaws(cast("FreeLaw", model.orders), model.spend, second_gap, horizon, np.inf, model.notes)
    best = laws.place(histories)[["score", "spent"]].quantile(BEST)
    return replace(laws, best_score=float(best["score"]), best_spent=float(best["spent"]))
