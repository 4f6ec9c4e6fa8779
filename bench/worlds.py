"""Worlds whose structure is known, by name, number of customers and seed: without groups, and with groups."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Truth = npt.NDArray[np.int64]
Draw = Callable[[np.random.Generator, int], Points]
DrawGroups = Callable[[np.random.Generator, int], tuple[Points, Truth]]


def make_world(name: str, customers: int, seed: int) -> tuple[Points, Truth]:
    """Standardised points, and the group of each; one group in a world without any."""
    generator = np.random.default_rng(seed)
    if name in WITHOUT_GROUPS:
        points, truth = WITHOUT_GROUPS[name](generator, customers), np.zeros(customers, dtype=np.int64)
    else:
        points, truth = WITH_GROUPS[name](generator, customers)
    return (points - points.mean(axis=0)) / points.std(axis=0), truth


# Without groups.


def _draw_multivariate_t(degrees: int, shape: Points) -> Draw:
    def draw(generator: np.random.Generator, customers: int) -> Points:
        radius = np.sqrt(degrees / generator.chisquare(degrees, customers))
        return generator.normal(size=(customers, len(shape))) @ shape * radius[:, None]

    return draw


def _draw_banana(generator: np.random.Generator, customers: int) -> Points:
    points = generator.normal(size=(customers, 3))
    points[:, 1] = points[:, 0] ** 2 + 0.3 * points[:, 1]
    return points


def _draw_arc(generator: np.random.Generator, customers: int) -> Points:
    angle = generator.uniform(0, 1.2 * np.pi, customers)
    arc = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(customers)])
    return arc + 0.15 * generator.normal(size=(customers, 3))


def _draw_line(generator: np.random.Generator, customers: int) -> Points:
    return generator.uniform(0, 10, customers)[:, None] + 0.2 * generator.normal(size=(customers, 3))


def _draw_counts(generator: np.random.Generator, customers: int) -> Points:
    return np.column_stack(
        [
            generator.poisson(2, customers),
            generator.geometric(0.35, customers),
            generator.binomial(6, 0.4, customers),
        ]
    ).astype(np.float64)


def _draw_rfm(generator: np.random.Generator, customers: int) -> Points:
    """Logs of whole days, of orders of whom a third is one, and of money."""
    orders = generator.geometric(0.3, customers)
    days, money = generator.exponential(80, customers).round(), np.exp(generator.normal(3, 1, customers))
    return np.log1p(np.column_stack([days, orders, money * orders]))


def _draw_many_zeros(generator: np.random.Generator, customers: int) -> Points:
    points = np.exp(generator.normal(size=(customers, 3)))
    points[generator.random(customers) < 0.4, 0] = 0
    return np.log1p(points)


def _draw_capped(generator: np.random.Generator, customers: int) -> Points:
    points = np.exp(generator.normal(size=(customers, 3)))
    return np.minimum(points, np.quantile(points, 0.97, axis=0))


def _draw_spike(generator: np.random.Generator, customers: int) -> Points:
    points = generator.normal(size=(customers, 3))
    points[generator.random(customers) < 0.35, 1] = points[:, 1].min()
    return points


def _draw_two_scales(generator: np.random.Generator, customers: int) -> Points:
    wide = np.where(generator.random(customers) < 0.5, 4.0, 1.0)
    return generator.normal(size=(customers, 3)) * wide[:, None]


def _draw_ten_columns(generator: np.random.Generator, customers: int) -> Points:
    return generator.normal(size=(customers, 10)) @ generator.normal(size=(10, 10))


LONG: Final = np.array([[1.0, 0.8, 0.3], [0.0, 0.6, 0.4], [0.0, 0.0, 0.5]])
SHEAR: Final = np.array([[1.0, 2.0, 0.0], [0.0, 1.0, 2.0], [0.0, 0.0, 1.0]])

WITHOUT_GROUPS: Final[Mapping[str, Draw]] = {
    "gaussian": lambda generator, customers: generator.normal(size=(customers, 3)),
    "log-normal": lambda generator, customers: np.exp(generator.normal(size=(customers, 3))),
    "t 3": lambda generator, customers: generator.standard_t(3, size=(customers, 3)),
    "t 5": lambda generator, customers: generator.standard_t(5, size=(customers, 3)),
    "t 10": lambda generator, customers: generator.standard_t(10, size=(customers, 3)),
    "multivariate t 3": _draw_multivariate_t(3, np.eye(3)),
    "multivariate t 5": _draw_multivariate_t(5, np.eye(3)),
    "long multivariate t 3": _draw_multivariate_t(3, LONG),
    "uniform": lambda generator, customers: generator.uniform(size=(customers, 3)),
    "sheared box": lambda generator, customers: generator.uniform(size=(customers, 3)) @ SHEAR,
    "banana": _draw_banana,
    "arc": _draw_arc,
    "line": _draw_line,
    "whole numbers": _draw_counts,
    "rfm": _draw_rfm,
    "many zeros": _draw_many_zeros,
    "capped": _draw_capped,
    "one-time spike": _draw_spike,
    "two scales": _draw_two_scales,
    "ten columns": _draw_ten_columns,
}

# With groups.


def _draw_three(apart: float, shares: tuple[float, float, float] = (1 / 3, 1 / 3, 1 / 3)) -> DrawGroups:
    """Round groups, each as many standard deviations from the others."""

    def draw(generator: np.random.Generator, customers: int) -> tuple[Points, Truth]:
        truth = generator.choice(3, customers, p=shares)
        return (apart / np.sqrt(2) * np.eye(3))[truth] + generator.normal(size=(customers, 3)), truth

    return draw


def _draw_two(apart: float, share: float) -> DrawGroups:
    """Two groups that differ in one of three columns."""

    def draw(generator: np.random.Generator, customers: int) -> tuple[Points, Truth]:
        truth = (generator.random(customers) < share).astype(np.int64)
        points = generator.normal(size=(customers, 3))
        points[:, 0] += apart * truth
        return points, truth

    return draw


def _draw_moons(generator: np.random.Generator, customers: int) -> tuple[Points, Truth]:
    truth = generator.integers(0, 2, customers)
    angle = generator.uniform(0, np.pi, customers)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    points = np.where(truth[:, None] == 0, upper, np.array([1.0, 0.5]) - upper)
    return points + 0.06 * generator.normal(size=(customers, 2)), truth


def _draw_rings(generator: np.random.Generator, customers: int) -> tuple[Points, Truth]:
    truth = generator.integers(0, 2, customers)
    angle, radius = generator.uniform(0, 2 * np.pi, customers), np.where(truth == 0, 1.0, 3.0)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return points + 0.12 * generator.normal(size=(customers, 2)), truth


WITH_GROUPS: Final[Mapping[str, DrawGroups]] = {
    "three at 6 sigma": _draw_three(6),
    "three at 5 sigma": _draw_three(5),
    "three at 4 sigma": _draw_three(4),
    "three of unequal size": _draw_three(6, (0.6, 0.3, 0.1)),
    "two at 8 sigma on one axis": _draw_two(8, 0.5),
    "one of 5 % at 6 sigma": _draw_two(6, 0.05),
    "moons": _draw_moons,
    "rings": _draw_rings,
}
