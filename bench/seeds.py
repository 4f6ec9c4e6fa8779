"""Whether seeds agree on K-Means, and what that costs: `SEGMENTLAB_DATA=<folder> python bench/seeds.py`.

For each number of segments: the mean adjusted Rand index of fits that differ in their seed alone, as `conf/`
has the model and with 20 starts at scikit-learn's tolerance, on the 5,878 customers of Online Retail II, or
on as many generated ones where SEGMENTLAB_DATA is not set. The cost is a ratio of processor time; both take
turns in one process, on one thread.
"""

import argparse
import time
from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

import numpy as np
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from evidence import Points, compose_world, customers
from segmentlab.lab.config.build import build_plan

KS = range(2, 9)
PLAIN = {"n_init": 20, "tol": KMeans().tol}
LEAST_AGREEMENT = 0.9
MOST_COST = 2.0


class Side(NamedTuple):
    """How alike its fits are, and the processor seconds of one."""

    agreement: float
    seconds: float


def main() -> None:
    """Print a line for each number of segments."""
    options = parsed()
    ours = build_plan(compose_world([])).model
    assert isinstance(ours, KMeans)
    theirs = clone(ours).set_params(**PLAIN)
    points = customers().points
    print(f"K-Means on {len(points):,} customers, {options.seeds} seeds")
    print("  k   plain       ours        processor time")
    with threadpool_limits(limits=1):
        for k, plain, own in compare(points, theirs, ours, options.seeds):
            ratio = own.seconds / plain.seconds
            kept = own.agreement >= LEAST_AGREEMENT and ratio <= MOST_COST
            verdict = "ok" if kept else "MISSED"
            print(
                f"  {k}   {plain.agreement:.3f}       {own.agreement:.3f}       {ratio:.2f} times  {verdict}"
            )


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=6)
    return parser.parse_args()


def compare(points: Points, theirs: KMeans, ours: KMeans, seeds: int) -> Iterator[tuple[int, Side, Side]]:
    """Both sides at every k; they take turns from seed to seed."""
    for k in KS:
        fits = [[fit(model, points, k, seed) for model in (theirs, ours)] for seed in range(seeds)]
        yield k, *(summarise(list(side)) for side in zip(*fits, strict=True))


def fit(model: KMeans, points: Points, k: int, seed: int) -> tuple[Points, float]:
    """The labels, and the processor seconds that they took."""
    fresh = clone(model).set_params(n_clusters=k, random_state=seed)
    start = time.process_time()
    labels = fresh.fit(points).labels_
    return labels, time.process_time() - start


def summarise(fits: list[tuple[Points, float]]) -> Side:
    """The mean agreement of every two fits, and the mean of their seconds."""
    pairs = combinations([labels for labels, _ in fits], 2)
    agreement = np.mean([adjusted_rand_score(one, other) for one, other in pairs])
    return Side(float(agreement), float(np.mean([seconds for _, seconds in fits])))


if __name__ == "__main__":
    main()
