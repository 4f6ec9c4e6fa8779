"""Spanning trees: the shortest net of edges that joins all customers, from which densities are read.

Edges are found by Boruvka's algorithm over a k-d tree, which needs no distance matrix. fast_hdbscan is
compiled for this machine at its first use (some 10 s) and kept in a cache of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.merges import Tree, tree_of

# Where fast_hdbscan on one thread overtakes the libraries that compile nothing: at 200,000 x 6 features
# HDBSCAN took 59 s of processor time with it and 51 s without, at 50,000 x 6 11 s and 5 s.
SMALL = 200_000


def single_tree(points: Points) -> Tree:
    """The single-linkage tree, exact at any size."""
    if len(points) <= SMALL:
        import fastcluster

        return np.asarray(fastcluster.linkage_vector(points, "single"))
    pairs = spanning_pairs(points, neighbours=1)
    # The edges were found in single precision; their lengths are taken again in double.
    return tree_of(pairs, lengths(points, pairs))


def spanning_pairs(points: Points, neighbours: int) -> Labels:
    """The edges of a shortest spanning tree in mutual reachability, a pair of rows each.

    Two customers reach each other at their distance, but no nearer than the distance from either to so
    many neighbours. For one neighbour that is the plain distance.
    """
    if len(points) <= SMALL:
        from hdbscan import HDBSCAN

        model = HDBSCAN(
            min_samples=neighbours, approx_min_span_tree=False, gen_min_span_tree=True, core_dist_n_jobs=1
        )
        edges = model.fit(points).minimum_spanning_tree_.to_numpy()
    else:
        from fast_hdbscan.hdbscan import compute_minimum_spanning_tree

        with one_compiled_thread():
            edges, _, _ = compute_minimum_spanning_tree(points, min_samples=neighbours)
    return np.asarray(edges[:, :2], dtype=np.int64)


def lengths(points: Points, pairs: Labels) -> Points:
    """The distance of each pair."""
    return np.asarray(np.linalg.norm(points[pairs[:, 0]] - points[pairs[:, 1]], axis=1))


@contextmanager
def one_compiled_thread() -> Iterator[None]:
    """fast_hdbscan with one thread: where distances tie, two race for the edge, and runs would differ.

    Its own `reproducible=True` gives equal runs as well, in several times the time.
    """
    import numba

    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        yield
    finally:
        numba.set_num_threads(threads)
