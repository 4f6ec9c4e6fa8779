"""What the evidence asks of a model: to be fitted again on other points."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from segmentlab.modelling.contract import Labels, Points


@dataclass(frozen=True)
class Partition:
    """A model fitted once more: the label of each of its points, and of points that it has not seen.

    Labels are the model's own: they mean nothing across fits. -1 is noise.
    """

    labels: Labels
    assign: Callable[[Points], Labels]


class Refit(Protocol):
    """Projection and model, ready to be fitted on any points of the scoring space."""

    def __call__(self, points: Points, seed: int) -> Partition:
        """Fit anew; the seed decides every random choice."""
        ...
