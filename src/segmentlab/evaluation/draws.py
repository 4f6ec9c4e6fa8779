"""Repeated random experiments: how much is drawn, how it is drawn, and a number with its uncertainty."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from segmentlab.evaluation.workers import share_work

# How much is drawn to judge segments: what evidence costs.


LIGHT_VIEWS: Final = 5  # draws for each view at each k


@dataclass(frozen=True, kw_only=True)
class Effort:
    """Counts of draws, and sizes of samples. A measure without draws is left out: it is missing, not 0.

    Above a size, customers are sampled: seeded, every segment in proportion, and a note states it.
    """

    sample: int = 10_000  # customers whose silhouettes and forecasts are scored
    refit_sample: int = 2_500  # customers that the flow is fitted on again and again
    small_sample: int = 1_000  # the same where it takes long: at every k, and with UMAP
    bootstraps: int = 0  # resamples of customers, for the stability of each segment
    splits: int = 0  # halvings of the customers, for prediction strength
    seeds: int = 0  # fits that differ in their seed alone
    nulls: int = 0  # data sets without segments, of each kind
    gaps: int = 0  # customers among whom gaps are looked for; 0 leaves out the verdict
    random: int = 0  # random segmentations, which calibrate the scores
    resamples: int = 0  # of customers, for the intervals of usefulness
    views: int = 0  # draws for each view at each k

    @property
    def is_light(self) -> bool:
        """Whether every k is looked at before processes that would share that have loaded their libraries."""
        return self.views <= LIGHT_VIEWS

    @property
    def without_draws(self) -> "Effort":
        """The same samples, and nothing drawn from them: what one look tells."""
        return Effort(sample=self.sample, refit_sample=self.refit_sample, small_sample=self.small_sample)


# A number with its uncertainty: two runs that differ by less are equal.


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


Drawn = TypeVar("Drawn")


def repeat_draws(draw: Callable[[int], Drawn], count: int, seed: int, name: str = "draw") -> list[Drawn]:
    """What each of `count` draws gives, in order.

    Each draw has a seed of its own, so the answer is the same however the work is shared.
    """
    seeds = [int(state) for state in np.random.SeedSequence(seed).generate_state(count)] if count else []
    return share_work(draw, seeds, name)
