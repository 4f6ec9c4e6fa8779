"""The cheapest labels of which no segment is too small or too large: exact, and compiled.

Compiled once per machine. The nearest labels come first. Then one customer at a time moves along the
cheapest chain of segments from where there are too many to where there is room (successive shortest paths:
what is cheapest for its sizes stays so). Only the cheapest customer between any two segments is of interest,
and waits on top of a heap.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
LabelArray = npt.NDArray[np.int64]


class Heaps(NamedTuple):
    """For each pair of segments a heap of rows, how many wait in it, and a mark for each that does."""

    rows: npt.NDArray[np.int32]
    sizes: LabelArray
    waits: npt.NDArray[np.bool_]


SLACK = 1e-12  # a path has to be shorter by more than rounding, or a round trip would look like a gain


@njit(cache=True, nogil=True)
def assign_within_limits(  # pragma: no cover  (compiled)
    costs: FloatArray, least: int, most: int
) -> tuple[LabelArray, FloatArray]:
    """The label of each customer, and the price of each segment.

    With the price taken off its cost, the segment that a customer is in is nobody's second choice: a new
    customer who chooses the smallest difference is placed as those who are there already.
    """
    customers, segments = costs.shape
    labels = np.empty(customers, dtype=np.int64)
    sizes = np.zeros(segments, dtype=np.int64)
    for row in range(customers):
        labels[row] = np.argmin(costs[row])
        sizes[labels[row]] += 1
    if sizes.min() >= least and sizes.max() <= most:
        return labels, np.zeros(segments)
    heaps = _make_heaps(costs, labels)
    weights = np.full((segments + 1, segments + 1), np.inf)
    for one in range(segments):
        _look_from(one, costs, labels, heaps, weights)
    while True:
        start, end = _find_imbalance(sizes, least, most)
        if start == -1:
            break
        _open_hub(sizes, least, most, weights)
        chain = _find_chain(weights, start, end)
        _move_along(chain, costs, labels, sizes, heaps, weights)
    _open_hub(sizes, least, most, weights)
    return labels, _compute_prices(weights)


@njit(cache=True, nogil=True)
def _make_heaps(costs: FloatArray, labels: LabelArray) -> Heaps:  # pragma: no cover  (compiled)
    """For each pair of segments the customers of the first, by what they would pay more in the second."""
    customers, segments = costs.shape
    heaps = Heaps(
        np.empty((segments, segments, customers), dtype=np.int32),
        np.zeros((segments, segments), dtype=np.int64),
        np.zeros((segments, segments, customers), dtype=np.bool_),
    )
    for row in range(customers):
        _push_everywhere(row, costs, labels, heaps)
    return heaps


@njit(cache=True, nogil=True)
def _push_everywhere(
    row: int, costs: FloatArray, labels: LabelArray, heaps: Heaps
) -> None:  # pragma: no cover  (compiled)
    """Let a customer wait to be moved from where it is; who waits still from an earlier stay waits once."""
    own = labels[row]
    for other in range(costs.shape[1]):
        if other == own or heaps.waits[own, other, row]:
            continue
        rows, place = heaps.rows[own, other], heaps.sizes[own, other]
        heaps.sizes[own, other] += 1
        heaps.waits[own, other, row] = True
        rows[place] = row
        while place:
            above = (place - 1) // 2
            if not _is_cheaper(rows[place], rows[above], own, other, costs):
                break
            rows[place], rows[above] = rows[above], rows[place]
            place = above


@njit(cache=True, nogil=True)
def _pop(one: int, other: int, costs: FloatArray, heaps: Heaps) -> None:  # pragma: no cover  (compiled)
    rows = heaps.rows[one, other]
    heaps.sizes[one, other] -= 1
    size, place = heaps.sizes[one, other], 0
    heaps.waits[one, other, rows[0]] = False
    rows[0] = rows[size]
    while 2 * place + 1 < size:
        below = 2 * place + 1
        if below + 1 < size and _is_cheaper(rows[below + 1], rows[below], one, other, costs):
            below += 1
        if not _is_cheaper(rows[below], rows[place], one, other, costs):
            break
        rows[place], rows[below] = rows[below], rows[place]
        place = below


@njit(cache=True, nogil=True)
def _is_cheaper(  # pragma: no cover  (compiled)
    row: int, than: int, one: int, other: int, costs: FloatArray
) -> bool:
    more = costs[row, other] - costs[row, one]
    most = costs[than, other] - costs[than, one]
    return bool(more < most or (more == most and row < than))


@njit(cache=True, nogil=True)
def _look_from(  # pragma: no cover  (compiled)
    one: int, costs: FloatArray, labels: LabelArray, heaps: Heaps, weights: FloatArray
) -> None:
    """What the cheapest customer of a segment pays in each other; who has left meanwhile waits no more."""
    for other in range(costs.shape[1]):
        if other == one:
            continue
        while heaps.sizes[one, other] and labels[heaps.rows[one, other, 0]] != one:
            _pop(one, other, costs, heaps)
        weights[one, other] = np.inf
        if heaps.sizes[one, other]:
            row = heaps.rows[one, other, 0]
            weights[one, other] = costs[row, other] - costs[row, one]


@njit(cache=True, nogil=True)
def _find_imbalance(
    sizes: LabelArray, least: int, most: int
) -> tuple[int, int]:  # pragma: no cover  (compiled)
    """A segment that has too many, and one that has too few; the hub where there is only one of them."""
    segments = len(sizes)
    start, end = int(sizes.argmax()), int(sizes.argmin())
    if sizes[start] <= most and sizes[end] >= least:
        return -1, -1
    return (start if sizes[start] > most else segments), (end if sizes[end] < least else segments)


@njit(cache=True, nogil=True)
def _open_hub(
    sizes: LabelArray, least: int, most: int, weights: FloatArray
) -> None:  # pragma: no cover  (compiled)
    """Segments that may take one more, or give one away, do so for nothing: the hub joins them all."""
    hub = len(sizes)
    for one in range(hub):
        weights[one, hub] = 0.0 if sizes[one] < most else np.inf
        weights[hub, one] = 0.0 if sizes[one] > least else np.inf


@njit(cache=True, nogil=True)
def _find_chain(weights: FloatArray, start: int, end: int) -> LabelArray:  # pragma: no cover  (compiled)
    """The segments on the cheapest way, by rounds of Bellman and Ford: a step may cost less than none."""
    nodes = len(weights)
    reach, before = np.full(nodes, np.inf), np.full(nodes, -1)
    reach[start] = 0.0
    for _ in range(nodes):
        better = False
        for one in range(nodes):
            for other in range(nodes):
                if reach[one] + weights[one, other] < reach[other] - SLACK:
                    reach[other], before[other] = reach[one] + weights[one, other], one
                    better = True
        if not better:
            break
    chain, length = np.full(nodes, end), 1
    while chain[nodes - length] != start:
        length += 1
        chain[nodes - length] = before[chain[nodes - length + 1]]
    return chain[nodes - length :]


@njit(cache=True, nogil=True)
def _move_along(  # pragma: no cover  (compiled)
    chain: LabelArray,
    costs: FloatArray,
    labels: LabelArray,
    sizes: LabelArray,
    heaps: Heaps,
    weights: FloatArray,
) -> None:
    """One customer from each segment to the next; the hub is no place to be."""
    hub = len(sizes)
    moved = np.full(len(chain) - 1, -1)
    for step in range(len(moved)):
        if chain[step] != hub and chain[step + 1] != hub:
            moved[step] = heaps.rows[chain[step], chain[step + 1], 0]
    for step, row in enumerate(moved):
        if row == -1:
            continue
        sizes[labels[row]] -= 1
        labels[row] = chain[step + 1]
        sizes[labels[row]] += 1
        _push_everywhere(row, costs, labels, heaps)
    for one in chain:
        if one != hub:
            _look_from(one, costs, labels, heaps, weights)


@njit(cache=True, nogil=True)
def _compute_prices(weights: FloatArray) -> FloatArray:  # pragma: no cover  (compiled)
    """Prices under which nobody would move: in the middle of all such prices.

    The cheapest ways from any one segment are such prices, and so are those to it, with the sign turned.
    Their mean is no extreme one, so that those who were moved last do not stand on the border itself.
    """
    nodes = len(weights)
    ways = weights.copy()
    for one in range(nodes):
        ways[one, one] = 0.0
    for middle in range(nodes):
        for one in range(nodes):
            for other in range(nodes):
                ways[one, other] = min(ways[one, other], ways[one, middle] + ways[middle, other])
    segments = nodes - 1
    prices = np.zeros(segments)
    for one in range(segments):
        prices += (ways[one, :segments] - ways[:segments, one]) / (2 * segments)
    highest: float = prices.max()
    return prices - highest
