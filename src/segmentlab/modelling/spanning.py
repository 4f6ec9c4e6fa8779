"""Spanning trees: the shortest net of edges that joins all customers, from which densities are read.

Boruvka's algorithm over a k-d tree: every part looks for its nearest outsider, all are joined, and so on
until one part is left. There is no matrix of distances, and the answer is exact. Edges are ordered by reach,
then by length, then by their ends, and points are sorted: so there is one shortest tree, whatever the
number of threads and the order of the rows.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Self

import numpy as np
from joblib import cpu_count
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn.neighbors import KDTree
from sklearn.utils import gen_batches

from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.merges import MergeTree, build_merge_tree
from segmentlab.modelling.neighbours import FittedPoints

if TYPE_CHECKING:
    from segmentlab.modelling.nearest_outside import PointCloud


SPANNING_BLOCK = 10_000  # points whose neighbours are searched at a time, by one thread
POINTS_IN_BOX = 24


@dataclass(frozen=True)
class DistinctPoints:
    """Customers without their copies, sorted; searches among copies would visit every one of them."""

    points: Points
    first: Labels  # the row that stands for each
    place: Labels  # of each row among the points
    copies: Labels

    @classmethod
    def of(cls, points: Points) -> Self:
        """Sort the rows, and keep one of those that are equal."""
        return cls(*np.unique(points, axis=0, return_index=True, return_inverse=True, return_counts=True))

    def reached(self, *neighbours: int) -> list[Points]:
        """How far the customer after so many others is, per point; its own copies are at distance 0."""
        wanted = [min(number + 1, len(self.place)) for number in neighbours]
        fitted = FittedPoints(self.points)
        reached = [np.empty(len(self.points)) for _ in wanted]
        for block in gen_batches(len(self.points), SPANNING_BLOCK * cpu_count()):
            distances, positions = fitted.nearest(self.points[block], max(wanted))
            passed = np.cumsum(self.copies[positions], axis=1)
            for column, number in zip(reached, wanted, strict=True):
                column[block] = distances[np.arange(len(passed)), (passed >= number).argmax(axis=1)]
        return reached


def build_single_tree(points: Points) -> MergeTree:
    """The single-linkage tree."""
    return build_merge_tree(*build_spanning_tree(points, neighbours=0))


def build_spanning_tree(points: Points, neighbours: int) -> tuple[Labels, Points]:
    """The edges of the shortest spanning tree in mutual reachability: pairs of rows, and their heights.

    Two customers reach each other at their distance, but no nearer than the distance from either to so
    many others. For none that is the plain distance.
    """
    distinct = DistinctPoints.of(points)
    return build_tree_among(distinct, *distinct.reached(neighbours))


def build_tree_among(distinct: DistinctPoints, reached: Points) -> tuple[Labels, Points]:
    """The same where it is known how far each is from as many others."""
    pairs = find_spanning_pairs(distinct.points, reached)
    apart = np.linalg.norm(distinct.points[pairs[:, 0]] - distinct.points[pairs[:, 1]], axis=1)
    heights = np.maximum(apart, reached[pairs].max(axis=1))
    copies = np.setdiff1d(np.arange(len(distinct.place)), distinct.first)
    originals = distinct.place[copies]
    return (
        np.concatenate([distinct.first[pairs], np.column_stack([distinct.first[originals], copies])]),
        np.concatenate([heights, reached[originals]]),
    )


def find_spanning_pairs(points: Points, reached: Points, longest: float = np.inf) -> Labels:
    """The edges that join distinct points to one tree, or to several where none is within `longest`."""
    tree = KDTree(points, leaf_size=POINTS_IN_BOX)
    order = np.asarray(tree.get_arrays()[1])
    found = [
        np.empty((0, 2), dtype=np.int64),
        *_join_parts(_build_cloud(points[order], reached[order], tree), longest),
    ]
    return np.asarray(order[np.concatenate(found)], dtype=np.int64)


def _build_cloud(points: Points, reached: Points, tree: KDTree) -> "PointCloud":
    from segmentlab.modelling.nearest_outside import PointCloud  # loads a compiler

    _, _, boxes, (low, high) = (np.asarray(array) for array in tree.get_arrays())
    first, last, leaf = (np.array(boxes[name]) for name in ("idx_start", "idx_end", "is_leaf"))
    return PointCloud(points, reached**2, low.copy(), high.copy(), first, last, leaf.astype(bool))


def _join_parts(cloud: "PointCloud", longest: float) -> Iterator[Labels]:
    """Join parts along their shortest edges until nothing is left to join."""
    from segmentlab.modelling.nearest_outside import (
        NO_POINT,
        EdgeArrays,
        find_edge_bounds,
        label_boxes,
        pick_shortest_edges,
        search_outsiders,
    )

    size = len(cloud.points)
    part = np.arange(size)
    known = EdgeArrays(np.full(size, NO_POINT), np.full(size, -1.0), np.full(size, np.inf))
    with ThreadPoolExecutor(cpu_count()) as pool:
        while part.any():
            bound, whole = find_edge_bounds(part, known, longest**2), label_boxes(cloud, part)
            if len(bound) < size:
                # The largest part need not search: whoever it is joined to finds the same edge.
                bound[np.bincount(part).argmax()] = -1.0
            look = partial(search_outsiders, cloud, part, whole, bound, known)
            # A list, so that what goes wrong in a thread is raised here.
            list(
                pool.map(
                    look,
                    range(0, size, SPANNING_BLOCK),
                    range(SPANNING_BLOCK, size + SPANNING_BLOCK, SPANNING_BLOCK),
                )
            )
            begins = pick_shortest_edges(part, bound, known)
            begins = begins[begins != NO_POINT]
            # Two parts that are each other's nearest both name the edge between them.
            pairs = np.unique(np.sort(np.column_stack([begins, known.to[begins]])), axis=0)
            if not len(pairs):
                return
            yield pairs
            part = find_connected_parts(part[pairs], len(bound))[part]


def find_connected_parts(pairs: Labels, size: int) -> Labels:
    """The part that each of so many is in, when these pairs are joined; parts are counted from 0."""
    graph = coo_array((np.ones(len(pairs), dtype=np.int8), pairs.T), shape=(size, size))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
