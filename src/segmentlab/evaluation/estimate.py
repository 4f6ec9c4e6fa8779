"""A number with its uncertainty: two runs that differ by less are equal."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

NORMAL: Final = 1.96  # standard errors to either side hold 95 %


@dataclass(frozen=True)
class Estimate:
    """A value and its standard error, NaN where one draw is all there is."""

    value: float
    error: float

    @classmethod
    def mean(cls, draws: npt.NDArray[np.float64]) -> "Estimate":
        """What independent draws say together."""
        error = draws.std(ddof=1) / math.sqrt(len(draws)) if len(draws) > 1 else math.nan
        return cls(float(draws.mean()), float(error))

    def metrics(self, name: str) -> dict[str, float]:
        """The value under its name and, where the error is known, its 95 % interval beside it."""
        if math.isnan(self.error):
            return {name: self.value}
        reach = NORMAL * self.error
        return {name: self.value, f"{name}_low": self.value - reach, f"{name}_high": self.value + reach}
