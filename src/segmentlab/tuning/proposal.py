"""What a trial tries, and what it came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Proposal:
    """What one trial tries: a model by name, and parameters by stage."""

    model: str  # among those of the laboratory, such as `kmeans`
    parameters: Mapping[str, object]  # of the model, by the class's own names
    projection: Mapping[str, object] = field(default_factory=dict)  # of the projection, likewise
    prepare: str | None = None  # the name of a preparation among those offered; None is the run's own


@dataclass(frozen=True)
class Outcome:
    """What a trial came to. A metric that can't be computed is missing; why, is told in `trouble`."""

    metrics: Mapping[str, float]
    trouble: str | None = None
