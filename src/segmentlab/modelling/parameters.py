"""What a parameter may be, and the sentence that says so when it is not.

scikit-learn asks that constructors only store. So a class says in its table `PARAMETERS` what each parameter
may be, and its `fit` begins with `check_parameters`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf, isfinite
from numbers import Integral, Real
from os import PathLike
from pathlib import Path
from reprlib import repr as shorten
from typing import ClassVar, Final, Protocol

from segmentlab.errors import ConfigError


class Allowed(Protocol):
    """A kind of value. As a text it ends the sentence `expected ...`."""

    def accepts(self, value: object) -> bool:
        """Whether the value is of this kind."""
        ...


ParameterTable = Mapping[str, Sequence[Allowed]]  # for each parameter one kind, or several


class Parametrized(Protocol):
    """An estimator that says what its parameters may be."""

    PARAMETERS: ClassVar[ParameterTable]


def check_parameters(estimator: Parametrized) -> None:
    """Refuse the first parameter that is none of what it may be."""
    for name, kinds in estimator.PARAMETERS.items():
        value = getattr(estimator, name)
        if not any(kind.accepts(value) for kind in kinds):
            raise ConfigError(
                f"{name}={shorten(value)} of {type(estimator).__name__} does not work: "
                f"expected {' or '.join(map(str, kinds))}."
            )


def check_at_most(estimator: object, name: str, customers: int) -> None:
    """Refuse a number of customers that is larger than how many there are."""
    value = getattr(estimator, name)
    if value is not None and value > customers:
        raise ConfigError(
            f"{name}={value} of {type(estimator).__name__} does not work with {customers:,} customers: "
            f"choose {customers:,} or fewer."
        )


@dataclass(frozen=True)
class WholeNumber:
    """A count, also one of NumPy's; neither 5.0 nor True is one."""

    least: int
    most: int | None = None

    def accepts(self, value: object) -> bool:
        """Whether it is a whole number within the bounds."""
        if not isinstance(value, Integral) or isinstance(value, bool):
            return False
        return self.least <= int(value) and (self.most is None or int(value) <= self.most)

    def __str__(self) -> str:
        if self.most is None:
            return f"a whole number of {self.least} or more"
        return f"a whole number from {self.least} to {self.most}"


@dataclass(frozen=True)
class Number:
    """A finite number above a bound, or from one to another."""

    above: float = -inf
    least: float = -inf
    most: float = inf

    def accepts(self, value: object) -> bool:
        """Whether it is a number within the bounds."""
        if not isinstance(value, Real) or isinstance(value, bool) or not isfinite(value):
            return False
        return float(value) > self.above and self.least <= float(value) <= self.most

    def __str__(self) -> str:
        return (
            f"a number above {self.above:g}"
            if self.above > -inf
            else (f"a number from {self.least:g} to {self.most:g}")
        )


@dataclass(frozen=True)
class Share:
    """A part of the whole, which is neither nothing nor all of it."""

    def accepts(self, value: object) -> bool:
        """Whether it lies between 0 and 1."""
        return Number(above=0).accepts(value) and not isinstance(value, Integral) and float(value) < 1  # type: ignore[arg-type]

    def __str__(self) -> str:
        return "a share between 0 and 1"


@dataclass(frozen=True)
class OneOf:
    """One of a few words."""

    words: tuple[str, ...]

    def accepts(self, value: object) -> bool:
        """Whether it is one of them."""
        return isinstance(value, str) and value in self.words

    def __str__(self) -> str:
        return " or ".join(map(repr, self.words))


@dataclass(frozen=True)
class Text:
    """Any word or words."""

    def accepts(self, value: object) -> bool:
        """Whether there is something to read."""
        return isinstance(value, str) and bool(value.strip())

    def __str__(self) -> str:
        return "a text"


@dataclass(frozen=True)
class ExistingFile:
    """The path of a file that is there."""

    def accepts(self, value: object) -> bool:
        """Whether it leads to a file."""
        return isinstance(value, str | PathLike) and Path(value).is_file()

    def __str__(self) -> str:
        return "the path of a file that is there"


@dataclass(frozen=True)
class ColumnNames:
    """Columns of a table by name."""

    def accepts(self, value: object) -> bool:
        """Whether it is a list of texts; a text alone is a list of letters."""
        if not isinstance(value, Sequence) or isinstance(value, str):
            return False
        return all(isinstance(name, str) for name in value)

    def __str__(self) -> str:
        return "a list of names of columns ('suggested' works within a Segmenter)"


@dataclass(frozen=True)
class Methods:
    """An object that can do certain things; a class whose objects can is none."""

    names: tuple[str, ...]

    def accepts(self, value: object) -> bool:
        """Whether it has the methods."""
        able = all(callable(getattr(value, name, None)) for name in self.names)
        return able and not isinstance(value, type)

    def __str__(self) -> str:
        return f"an object with {', '.join(self.names[:-1])} and {self.names[-1]}"


@dataclass(frozen=True)
class Nothing:
    """None, where it means something."""

    def accepts(self, value: object) -> bool:
        """Whether it is None."""
        return value is None

    def __str__(self) -> str:
        return "None"


@dataclass(frozen=True)
class AnyList:
    """Several values in an order: a list, an array or a Series."""

    def accepts(self, value: object) -> bool:
        """Whether it has an order; a text is one value."""
        return hasattr(value, "__array__") or (isinstance(value, Sequence) and not isinstance(value, str))

    def __str__(self) -> str:
        return "a list, an array or a Series"


@dataclass(frozen=True)
class RisingNumbers:
    """Cut points: one or several finite numbers, each larger than the one before."""

    def accepts(self, value: object) -> bool:
        """Whether there is one, and all rise."""
        if not isinstance(value, Sequence) or isinstance(value, str) or not value:
            return False
        return all(map(Number().accepts, value)) and all(low < high for low, high in pairwise(value))

    def __str__(self) -> str:
        return "a list of numbers that rise, such as [30, 90]"


@dataclass(frozen=True)
class ListOf:
    """A list, perhaps empty, whose members are all of one kind."""

    kind: Allowed

    def accepts(self, value: object) -> bool:
        """Whether each member is."""
        if not isinstance(value, Sequence) or isinstance(value, str):
            return False
        return all(self.kind.accepts(member) for member in value)

    def __str__(self) -> str:
        return f"a list, each member {self.kind}"


SEED: Final = WholeNumber(0, 2**32 - 1)  # what NumPy's generators take
