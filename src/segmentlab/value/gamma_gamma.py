"""Gamma-Gamma: what an order brings. Orders of a customer scatter around a mean of their own."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.value.fitting import Fit, Likelihood, maximize_likelihood
from segmentlab.value.histories import FloatValues


@dataclass(frozen=True)
class GammaGamma:
    """The law of spend per order, independent of how often somebody orders (Fader, Hardie and Lee 2005).

    Attributes:
        p: How little the orders of one customer scatter.
        q: How little customers differ from each other.
        v: The scale, in money.

    Example:
        >>> import numpy as np
        >>> from segmentlab.value import GammaGamma
        >>> law = GammaGamma(p=6.25, q=3.74, v=15.45)
        >>> law.expect_spend(np.array([1.0, 20.0]), np.array([100.0, 100.0])).round(1)
        array([80.3, 98.6])
    """

    p: float
    q: float
    v: float

    def expect_spend(self, orders: FloatValues, spend: FloatValues) -> FloatValues:
        """What an order is expected to bring, of who had so many of such a mean: between theirs and all.

        Who kept nothing counts as having spent nothing.
        """
        return self.p * self.scale_spend(orders, spend) / (self.p * orders + self.q - 1)

    def scale_spend(self, orders: FloatValues, spend: FloatValues) -> FloatValues:
        """The scale of a customer: sums of their orders divided by it depend on nothing but counts."""
        return np.asarray(self.v + orders * np.maximum(spend, 0))

    def spread_spend(
        self, orders: FloatValues, spend: FloatValues, ahead: FloatValues, squared: FloatValues
    ) -> FloatValues:
        """The standard deviation of what orders ahead bring, of which the mean and the mean square are known.

        Infinite where the mean of a customer is known so little that no end can be given.
        """
        shape = self.q + self.p * orders
        mean = self.expect_spend(orders, spend) * ahead
        least = np.maximum(shape - 2, np.finfo(np.float64).tiny)
        square = self.p * (self.p * squared + ahead) * self.scale_spend(orders, spend) ** 2
        with np.errstate(over="ignore"):
            spread = np.sqrt(np.maximum(square / ((shape - 1) * least) - mean**2, 0))
        return np.where(shape > 2, spread, np.inf)

    def compute_below(self, sums: FloatValues, ahead: FloatValues, orders: FloatValues) -> FloatValues:
        """The probability that so many orders ahead bring no more than a sum, in a customer's own scale."""
        from scipy.special import betainc

        return np.asarray(betainc(self.p * ahead, self.q + self.p * orders, sums / (1 + sums)))


def fit_gamma_gamma(histories: pd.DataFrame) -> tuple[GammaGamma, Fit]:
    """Fit the law of spend per order to all orders, the first ones too, by maximum likelihood.

    Customers who kept nothing (refunds taken off) are left out: the law knows positive sums only. A mean
    must exist, so `q` is above 1.

    Args:
        histories: By customer `repeats`, and `spend`, the mean of what an order brought.

    Returns:
        The law, and how sure its parameters are.

    Raises:
        DataError: Nobody has a positive spend.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import fit_gamma_gamma
        >>> people = pd.DataFrame({"repeats": [0, 1, 3, 9, 2], "spend": [10.0, 30.0, 12.0, 25.0, 18.0]})
        >>> law, fit = fit_gamma_gamma(people)
        >>> law.q > 1, fit.converged
        (True, True)
    """
    spend = histories["spend"].to_numpy(dtype=np.float64)
    if not np.isfinite(spend).all():
        raise DataError(
            "The spend of some customers is missing or infinite: give a number, or leave them out."
        )
    kept = spend > 0
    if not kept.any():
        raise DataError(
            "Nobody kept anything (what customers spent, less refunds, is 0 or less for all of them), so "
            "nothing can be said of what an order will bring."
        )
    orders = histories["repeats"].to_numpy(dtype=np.float64)[kept] + 1
    unit = float(spend[kept].mean())
    starts = [{"p": 2.0, "q": 1.0, "v": 1.0}, {"p": 6.0, "q": 3.0, "v": 0.5}]
    fit = maximize_likelihood(_make_likelihood(orders, spend[kept] / unit), np.ones(len(orders)), starts)
    found, error = fit.parameters, fit.errors["v"]
    parameters = {"p": found["p"], "q": 1 + found["q"], "v": unit * found["v"]}
    errors = {**fit.errors, "v": None if error is None else unit * error}
    log_likelihood = fit.log_likelihood - len(orders) * float(np.log(unit))
    return GammaGamma(**parameters), Fit(parameters, errors, log_likelihood, fit.converged, fit.at_bounds)


def _make_likelihood(orders: FloatValues, spend: FloatValues) -> Likelihood:
    """The log likelihood of means of so many orders, with q counted from 1.

    Special functions are computed once for each number of orders: there are few, and many customers.
    """
    from scipy.special import digamma, gammaln

    counts, place = np.unique(orders, return_inverse=True)
    log_mean, log_counts = np.log(spend), np.log(counts)

    def compute(parameters: FloatValues) -> tuple[FloatValues, FloatValues]:
        p, beyond, v = parameters.tolist()
        q, shape = 1 + beyond, p * counts
        of_count = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v) + shape * log_counts
        scale = v + orders * spend
        log_scale = np.log(scale)
        value = of_count[place] + (p * orders - 1) * log_mean - (p * orders + q) * log_scale
        in_p = counts * (digamma(shape + q) - digamma(shape) + log_counts)
        in_q = digamma(shape + q) - digamma(q) + np.log(v)
        slopes = [
            in_p[place] + orders * (log_mean - log_scale),
            in_q[place] - log_scale,
            q / v - (p * orders + q) / scale,
        ]
        return value, np.column_stack(slopes)

    return compute
