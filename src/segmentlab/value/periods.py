"""The law of subscribers: they order once in a period of their own, until a payment is their last."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.value.histories import FloatValues, Places
from segmentlab.value.rhythms import RhythmTimes, read_rhythms

TAILS: Final = 3.0  # degrees of freedom of how far orders are off: a holiday or a lost card is far
MEAN_OFF: Final = 2 * np.sqrt(TAILS) / np.pi  # how far the mean is off, in the scale of that law
WIDEST: Final = 3.0  # variance of that law in squares of its scale
PRIOR_GAPS: Final = 4.0  # how many gaps the shop's spread stands for, beside a customer's own
MOST_MISSED: Final = 6  # periods on end, which somebody leaves out and comes back
NEAR: Final = 3.0  # periods in which the next order is looked for closely
NEAR_CELLS, FAR_CELLS = 24, 8
LEAST_SPREAD: Final = 1e-3  # of a period: nobody is more even than days can tell
FARTHEST: Final = 4.0  # standard deviations, beyond which nobody's period is
DENSEST: Final = 8.0  # nor is it shorter than this part of what is known of it
TINY: Final = 1e-9  # chances that are nothing
CELLS: Final = 1_000_000  # that are looked at together


@dataclass(frozen=True)
class RhythmLaw:
    """When customers of a fixed rhythm order next, and whether they have left.

    A customer has a period. After each order they leave for good with the chance `churn`. Who stays orders
    one period later, or leaves some out (`missed`) and is back some whole periods later, and is off that day
    by `spread`, as a share of the period. Periods and spreads of who has few gaps lie nearer to the shop's.

    Attributes:
        period: The shop's middle period, in days.
        between: How far customers' periods differ: the standard deviation of their logarithm.
        spread: How far orders are off their day.
        missed: Chance that a period is left out by who stays.
        churn: Chance that an order is the last.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import RhythmLaw
        >>> law = RhythmLaw(period=30.0, between=0.3, spread=0.03, missed=0.02, churn=0.05)
        >>> paid = pd.DataFrame({"repeats": 9, "recency": 270, "age": [290, 303, 320], "gap": 30.0})
        >>> law.compute_alive(law.read_histories(paid.assign(missed=0, scatter=0.03))[0]).round(2)
        array([0.95, 0.53, 0.28])
    """

    period: float
    between: float
    spread: float
    missed: float
    churn: float

    def read_histories(self, histories: pd.DataFrame) -> tuple[RhythmTimes, Places]:
        """The rhythm of each customer, own where there are gaps enough and the shop's where there is none."""
        times = read_rhythms(histories)
        own, scatter = (histories[name].to_numpy(dtype=np.float64) for name in ("gap", "scatter"))
        spread = times.repeats * scatter / MEAN_OFF + PRIOR_GAPS * self.spread
        spread = np.maximum(spread / (times.repeats + PRIOR_GAPS), LEAST_SPREAD)
        gaps = np.maximum(times.repeats, 1)
        error = np.where(times.repeats > 0, WIDEST * spread**2 / gaps, np.inf)
        trust = self.between**2 / (self.between**2 + error)
        logs = trust * np.log(np.where(own > 0, own, self.period)) + (1 - trust) * np.log(self.period)
        doubt = np.where(times.repeats > 0, np.sqrt(trust * np.where(trust > 0, error, 0)), self.between)
        once = np.ones(len(times.repeats))
        rhythm = RhythmTimes(times.repeats, times.recency, times.age, once, np.exp(logs), doubt, spread)
        return rhythm, np.arange(len(once))

    def compute_waiting(self, times: RhythmTimes, passed: FloatValues) -> FloatValues:
        """The chance that who stays has not ordered again so many periods after the last order."""
        shape = (-1,) + (1,) * (passed.ndim - 1)
        scale = np.hypot(times.spread, times.doubt).reshape(shape)

        def wait(moment: FloatValues) -> FloatValues:
            counts = np.arange(1, MOST_MISSED + 2)
            chances = (1 - self.missed) * self.missed ** (counts - 1.0)
            chances[-1] = self.missed**MOST_MISSED
            parts = (
                chance * _place_in_tails((count - moment) / scale)
                for count, chance in zip(counts, chances, strict=True)
                if chance > TINY
            )
            return np.asarray(sum(parts))

        return np.asarray(np.clip(wait(passed) / wait(np.zeros_like(passed)), 0, 1))

    def compute_alive(self, times: RhythmTimes) -> FloatValues:
        """The probability that a customer has not left."""
        stays = (1 - self.churn) * self.compute_waiting(times, times.silence)
        return np.asarray(stays / (self.churn + stays))

    def bound_orders(self, times: RhythmTimes, horizon: float) -> FloatValues:
        """How many orders need to be counted: more are next to impossible."""
        periods = horizon / times.gap
        wide = FARTHEST * np.sqrt(periods * WIDEST) * times.spread
        dense = np.minimum(np.exp(FARTHEST * times.doubt), DENSEST)
        return np.asarray(np.ceil(periods * dense + wide + 3))

    def expect_orders(self, times: RhythmTimes, horizon: float) -> FloatValues:
        """Expected orders within the horizon of a customer who has not left."""
        most = self.bound_orders(times, horizon).astype(np.int64)
        expected = np.empty(len(most))
        left = np.argsort(most, kind="stable")
        while len(left):
            held = np.maximum(most[left], NEAR_CELLS + FAR_CELLS) * np.arange(1, len(left) + 1)
            rows, left = np.split(left, [max(int(np.searchsorted(held, CELLS)), 1)])
            reached = self._reach_counts(times.select(rows), horizon, int(most[rows[-1]]))
            expected[rows] = reached[:, 1:].sum(axis=1)
        return expected

    def count_orders(self, times: RhythmTimes, horizon: float, most: int) -> FloatValues:
        """The probability of 0, 1, ... `most` orders within the horizon of customers who have not left."""
        reached = self._reach_counts(times, horizon, most)
        return np.asarray(reached - np.pad(reached[:, 1:], ((0, 0), (0, 1))))

    def _reach_counts(self, times: RhythmTimes, horizon: float, most: int) -> FloatValues:
        """The probability of so many orders or more: the first when it comes, each other a period later."""
        from scipy.special import ndtr

        ahead = horizon / times.gap
        near = np.minimum(ahead, NEAR)[:, None]
        steps = near * np.linspace(0, 1, NEAR_CELLS + 1)
        far = near + (ahead[:, None] - near) * np.linspace(0, 1, FAR_CELLS + 1)[1:]
        edges = np.hstack([steps, far])
        waits = self._wait_further(times, edges)
        first = -np.diff(waits, axis=1)
        after = ahead[:, None] - (edges[:, 1:] + edges[:, :-1]) / 2
        room = np.log(np.maximum(after, np.finfo(np.float64).tiny))
        back = 1 - self.missed
        variance = WIDEST * times.spread**2 + self.missed / back**2
        reached = np.zeros((len(ahead), most + 1))
        reached[:, 0], reached[:, 1] = 1, first.sum(axis=1)
        bound = self.bound_orders(times, horizon)
        for more in range(1, most):
            rows = np.flatnonzero(bound > more)
            scale = np.sqrt(variance[rows] / more + times.doubt[rows] ** 2)[:, None]
            in_time = np.sum(first[rows] * ndtr((room[rows] - np.log(more / back)) / scale), axis=1)
            reached[rows, 1 + more] = (1 - self.churn) ** more * in_time
        return np.asarray(np.minimum.accumulate(reached, axis=1))

    def _wait_further(self, times: RhythmTimes, ahead: FloatValues) -> FloatValues:
        """The chance that who has been silent until today, and stays, is so for so many periods more."""
        now = np.maximum(self.compute_waiting(times, times.silence[:, None]), np.finfo(np.float64).tiny)
        return np.minimum(self.compute_waiting(times, times.silence[:, None] + ahead) / now, 1.0)

    def find_next(self, times: RhythmTimes) -> FloatValues:
        """Days from today by which half of those who stay have ordered."""
        low, high = np.zeros(len(times.gap)), np.full(len(times.gap), 2.0 + MOST_MISSED) + times.silence
        for _ in range(50):  # halvings
            middle = (low + high) / 2
            late = self._wait_further(times, middle[:, None])[:, 0] > 1 / 2
            low, high = np.where(late, middle, low), np.where(late, high, middle)
        return np.asarray(high * times.gap)


def _place_in_tails(moment: FloatValues) -> FloatValues:
    """Student's distribution with three degrees of freedom."""
    part = moment / np.sqrt(TAILS)
    return np.asarray(1 / 2 + (part / (1 + part**2) + np.arctan(part)) / np.pi)
