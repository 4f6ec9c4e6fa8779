"""Which law of orders describes a shop's customers: fitted to their histories, by name."""

from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

import numpy as np
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.value.fitting import Fit, maximize_likelihood
from segmentlab.value.geometric import BgNbd, MbgNbd
from segmentlab.value.histories import FloatValues, OrderTimes, Places, collapse_histories
from segmentlab.value.lifetimes import ParetoNbd

Times = TypeVar("Times", bound=OrderTimes)

LEAST_RATE: Final = 1e-3  # orders in the mean age of customers, where a fit begins


class OrderLaw(Protocol[Times]):
    """What a law says of histories: how likely they are, and what comes after them."""

    def read_histories(self, histories: pd.DataFrame) -> tuple[Times, Places]:
        """What the law needs to know of customers, and the place of each among them."""
        ...

    def bound_orders(self, times: Times, horizon: float) -> FloatValues:
        """How many orders need to be counted: more are next to impossible."""
        ...

    def compute_alive(self, times: Times) -> FloatValues:
        """The probability that a customer has not left."""
        ...

    def expect_orders(self, times: Times, horizon: float) -> FloatValues:
        """Expected orders within the horizon of a customer who has not left."""
        ...

    def count_orders(self, times: Times, horizon: float, most: int) -> FloatValues:
        """The probability of 0, 1, ... `most` orders within the horizon of customers who have not left."""
        ...


FreeLaw = BgNbd | MbgNbd | ParetoNbd  # of customers who come when they like
LAWS: Final[Mapping[str, type[FreeLaw]]] = {
    "mbg_nbd": MbgNbd,
    "bg_nbd": BgNbd,
    "pareto_nbd": ParetoNbd,
}
OF_TIME: Final = ("alpha", "beta")  # parameters that are counted in the unit of time


def fit_order_law(histories: pd.DataFrame, law: str = "mbg_nbd") -> tuple[OrderLaw[OrderTimes], Fit]:
    """Fit a law of orders to the histories of customers, by maximum likelihood.

    Args:
        histories: By customer `repeats`, `recency` and `age` in any unit of time (`summarize_days`).
        law: `mbg_nbd`, `bg_nbd` or `pareto_nbd`.

    Returns:
        The law, and how sure its parameters are.

    Raises:
        ConfigError: There is no such law.
        DataError: The histories contradict themselves, or no time has passed since anybody's first order.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import fit_order_law
        >>> people = pd.DataFrame({"repeats": [0, 1, 3, 9, 0, 2], "recency": [0, 10, 30, 35, 0, 20]})
        >>> law, fit = fit_order_law(people.assign(age=[40.0, 40, 38, 36, 20, 21]))
        >>> type(law).__name__, fit.converged, sorted(fit.parameters)
        ('MbgNbd', True, ['a', 'alpha', 'b', 'r'])
    """
    if law not in LAWS:
        raise ConfigError(f"There is no law of orders '{law}': choose one of {', '.join(LAWS)}.")
    times, _ = collapse_histories(histories)
    unit = float(times.age @ times.customers / times.customers.sum())
    if unit <= 0:
        raise DataError(
            "No time has passed since the first order of any customer (every age is 0), so nothing can be "
            "said of what they will order: ask on a later day."
        )
    scaled, chosen = times.scale(unit), LAWS[law]
    rate = max(float(times.repeats @ times.customers / times.customers.sum()), LEAST_RATE)
    fit = maximize_likelihood(
        lambda parameters: chosen.compute_likelihood(parameters, scaled),
        times.customers,
        chosen.list_starts(rate),
    )
    units = {name: unit if name in OF_TIME else 1.0 for name in fit.parameters}
    values = {name: value * units[name] for name, value in fit.parameters.items()}
    errors = {name: None if error is None else error * units[name] for name, error in fit.errors.items()}
    # The likelihood of times in another unit differs by that unit for every repeat.
    shift = float(times.repeats @ times.customers) * float(np.log(unit))
    own = Fit(values, errors, fit.log_likelihood - shift, fit.converged, fit.at_bounds)
    return chosen(**values), own
