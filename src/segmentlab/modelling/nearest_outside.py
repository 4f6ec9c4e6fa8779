"""For each point the nearest one outside its part: the costly step of a spanning tree, compiled.

Compiled once per machine. All distances here are squares. Points and parts lie in the order of a k-d tree, so
that each of its boxes is a stretch of rows; box `i` is divided into boxes `2i + 1` and `2i + 2`.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from numba import njit

FloatArray = npt.NDArray[np.float64]
PositionArray = npt.NDArray[np.int64]

NO_POINT = -1
MIXED_BOX = -1
DEEPEST_WALK = 128  # boxes that wait while others are looked at; their number is no more than twice the depth


class PointCloud(NamedTuple):
    """The points, how far each is from anybody at least, and the boxes around them."""

    points: FloatArray
    core: FloatArray
    low: FloatArray
    high: FloatArray
    first: PositionArray
    last: PositionArray
    leaf: npt.NDArray[np.bool_]


class EdgeArrays(NamedTuple):
    """What each point knows: an outsider, its reach and its distance; or a reach below which is NOBODY."""

    to: PositionArray
    reach: FloatArray
    length: FloatArray


@njit(cache=True, nogil=True)
def label_boxes(cloud: PointCloud, part: PositionArray) -> PositionArray:  # pragma: no cover  (compiled)
    """The part that fills each box, or MIXED."""
    whole = np.empty(len(cloud.leaf), dtype=np.int64)
    for box in range(len(whole) - 1, -1, -1):
        if cloud.leaf[box]:
            inside = part[cloud.first[box] : cloud.last[box]]
            whole[box] = inside[0] if (inside == inside[0]).all() else MIXED_BOX
        else:
            left, right = whole[2 * box + 1], whole[2 * box + 2]
            whole[box] = left if left == right else MIXED_BOX
    return whole


@njit(cache=True, nogil=True)
def find_edge_bounds(
    part: PositionArray, known: EdgeArrays, most: float
) -> FloatArray:  # pragma: no cover  (compiled)
    """The shortest reach out of each part that is known already, `most` where none is."""
    bound = np.full(part.max() + 1, most)
    for point, own in enumerate(part):
        if known.to[point] != NO_POINT and part[known.to[point]] != own:
            bound[own] = min(bound[own], known.reach[point])
    return bound


@njit(cache=True, nogil=True)
def search_outsiders(  # pragma: no cover  (compiled)
    cloud: PointCloud,
    part: PositionArray,
    whole: PositionArray,
    bound: FloatArray,
    known: EdgeArrays,
    first: int,
    last: int,
) -> None:
    """Let a stretch of points find outsiders, as far as their part's shortest edge may depend on them.

    `bound` falls while points find edges. Several threads may search at a time: a bound that one of them
    misses makes the search longer, never its answer another.
    """
    for point in range(first, min(last, len(part))):
        limit = bound[part[point]]
        to, reach = known.to[point], known.reach[point]
        outside = to != NO_POINT and part[to] != part[point]
        if not outside and (reach < limit or (reach == limit and to != NO_POINT)):
            to, reach, length = _find_nearest(point, cloud, part, whole, bound)
            known.to[point], known.reach[point], known.length[point] = to, reach, length


@njit(cache=True, nogil=True)
def pick_shortest_edges(
    part: PositionArray, bound: FloatArray, known: EdgeArrays
) -> PositionArray:  # pragma: no cover  (compiled)
    """For each part the point where its shortest edge begins, NOBODY where no edge is within the bound."""
    best = np.full(len(bound), NO_POINT)
    for point, own in enumerate(part):
        to = known.to[point]
        if to == NO_POINT or part[to] == own or known.reach[point] > bound[own]:
            continue
        if best[own] == NO_POINT or _is_shorter(
            known.reach[point], known.length[point], point, to, best[own], known
        ):
            best[own] = point
    return best


@njit(cache=True, nogil=True)
def _find_nearest(  # pragma: no cover  (compiled)
    point: int, cloud: PointCloud, part: PositionArray, whole: PositionArray, bound: FloatArray
) -> tuple[int, float, float]:
    """Walk through the boxes, nearer ones first, and past those that hold nothing better."""
    own = part[point]
    to, reach, length = NO_POINT, bound[own], np.inf
    waiting, gaps = np.empty(DEEPEST_WALK, dtype=np.int64), np.empty(DEEPEST_WALK)
    waiting[0], gaps[0], count = 0, 0.0, 1
    while count:
        count -= 1
        box, gap = waiting[count], gaps[count]
        least = max(gap, cloud.core[point])
        # Of edges with one reach the shorter counts, so a box at the same reach may still hold a better.
        if whole[box] == own or least > min(reach, bound[own]) or (least == reach and gap > length):
            continue
        if cloud.leaf[box]:
            to, reach, length = _find_nearest_inside(point, box, cloud, part, (to, reach, length))
            bound[own] = min(bound[own], reach)
            continue
        near, far = 2 * box + 1, 2 * box + 2
        to_near, to_far = _compute_box_gap(point, near, cloud), _compute_box_gap(point, far, cloud)
        if to_far < to_near:
            near, far, to_near, to_far = far, near, to_far, to_near
        waiting[count], gaps[count] = far, to_far
        waiting[count + 1], gaps[count + 1] = near, to_near
        count += 2
    return to, (bound[own] if to == NO_POINT else reach), length


@njit(cache=True, nogil=True, inline="always")
def _find_nearest_inside(  # pragma: no cover  (compiled)
    point: int, box: int, cloud: PointCloud, part: PositionArray, best: tuple[int, float, float]
) -> tuple[int, float, float]:
    to, reach, length = best
    for other in range(cloud.first[box], cloud.last[box]):
        if part[other] == part[point]:
            continue
        apart = _compute_squared_distance(point, other, cloud.points)
        mutual = max(apart, cloud.core[point], cloud.core[other])
        if mutual > reach or (mutual == reach and apart > length):
            continue
        if mutual < reach or apart < length or _comes_first(point, other, point, to):
            to, reach, length = other, mutual, apart
    return to, reach, length


@njit(cache=True, nogil=True)
def _is_shorter(  # pragma: no cover  (compiled)
    reach: float, length: float, point: int, to: int, other: int, known: EdgeArrays
) -> bool:
    """Whether the edge from `point` comes before the one known to `other`; no two edges are equal."""
    if reach != known.reach[other]:
        return bool(reach < known.reach[other])
    if length != known.length[other]:
        return bool(length < known.length[other])
    return _comes_first(point, to, other, known.to[other])


@njit(cache=True, nogil=True, inline="always")
def _comes_first(a: int, b: int, c: int, d: int) -> bool:  # pragma: no cover  (compiled)
    if min(a, b) != min(c, d):
        return bool(min(a, b) < min(c, d))
    return bool(max(a, b) < max(c, d))


@njit(cache=True, nogil=True, inline="always")
def _compute_squared_distance(a: int, b: int, points: FloatArray) -> float:  # pragma: no cover  (compiled)
    total = 0.0
    for column in range(points.shape[1]):
        gap = points[a, column] - points[b, column]
        total += gap * gap
    return total


@njit(cache=True, nogil=True, inline="always")
def _compute_box_gap(point: int, box: int, cloud: PointCloud) -> float:  # pragma: no cover  (compiled)
    """How far the point is from the box, 0 inside."""
    total = 0.0
    for column in range(cloud.points.shape[1]):
        value = cloud.points[point, column]
        gap = max(cloud.low[box, column] - value, value - cloud.high[box, column], 0.0)
        total += gap * gap
    return total
