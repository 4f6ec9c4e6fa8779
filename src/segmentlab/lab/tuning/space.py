"""What a study may vary, and within which bounds."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from math import prod
from typing import Final, TypeVar

import numpy as np

from segmentlab.errors import ConfigError

# What a trial tries, and what it came to.


@dataclass(frozen=True)
class Proposal:
    """What one trial tries: a model by name, and parameters by stage."""

    model: str  # among those of the laboratory, such as `kmeans`
    parameters: Mapping[str, object]  # of the model, by the class's own names
    projection: Mapping[str, object] = field(default_factory=dict)  # of the projection, likewise
    prepare: str | None = None  # the name of a preparation among those offered; None is the run's own


@dataclass(frozen=True)
class TrialOutcome:
    """What a trial came to. A metric that can't be computed is missing; why, is told in `trouble`."""

    metrics: Mapping[str, float]
    trouble: str | None = None


GRID_STEPS: Final = 10  # values of a range of decimal numbers that a grid visits
MODEL_STAGE, PROJECTION_STAGE, PREPARE_STAGE = "model", "projection", "prepare"


@dataclass(frozen=True)
class WholeRange:
    """A whole number, both ends included."""

    low: int
    high: int

    def grid(self) -> Sequence[object]:
        """Every value."""
        return range(self.low, self.high + 1)


@dataclass(frozen=True)
class DecimalRange:
    """A decimal number, both ends included."""

    low: float
    high: float

    def grid(self) -> Sequence[object]:
        """A few values at equal distances."""
        found: list[object] = np.linspace(self.low, self.high, GRID_STEPS).tolist()
        return found


@dataclass(frozen=True)
class ChoiceList:
    """One of several values."""

    options: tuple[object, ...]

    def grid(self) -> Sequence[object]:
        """Every value."""
        return self.options


Dimension = WholeRange | DecimalRange | ChoiceList
Number = TypeVar("Number", int, float)


@dataclass(frozen=True)
class Space:
    """The dimensions of each model, and those that all models share.

    Values travel flat, as an optimiser wants them: `kmeans.n_clusters`, `projection.n_components`,
    `prepare`, and `model` where there are several. A model has its own prefix, for a parameter of the
    same name has other bounds in another model.
    """

    models: Mapping[str, Mapping[str, Dimension]]
    projection: Mapping[str, Dimension] = field(default_factory=dict)
    prepare: tuple[str, ...] = ()

    @property
    def model(self) -> ChoiceList | None:
        """The first choice, where there is one."""
        return ChoiceList(tuple(self.models)) if len(self.models) > 1 else None

    def dimensions(self, model: str) -> dict[str, Dimension]:
        """What is chosen once the model is."""
        own = {f"{model}.{name}": found for name, found in self.models[model].items()}
        shared = {f"{PROJECTION_STAGE}.{name}": found for name, found in self.projection.items()}
        prepare = {PREPARE_STAGE: ChoiceList(self.prepare)} if self.prepare else {}
        return {**own, **shared, **prepare}

    def proposal(self, values: Mapping[str, object]) -> Proposal:
        """Flat values as what they ask for."""
        model = str(values.get(MODEL_STAGE, next(iter(self.models))))
        prepare = values.get(PREPARE_STAGE)
        return Proposal(
            model=model,
            parameters=_select_below(values, model),
            projection=_select_below(values, PROJECTION_STAGE),
            prepare=None if prepare is None else str(prepare),
        )

    @property
    def finite(self) -> bool:
        """Whether every setting can be tried: no decimal number is among the dimensions."""
        every = (found for model in self.models for found in self.dimensions(model).values())
        return not any(isinstance(found, DecimalRange) for found in every)

    def count_points(self) -> int:
        """How many points a grid has."""
        return sum(
            prod(len(found.grid()) for found in self.dimensions(model).values()) for model in self.models
        )

    def draw_point(self, generator: np.random.Generator) -> dict[str, object]:
        """One of these points, by chance."""
        model = list(self.models)[int(generator.integers(len(self.models)))]
        values = {
            name: found.grid()[int(generator.integers(len(found.grid())))]
            for name, found in self.dimensions(model).items()
        }
        return {**({MODEL_STAGE: model} if self.model else {}), **values}

    def points(self) -> Iterator[dict[str, object]]:
        """Every point of a grid, flat."""
        for model in self.models:
            dimensions = self.dimensions(model)
            first = {MODEL_STAGE: model} if self.model else {}
            for values in product(*(found.grid() for found in dimensions.values())):
                yield {**first, **dict(zip(dimensions, values, strict=True))}


def read_dimension(key: str, written: object) -> Dimension:
    """A range or a list of choices, as configurations write them."""
    match written:
        case [int(low), int(high)] if not isinstance(low, bool) and not isinstance(high, bool):
            return WholeRange(*_check_rising(key, low, high))
        case [int() | float() as low, int() | float() as high] if not isinstance(low, bool):
            return DecimalRange(*_check_rising(key, float(low), float(high)))
        case [_, *_]:
            return ChoiceList(tuple(written))
    raise ConfigError(f"{key}={written} is no range and no list of choices: write [2,12] or [eom,leaf].")


def _check_rising(key: str, low: Number, high: Number) -> tuple[Number, Number]:
    if low > high:
        raise ConfigError(f"{key}=[{low},{high}] is upside down: write [{high},{low}].")
    return low, high


def check_known_name(name: str, names: Sequence[str], key: str) -> str:
    """The name itself, if it is one of those that exist."""
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names)}."
    raise ConfigError(f"{key}: '{name}' does not exist. {hint}")


def _select_below(values: Mapping[str, object], stage: str) -> dict[str, object]:
    prefix = f"{stage}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
