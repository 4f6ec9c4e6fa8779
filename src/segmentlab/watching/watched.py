"""One look at a segmentation in use: everything that its page and its tables are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from segmentlab.watching.check import Check
from segmentlab.watching.delivery import Delivery
from segmentlab.watching.movement import Movement
from segmentlab.watching.population import PopulationDrift


@dataclass(frozen=True)
class Watched:
    """What was compared, and what came of it."""

    model: str
    data: str
    as_of: date
    customers: int
    checks: tuple[Check, ...]
    drift: PopulationDrift
    delivery: Delivery
    names: Mapping[int, str]
    movement: Movement | None = None  # nothing before there are two scorings

    @property
    def fired(self) -> tuple[Check, ...]:
        """The checks that ask for a look."""
        return tuple(check for check in self.checks if check.fired)

    @property
    def answer(self) -> str:
        """What a person wants to know first."""
        if not self.fired:
            return f"{self.model} still fits {self.data} as of {self.as_of}: no check asks for a look."
        names = ", ".join(check.name for check in self.fired)
        told = f"{len(self.fired)} of {len(self.checks)} checks fired: {names}"
        return f"Look at {self.data} as of {self.as_of}: {told}."
