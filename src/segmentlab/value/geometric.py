"""BG/NBD and MBG/NBD: customers order at a steady rate of their own, and may leave after any order.

Rates are spread over customers by a gamma law (`r`, `alpha`), chances to leave by a beta law (`a`, `b`). In
BG/NBD (Fader, Hardie and Lee 2005) nobody leaves before their second order, so everybody who came once is
alive. In MBG/NBD (Batislam, Denizel and Filiztekin 2007) one may leave after the first as well. Everything
else is the same, so here the one differs from the other by a coin that is thrown after the first order.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from segmentlab.value.free_trade import FreeTrade
from segmentlab.value.histories import FloatValues, OrderTimes

REMOVABLE = 1e-6  # how near to 1 the formula of expected orders divides nothing by nothing
QUANTILE_NODES = 128  # over chances to leave, where the formula has no finite value


@dataclass(frozen=True)
class _Geometric(FreeTrade):
    """What both laws have in common."""

    r: float
    alpha: float
    a: float
    b: float

    coins_at_first: ClassVar[int]

    @classmethod
    def list_starts(cls, rate: float) -> list[dict[str, float]]:
        """Where a fit begins, where so many orders come in a unit of time."""
        return [
            {"r": 0.5, "alpha": 0.5 / rate, "a": 0.5, "b": 2.0},
            {"r": 2.0, "alpha": 1.0 / rate, "a": 1.5, "b": 1.0},
        ]

    @classmethod
    def compute_likelihood(
        cls, parameters: FloatValues, times: OrderTimes
    ) -> tuple[FloatValues, FloatValues]:
        """The log likelihood of each history, and its slopes in the four parameters."""
        from scipy.special import digamma

        law = cls(*parameters.tolist())
        r, alpha, a, b = law.r, law.alpha, law.a, law.b
        orders, coins = r + times.repeats, times.repeats + cls.coins_at_first
        stays, left = law._weigh_endings(times)
        value = np.logaddexp(stays, left)
        alive = np.exp(stays - value)
        gone = 1 - alive
        until, since = alpha + times.age, alpha + times.recency
        both = digamma(a + b) - digamma(a + b + coins)
        before = np.where(coins > 0, b + coins - 1, 1.0)
        slopes = np.column_stack(
            [
                digamma(orders) - digamma(r) + np.log(alpha) - alive * np.log(until) - gone * np.log(since),
                r / alpha - orders * (alive / until + gone / since),
                both + gone / a,
                both + digamma(b + coins) - digamma(b) - gone / before,
            ]
        )
        return value, slopes

    def _weigh_endings(self, times: OrderTimes) -> tuple[FloatValues, FloatValues]:
        """The log likelihood of each history with the customer still there, and with them gone."""
        from scipy.special import betaln, gammaln

        orders, coins = self.r + times.repeats, times.repeats + self.coins_at_first
        common = gammaln(orders) - gammaln(self.r) + self.r * np.log(self.alpha)
        common = common + betaln(self.a, self.b + coins) - betaln(self.a, self.b)
        stays = common - orders * np.log(self.alpha + times.age)
        before = np.where(coins > 0, self.b + coins - 1, 1.0)
        left = common + np.log(self.a / before) - orders * np.log(self.alpha + times.recency)
        return stays, np.where(coins > 0, left, -np.inf)

    def compute_alive(self, times: OrderTimes) -> FloatValues:
        """The probability that a customer has not left."""
        from scipy.special import expit

        stays, left = self._weigh_endings(times)
        return np.asarray(expit(stays - left))

    def expect_orders(self, times: OrderTimes, horizon: float) -> FloatValues:
        """Expected orders within the horizon of a customer who has not left.

        The usual formula multiplies a power that vanishes with a hypergeometric function that explodes, and
        has no value for some hundred repeats. Euler's transformation takes the one into the other.
        """
        from scipy.special import hyp2f1

        a = 1 + REMOVABLE if abs(self.a - 1) < REMOVABLE else self.a
        coins = times.repeats + self.coins_at_first
        whole = a + self.b + coins - 1
        whole = np.where(np.abs(whole) < REMOVABLE, REMOVABLE, whole)
        part = horizon / (self.alpha + times.age + horizon)
        with np.errstate(all="ignore"):  # what has no value is computed below
            series = hyp2f1(whole - self.r - times.repeats, a - 1, whole, part)
            expected = whole / (a - 1) * (1 - (1 - part) ** (a - 1) * series)
            limit = (self.r + times.repeats) * horizon / (self.alpha + times.age)  # of who never leaves
            sound = (expected >= 0) & (expected <= limit * (1 + REMOVABLE))
        if not sound.all():
            expected[~sound] = self._integrate_orders(times.select(np.flatnonzero(~sound)), horizon)
        return np.asarray(np.minimum(expected, limit))

    def _integrate_orders(self, times: OrderTimes, horizon: float) -> FloatValues:
        """The same as a mean over the chances to leave, at even steps of their distribution."""
        from scipy.special import betaincinv, exprel

        nodes, weights = np.polynomial.legendre.leggauss(QUANTILE_NODES)
        coins = self.b + times.repeats + self.coins_at_first
        chance = betaincinv(self.a, coins[:, None], (nodes + 1) / 2)
        # (1 - (1 + p t / alpha)^-r) / p, which is finite where p is 0
        start, orders = (self.alpha + times.age)[:, None], (self.r + times.repeats)[:, None]
        grown = np.log1p(chance * horizon / start)
        ratio = np.where(chance > 0, grown / np.maximum(chance, np.finfo(float).tiny), horizon / start)
        return np.asarray((orders * ratio * exprel(-orders * grown)) @ weights / 2)

    def count_orders(self, times: OrderTimes, horizon: float, most: int) -> FloatValues:
        """The probability of 0, 1, ... `most` orders within the horizon of customers who have not left."""
        from scipy.special import gammaln

        counts = np.arange(most + 1.0)
        orders = (self.r + times.repeats)[:, None]
        stay = (self.b + times.repeats + self.coins_at_first)[:, None]
        start = (self.alpha + times.age)[:, None]
        happen = np.exp(  # so many orders, if nobody left
            gammaln(orders + counts)
            - gammaln(orders)
            - gammaln(counts + 1)
            + orders * np.log(start / (start + horizon))
            + counts * np.log(horizon / (start + horizon))
        )
        survive = np.exp(
            gammaln(stay + counts) - gammaln(stay) + gammaln(self.a + stay) - gammaln(self.a + stay + counts)
        )
        chances = happen * survive
        reached = np.maximum(1 - np.cumsum(happen, axis=1)[:, :-1], 0)  # so many orders or more
        chances[:, 1:] += reached * survive[:, 1:] * self.a / (stay + counts[1:] - 1)
        return np.asarray(chances)


@dataclass(frozen=True)
class BgNbd(_Geometric):
    """BG/NBD: whoever came once has not left. It is the law of the published estimates.

    Example:
        >>> from segmentlab.value import BgNbd
        >>> BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426).alpha
        4.414
    """

    coins_at_first: ClassVar[int] = 0


@dataclass(frozen=True)
class MbgNbd(_Geometric):
    """MBG/NBD: one may leave after the first order, too. It is used unless another law is asked for.

    Example:
        >>> from segmentlab.value import MbgNbd
        >>> MbgNbd(r=0.52, alpha=6.2, a=0.89, b=1.6).coins_at_first
        1
    """

    coins_at_first: ClassVar[int] = 1
