"""Trees of merges: made from pairs, from weighted centres, and cut into groups.

A tree is SciPy's linkage matrix: row `i` merges two earlier groups into group `n + i` at a height.
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import cdist

from segmentlab.modelling.interfaces import Labels, Points

MergeTree = npt.NDArray[np.float64]
MergeWeights = npt.NDArray[np.float64]
JoinRule = Callable[[Points, Points, float, float, float, MergeWeights], Points]


def cut_tree(tree: MergeTree, groups: int) -> Labels:
    """The label of each leaf when the tree is cut into exactly so many groups.

    SciPy's `fcluster` gives fewer when merges tie; here the last `groups - 1` merges are undone,
    whatever their heights.
    """
    leaves = len(tree) + 1
    kept = leaves - groups
    children = tree[:kept, :2].astype(np.int64).ravel()
    parents = leaves + np.repeat(np.arange(kept), 2)
    nodes = leaves + kept
    graph = coo_array((np.ones(2 * kept, dtype=np.int8), (parents, children)), shape=(nodes, nodes))
    return np.asarray(connected_components(graph, directed=False)[1][:leaves], dtype=np.int64)


def build_merge_tree(pairs: npt.NDArray[np.int64], heights: MergeWeights) -> MergeTree:
    """The tree that joins these pairs of leaves from the lowest to the highest.

    The pairs are the edges of a spanning tree, or one leaf from each side of every merge.
    """
    order = np.argsort(heights, kind="stable")
    leaves = len(pairs) + 1
    parent, size = list(range(2 * leaves - 1)), [1] * (2 * leaves - 1)
    tree = np.empty((len(pairs), 4))
    for row, (first, second) in enumerate(pairs[order].tolist()):
        left, right = sorted((_find_root(parent, first), _find_root(parent, second)))
        group = leaves + row
        parent[left] = parent[right] = group
        size[group] = size[left] + size[right]
        tree[row] = left, right, 0, size[group]
    tree[:, 2] = heights[order]
    return tree


def _find_root(parent: list[int], node: int) -> int:
    """The group that holds a node now; the way there is halved for those who come after."""
    while parent[node] != node:
        parent[node] = parent[parent[node]]
        node = parent[node]
    return node


def build_weighted_tree(centres: Points, weights: MergeWeights, linkage: str) -> MergeTree:
    """The tree over centres that each stand for several customers; no library weighs its leaves.

    Chains of nearest neighbours: follow the nearest group until two are each other's nearest, merge
    them, go on from there. For these three linkages that gives the same tree as always merging the
    nearest two, in quadratic time (Murtagh 1983). `linkage` is ward, average or complete.
    """
    sizes = np.array(weights, dtype=np.float64)
    distances = cdist(centres, centres)
    if linkage == "ward":
        distances = 2 * np.outer(sizes, sizes) / np.add.outer(sizes, sizes) * distances**2
    np.fill_diagonal(distances, np.inf)
    merges = np.empty((len(centres) - 1, 3))
    chain: list[int] = []
    for merge in merges:
        gone, stays = _find_mutual_neighbours(distances, sizes, chain)
        merge[:] = gone, stays, distances[gone, stays]
        joined = JOIN_RULES[linkage](
            distances[gone], distances[stays], distances[gone, stays], sizes[gone], sizes[stays], sizes
        )
        joined[[gone, stays]] = np.inf
        distances[stays] = distances[:, stays] = joined
        distances[gone] = distances[:, gone] = np.inf
        sizes[stays] += sizes[gone]
        sizes[gone] = 0
    heights = np.sqrt(merges[:, 2].clip(min=0)) if linkage == "ward" else merges[:, 2]
    return build_merge_tree(merges[:, :2].astype(np.int64), heights)


def _find_mutual_neighbours(distances: Points, sizes: MergeWeights, chain: list[int]) -> tuple[int, int]:
    """Two groups of which each is the other's nearest; they leave the chain that led to them."""
    if not chain:
        chain.append(int(np.argmax(sizes > 0)))
    while True:
        last = chain[-1]
        nearest = int(np.argmin(distances[last]))
        # On a tie the one before wins, or the chain could run in a circle.
        if len(chain) > 1 and distances[last, chain[-2]] <= distances[last, nearest]:
            return chain.pop(), chain.pop()
        chain.append(nearest)


def _join_ward(
    one: Points, other: Points, apart: float, size: float, size_2: float, sizes: MergeWeights
) -> Points:
    return ((size + sizes) * one + (size_2 + sizes) * other - sizes * apart) / (size + size_2 + sizes)


def _join_average(
    one: Points, other: Points, _: float, size: float, size_2: float, __: MergeWeights
) -> Points:
    return (size * one + size_2 * other) / (size + size_2)


def _join_complete(one: Points, other: Points, *_: object) -> Points:
    return np.maximum(one, other)


# Lance and Williams: how far a merged group is from every other, given how far its two parts were.
JOIN_RULES: dict[str, JoinRule] = {"ward": _join_ward, "average": _join_average, "complete": _join_complete}
