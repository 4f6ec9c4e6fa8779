"""Pareto/NBD: customers order at a steady rate of their own, and leave at any moment.

Rates are spread over customers by a gamma law (`r`, `alpha`), and so are the rates of leaving (`s`, `beta`):
Schmittlein, Morrison and Colombo 1987. The likelihood of having left is an integral over the moment. Its
substitution takes the steep part out, so that few nodes do, also with thousands of repeats; and its slopes
are integrals over the same nodes, where the hypergeometric form has none in closed form.
"""

from dataclasses import dataclass

import numpy as np

from segmentlab.value.free_trade import FreeTrade
from segmentlab.value.histories import FloatValues, OrderTimes

NODES = 32


@dataclass(frozen=True)
class ParetoNbd(FreeTrade):
    """Pareto/NBD: a customer may leave at any moment, and not only with an order.

    Example:
        >>> from segmentlab.value import ParetoNbd
        >>> ParetoNbd(r=0.553, alpha=10.578, s=0.606, beta=11.669).s
        0.606
    """

    r: float
    alpha: float
    s: float
    beta: float

    @classmethod
    def list_starts(cls, rate: float) -> list[dict[str, float]]:
        """Where a fit begins, where so many orders come in a unit of time."""
        return [
            {"r": 0.5, "alpha": 0.5 / rate, "s": 0.5, "beta": 1.0},
            {"r": 1.5, "alpha": 1.0 / rate, "s": 1.0, "beta": 3.0},
        ]

    @classmethod
    def compute_likelihood(
        cls, parameters: FloatValues, times: OrderTimes
    ) -> tuple[FloatValues, FloatValues]:
        """The log likelihood of each history, and its slopes in the four parameters."""
        from scipy.special import digamma, gammaln

        law = cls(*parameters.tolist())
        r, alpha, s, beta = law.r, law.alpha, law.s, law.beta
        orders = r + times.repeats
        stays = -orders * np.log(alpha + times.age) - s * np.log(beta + times.age)
        moments, log_weights = law._place_nodes(times)
        rate_time, life_time = np.log(alpha + moments), np.log(beta + moments)
        parts = log_weights + np.log(s) - orders[:, None] * rate_time - (s + 1) * life_time
        every = np.column_stack([stays, parts])
        top = every.max(axis=1, keepdims=True)
        shares = np.exp(every - top)
        total = shares.sum(axis=1, keepdims=True)
        shares /= total
        alive, gone = shares[:, 0], shares[:, 1:]
        common = gammaln(orders) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
        value = common + (top + np.log(total))[:, 0]
        until = alpha + times.age, beta + times.age
        slopes = np.column_stack(
            [
                digamma(orders)
                - digamma(r)
                + np.log(alpha)
                - alive * np.log(until[0])
                - (gone * rate_time).sum(axis=1),
                r / alpha - orders * (alive / until[0] + (gone / (alpha + moments)).sum(axis=1)),
                np.log(beta)
                + gone.sum(axis=1) / s
                - alive * np.log(until[1])
                - (gone * life_time).sum(axis=1),
                s / beta - s * alive / until[1] - (s + 1) * (gone / (beta + moments)).sum(axis=1),
            ]
        )
        return value, slopes

    def _place_nodes(self, times: OrderTimes) -> tuple[FloatValues, FloatValues]:
        """Moments between the last order and today, denser where leaving is likelier, and log weights."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        base = min(self.alpha, self.beta)
        steep = (self.r + self.s + times.repeats)[:, None]
        first, last = (base + times.recency)[:, None], (base + times.age)[:, None]
        # w = ((base + t) / first)^-steep runs from 1 down to `end`.
        end = np.exp(-steep * np.log(last / first))
        place = end + (1 - end) * (nodes + 1) / 2
        grown = np.exp(-np.log(place) / steep)
        with np.errstate(divide="ignore"):  # no time has passed: a weight of nothing
            log_weights = np.log((1 - end) / 2 * weights) + np.log(first / steep * grown / place)
        return first * grown - base, log_weights

    def compute_alive(self, times: OrderTimes) -> FloatValues:
        """The probability that a customer has not left."""
        from scipy.special import expit, logsumexp

        orders = self.r + times.repeats
        stays = -orders * np.log(self.alpha + times.age) - self.s * np.log(self.beta + times.age)
        moments, log_weights = self._place_nodes(times)
        parts = log_weights - orders[:, None] * np.log(self.alpha + moments)
        parts = parts - (self.s + 1) * np.log(self.beta + moments)
        return np.asarray(expit(stays - np.log(self.s) - logsumexp(parts, axis=1)))

    def expect_orders(self, times: OrderTimes, horizon: float) -> FloatValues:
        """Expected orders within the horizon of a customer who has not left."""
        from scipy.special import exprel

        life = self.beta + times.age
        grown = np.log1p(horizon / life)
        rate = (self.r + times.repeats) / (self.alpha + times.age)
        return np.asarray(rate * life * grown * exprel(-(self.s - 1) * grown))

    def count_orders(self, times: OrderTimes, horizon: float, most: int) -> FloatValues:
        """The probability of 0, 1, ... `most` orders within the horizon of customers who have not left."""
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        life = self.beta + times.age
        stay = np.exp(-self.s * np.log1p(horizon / life))
        chances = stay[:, None] * self._count_until(times, np.full(len(life), horizon), most)
        for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
            leave = life * np.expm1(-np.log1p(-node * (1 - stay)) / self.s)
            chances += ((1 - stay) * weight)[:, None] * self._count_until(times, leave, most)
        return chances

    def _count_until(self, times: OrderTimes, end: FloatValues, most: int) -> FloatValues:
        """The probability of so many orders until then, of customers who stay as long."""
        from scipy.special import gammaln, xlogy

        counts = np.arange(most + 1.0)
        orders = (self.r + times.repeats)[:, None]
        start, until = (self.alpha + times.age)[:, None], end[:, None]
        return np.asarray(
            np.exp(
                gammaln(orders + counts)
                - gammaln(orders)
                - gammaln(counts + 1)
                + orders * np.log(start / (start + until))
                + xlogy(counts, until / (start + until))
            )
        )
