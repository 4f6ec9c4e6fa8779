"""Maximum likelihood: the parameters of a law, how sure they are, and whether the search came to its end."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from segmentlab.value.histories import FloatValues

LEAST, MOST = 1e-4, 1e4  # a parameter, in units in which its usual size is about 1
STEP: Final = 1e-4  # of a logarithm, for the curvature
FLAT: Final = 1e-4  # slope of the mean log likelihood, per logarithm, at which the top is reached
NEAR_BOUND: Final = 1e-3  # of a logarithm

# The log likelihood of each row at these parameters, and its slopes: a column for each parameter.
Likelihood = Callable[[FloatValues], tuple[FloatValues, FloatValues]]


@dataclass(frozen=True)
class Fit:
    """What a fit has found, and how far it can be trusted.

    Attributes:
        parameters: By their names.
        errors: The standard error of each, from the curvature at the top; None where the data does not
            bound a parameter, so that nothing can be said of it.
        log_likelihood: Of all customers.
        converged: Whether the search came to the top of the likelihood.
        at_bounds: Parameters that stopped at the end of what is allowed.
    """

    parameters: Mapping[str, float]
    errors: Mapping[str, float | None]
    log_likelihood: float
    converged: bool
    at_bounds: tuple[str, ...]


def maximize_likelihood(
    compute: Likelihood, weights: FloatValues, starts: Sequence[Mapping[str, float]]
) -> Fit:
    """Climb from each start in the logarithms of the parameters, and keep the higher top.

    Args:
        compute: The law.
        weights: How many customers each row stands for.
        starts: Where to begin, by the names of the parameters; they should be near 1.

    Returns:
        The parameters with their standard errors.

    Example:
        >>> import numpy as np
        >>> from segmentlab.value import maximize_likelihood
        >>> waits = np.array([1.0, 2.0, 3.0, 6.0])
        >>> def compute(parameters):
        ...     rate = parameters[0]
        ...     return np.log(rate) - rate * waits, (1 / rate - waits)[:, None]
        >>> fit = maximize_likelihood(compute, np.ones(4), [{"rate": 1.0}])
        >>> round(fit.parameters["rate"], 4), round(fit.errors["rate"], 3), fit.converged
        (0.3333, 0.167, True)
    """
    from scipy.optimize import minimize

    total = weights.sum()

    def descend(logs: FloatValues) -> tuple[float, FloatValues]:
        parameters = np.exp(logs)
        values, slopes = compute(parameters)
        return -float(weights @ values) / total, -(weights @ slopes) * parameters / total

    names, low, high = list(starts[0]), np.log(LEAST), np.log(MOST)
    found = [
        minimize(
            descend,
            np.log([start[name] for name in names]),
            jac=True,
            method="L-BFGS-B",
            bounds=[(low, high)] * len(names),
            options={"ftol": 1e-13, "gtol": 1e-8, "maxiter": 500, "maxcor": 20},
        )
        for start in starts
    ]
    best = min(found, key=lambda one: one.fun)
    logs = np.asarray(best.x)
    bound = (logs < low + NEAR_BOUND) | (logs > high - NEAR_BOUND)
    values, slope = np.exp(logs), descend(logs)[1]
    errors = _find_errors(lambda at: descend(at)[1] * total, logs, ~bound)
    return Fit(
        parameters=dict(zip(names, values.tolist(), strict=True)),
        errors={
            name: None if error is None else error * value
            for name, error, value in zip(names, errors, values.tolist(), strict=True)
        },
        log_likelihood=-float(best.fun) * float(total),
        converged=bool(np.abs(slope[~bound]).max(initial=0.0) < FLAT),
        at_bounds=tuple(name for name, ends in zip(names, bound, strict=True) if ends),
    )


def _find_errors(
    slopes: Callable[[FloatValues], FloatValues], logs: FloatValues, free: np.ndarray
) -> list[float | None]:
    """Standard errors of the logarithms that are free, from the inverse of the curvature."""
    errors: list[float | None] = [None] * len(logs)
    places = np.flatnonzero(free)
    steps = STEP * np.eye(len(logs))[places]
    curvature = np.array([(slopes(logs + step) - slopes(logs - step))[places] for step in steps])
    curvature = (curvature + curvature.T) / (4 * STEP)
    if len(places) and np.linalg.eigvalsh(curvature).min() > 0:
        variances = np.diag(np.linalg.inv(curvature))
        for place, variance in zip(places, variances, strict=True):
            errors[place] = float(np.sqrt(variance))
    return errors
