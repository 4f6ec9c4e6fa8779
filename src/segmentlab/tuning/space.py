"""What a study may vary, and within which bounds."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, TypeVar

import numpy as np

from segmentlab.errors import ConfigError
from segmentlab.tuning.proposal import Proposal

STEPS: Final = 10  # values of a range of decimal numbers that a grid visits
MODEL, PROJECTION, PREPARE = "model", "projection", "prepare"


@dataclass(frozen=True)
class Whole:
    """A whole number, both ends included."""

    low: int
    high: int

    def grid(self) -> Sequence[object]:
        """Every value."""
        return range(self.low, self.high + 1)


@dataclass(frozen=True)
class Decimal:
    """A decimal number, both ends included."""

    low: float
    high: float

    def grid(self) -> Sequence[object]:
        """A few values at equal distances."""
        found: list[object] = np.linspace(self.low, self.high, STEPS).tolist()
        return found


@dataclass(frozen=True)
class Choice:
    """One of several values."""

    options: tuple[object, ...]

    def grid(self) -> Sequence[object]:
        """Every value."""
        return self.options


Dimension = Whole | Decimal | Choice
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
    def model(self) -> Choice | None:
        """The first choice, where there is one."""
        return Choice(tuple(self.models)) if len(self.models) > 1 else None

    def dimensions(self, model: str) -> dict[str, Dimension]:
        """What is chosen once the model is."""
        own = {f"{model}.{name}": found for name, found in self.models[model].items()}
        shared = {f"{PROJECTION}.{name}": found for name, found in self.projection.items()}
        prepare = {PREPARE: Choice(self.prepare)} if self.prepare else {}
        return {**own, **shared, **prepare}

    def proposal(self, values: Mapping[str, object]) -> Proposal:
        """Flat values as what they ask for."""
        model = str(values.get(MODEL, next(iter(self.models))))
        prepare = values.get(PREPARE)
        return Proposal(
            model=model,
            parameters=_below(values, model),
            projection=_below(values, PROJECTION),
            prepare=None if prepare is None else str(prepare),
        )

    def points(self) -> Iterator[dict[str, object]]:
        """Every point of a grid, flat."""
        for model in self.models:
            dimensions = self.dimensions(model)
            first = {MODEL: model} if self.model else {}
            for values in product(*(found.grid() for found in dimensions.values())):
                yield {**first, **dict(zip(dimensions, values, strict=True))}


def dimension(key: str, written: object) -> Dimension:
    """A range or a list of choices, as configurations write them."""
    match written:
        case [int(low), int(high)] if not isinstance(low, bool) and not isinstance(high, bool):
            return Whole(*_rising(key, low, high))
        case [int() | float() as low, int() | float() as high] if not isinstance(low, bool):
            return Decimal(*_rising(key, float(low), float(high)))
        case [_, *_]:
            return Choice(tuple(written))
    raise ConfigError(f"{key}={written} is no range and no list of choices: write [2,12] or [eom,leaf].")


def _rising(key: str, low: Number, high: Number) -> tuple[Number, Number]:
    if low > high:
        raise ConfigError(f"{key}=[{low},{high}] is upside down: write [{high},{low}].")
    return low, high


def known(name: str, names: Sequence[str], key: str) -> str:
    """The name itself, if it is one of those that exist."""
    if name in names:
        return name
    near = difflib.get_close_matches(name, names, n=1)
    hint = f"Did you mean {near[0]}?" if near else f"There are: {', '.join(names)}."
    raise ConfigError(f"{key}: '{name}' does not exist. {hint}")


def _below(values: Mapping[str, object], stage: str) -> dict[str, object]:
    prefix = f"{stage}."
    return {name.removeprefix(prefix): value for name, value in values.items() if name.startswith(prefix)}
