"""What a customer will order and spend: a law of orders and one of spend, fitted together."""

from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.value.counting import Block, count_in_blocks, expect_log_spend, find_counts
from segmentlab.value.doubts import list_doubts
from segmentlab.value.fitting import Fit
from segmentlab.value.gamma_gamma import GammaGamma, fit_gamma_gamma
from segmentlab.value.histories import FloatValues, OrderTimes, Places
from segmentlab.value.orders import OrderLaw, fit_order_law

GRID: Final = 0.05  # step of the logarithm of sums, between which their distribution is interpolated
INTERVAL_ENDS: Final = ("orders_low", "orders_high", "spend_low", "spend_high")


class Levels(NamedTuple):
    """Between which shares of its distribution an interval lies."""

    low: float = 0.05
    high: float = 0.95


USUAL_LEVELS: Final = Levels()


class _Counted(NamedTuple):
    """What the probabilities of 0, 1, 2 ... orders come to: the score of customers, all else of histories."""

    buys: FloatValues
    ends: FloatValues  # of the intervals of orders and of spend
    score: FloatValues
    squared: FloatValues  # the mean square of orders


@dataclass(frozen=True)
class ValueModel:
    """What a law of orders and a law of spend say of customers.

    Attributes:
        orders: The law of orders.
        spend: The law of spend per order.
        fits: How each of the two was found, `orders` and `spend`: parameters with standard errors.
        notes: What can't be told, and why; empty where nothing stands against the model.
    """

    orders: OrderLaw[Any]
    spend: GammaGamma
    fits: dict[str, Fit]
    notes: tuple[str, ...] = ()

    def forecast(
        self,
        histories: pd.DataFrame,
        horizon: float,
        *,
        order_levels: Levels = USUAL_LEVELS,
        spend_levels: Levels = USUAL_LEVELS,
        intervals: bool = True,
    ) -> pd.DataFrame:
        """Say what each customer will order and spend within the horizon.

        Args:
            histories: By customer `repeats`, `recency`, `age` and `spend`: of these or of other customers.
            horizon: How far ahead, in the unit of time of the histories.
            order_levels: Where the interval of orders begins and ends.
            spend_levels: Where the interval of spend does.
            intervals: Whether there shall be any: they take most of the time.

        Returns:
            By customer: `alive`, the probability that they have not left; `buys`, that they order within
            the horizon; `orders` and `spend`, what is expected; `per_order`, what an order is expected to
            bring; `score`, the expected logarithm of one plus spend, by which customers are best
            ranked; the ends of the intervals, `orders_low`, `orders_high`, `spend_low`, `spend_high`; and
            `spend_spread`, the standard deviation of spend, by which that of many customers is told.

        Example:
            >>> import pandas as pd
            >>> from segmentlab.value import GammaGamma, MbgNbd, ValueModel
            >>> model = ValueModel(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), {})
            >>> people = pd.DataFrame({"repeats": [0, 6], "recency": [0, 30], "age": [39, 39], "spend": 30.0})
            >>> model.forecast(people, 39)[["alive", "buys", "orders", "spend"]].round(2)
               alive  buys  orders  spend
            0   0.39  0.11    0.15   4.69
            1   0.66  0.65    2.93  88.87
        """
        times, places = self.orders.read_histories(histories)
        count = histories["repeats"].to_numpy(dtype=np.float64) + 1
        spent = histories["spend"].to_numpy(dtype=np.float64)
        per_order, scale = self.spend.expect_spend(count, spent), self.spend.scale_spend(count, spent)
        alive = self.orders.compute_alive(times)
        expected = alive * self.orders.expect_orders(times, horizon)
        levels = (order_levels, spend_levels) if intervals else None
        counted = self._count_ahead(times, places, alive, horizon, per_order, levels)
        ahead = expected[places]
        told = {
            "alive": alive[places],
            "orders": ahead,
            "per_order": per_order,
            "score": counted.score,
            "buys": counted.buys[places],
            "spend": ahead * per_order,
            "spend_spread": self.spend.spread_spend(count, spent, ahead, counted.squared[places]),
        }
        if intervals:
            own = counted.ends[places]
            own[:, 2:] *= scale[:, None]
            told |= dict(zip(INTERVAL_ENDS, own.T, strict=True))
        return pd.DataFrame(told, index=histories.index)

    def _count_ahead(
        self,
        times: OrderTimes,
        places: Places,
        alive: FloatValues,
        horizon: float,
        per_order: FloatValues,
        levels: tuple[Levels, Levels] | None,
    ) -> _Counted:
        """Go through the numbers of orders, block by block."""
        found = _Counted(
            np.zeros(len(alive)), np.zeros((len(alive), 4)), np.zeros(len(places)), np.zeros(len(alive))
        )
        for block in count_in_blocks(self.orders, times, alive, horizon):
            found.buys[block.rows] = 1 - block.chances[:, 0]
            found.squared[block.rows] = block.chances @ np.arange(block.chances.shape[1]) ** 2.0
            if levels is not None:
                orders = times.repeats[block.rows[0]] + 1
                found.ends[block.rows, :2] = find_counts(block.chances, levels[0])
                found.ends[block.rows, 2:] = self._find_sums(block, orders, levels[1])
            people, rows = block.find_people(places)
            found.score[people] = expect_log_spend(block.chances, rows, per_order[people])
        return found

    def place_outcomes(
        self, histories: pd.DataFrame, horizon: float, outcomes: pd.DataFrame, seed: int
    ) -> pd.DataFrame:
        """Say which share of a customer's distribution lies below what came: even, if the model is right.

        Where many get the same (no order at all), a place among them is drawn: the randomised probability
        integral transform. Intervals are judged and set by it (`set_levels`).

        Args:
            histories: As they were when the horizon began.
            horizon: Its length.
            outcomes: By the same customers `orders` and `spend` within the horizon.
            seed: Of the places that are drawn.

        Returns:
            By customer the places of `orders` and of `spend`, from 0 to 1.

        Example:
            >>> import pandas as pd
            >>> from segmentlab.value import GammaGamma, MbgNbd, ValueModel
            >>> model = ValueModel(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), {})
            >>> people = pd.DataFrame({"repeats": [0, 6], "recency": [0, 30], "age": [39, 39], "spend": 30.0})
            >>> came = pd.DataFrame({"orders": [1, 2], "spend": [40.0, 70.0]})
            >>> model.place_outcomes(people, 39, came, seed=0)["spend"].round(2).tolist()
            [0.96, 0.53]
        """
        times, places = self.orders.read_histories(histories)
        alive = self.orders.compute_alive(times)
        drawn = np.random.default_rng(seed).random(len(histories))
        came = outcomes["orders"].to_numpy(dtype=np.int64)
        count = histories["repeats"].to_numpy(dtype=np.float64) + 1
        scale = self.spend.scale_spend(count, histories["spend"].to_numpy(dtype=np.float64))
        sums = outcomes["spend"].to_numpy(dtype=np.float64) / scale
        found = np.zeros((len(histories), 2))
        for block in count_in_blocks(self.orders, times, alive, horizon):
            people, rows = block.find_people(places)
            chances = block.chances[rows]
            below = np.pad(np.cumsum(chances, axis=1), ((0, 0), (1, 0)))
            least, each = np.minimum(came[people], chances.shape[1] - 1), np.arange(len(people))
            found[people, 0] = below[each, least] + drawn[people] * chances[each, least]
            ahead = np.arange(1.0, chances.shape[1])
            part = self.spend.compute_below(sums[people, None].clip(0), ahead, count[people[0]])
            within = chances[:, 0] + (chances[:, 1:] * part).sum(axis=1)
            found[people, 1] = np.where(sums[people] > 0, within, drawn[people] * chances[:, 0])
        return pd.DataFrame(np.minimum(found, 1), index=histories.index, columns=["orders", "spend"])

    def _find_sums(self, block: Block, orders: float, levels: Levels) -> FloatValues:
        """The ends of the interval of spend, in the scale of a customer."""
        from scipy.special import betaincinv

        ahead = np.arange(1.0, block.chances.shape[1])
        shape = self.spend.q + self.spend.p * orders
        ends = betaincinv(self.spend.p * ahead[[0, -1]], shape, [1e-4, 1 - 1e-4])
        ends = np.clip(ends, 1e-9, 1 - 1e-9)
        first, last = np.log(ends / (1 - ends)) / GRID
        logs = GRID * np.arange(np.floor(first), np.ceil(last) + 1)  # the same steps whoever else is there
        grid = np.exp(logs)
        below = block.chances[:, 1:] @ self.spend.compute_below(grid, ahead[:, None], np.asarray(orders))
        nothing = block.chances[:, :1]
        each = np.arange(len(below))
        found = np.zeros((len(below), 2))
        for side, level in enumerate(levels):
            after = np.clip(np.sum(nothing + below < level, axis=1), 1, len(grid) - 1)
            before = after - 1
            step = below[each, after] - below[each, before]
            part = (level - nothing[:, 0] - below[each, before]) / np.where(step > 0, step, 1.0)
            value = np.exp(logs[before] + np.clip(part, 0, 1) * (logs[after] - logs[before]))
            found[:, side] = np.where(nothing[:, 0] >= level, 0.0, value)
        return found


def fit_value_model(histories: pd.DataFrame, law: str = "mbg_nbd") -> ValueModel:
    """Fit a law of orders, and Gamma-Gamma for what an order brings.

    Args:
        histories: By customer `repeats`, `recency`, `age` and `spend`, as `summarize_days` makes them.
        law: `mbg_nbd`, `bg_nbd` or `pareto_nbd`.

    Returns:
        The model. What the data can't tell stands in its `notes`.

    Raises:
        DataError: The histories contradict themselves, or hold nothing to learn from.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import fit_value_model
        >>> people = pd.DataFrame({"repeats": [0, 0, 0], "recency": 0.0, "age": [90, 60, 30], "spend": 20.0})
        >>> model = fit_value_model(people)
        >>> print(model.notes[0])
        Nobody ordered a second time, so how often customers come back and when they leave can't be told, ...
    """
    if "spend" not in histories:
        raise DataError("Histories of customers lack spend, the mean of what an order brought (refunds off).")
    orders, order_fit = fit_order_law(histories, law)
    spend, spend_fit = fit_gamma_gamma(histories)
    return ValueModel(
        orders,
        spend,
        {"orders": order_fit, "spend": spend_fit},
        tuple(list_doubts(histories, order_fit, spend_fit)),
    )
