"""Every model beside the plain library call, time and peak memory: `python bench/models.py`.

Each fit has a process of its own, so that its memory is its own and a failure stops nothing else. A part
of the table: `python bench/models.py --models dbscan hdbscan --sizes 6000 50000`.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    AgglomerativeClustering,
    BisectingKMeans,
    KMeans,
    MiniBatchKMeans,
)
from sklearn.mixture import GaussianMixture

from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.threads import threads_for

SIZES = (6_000, 50_000, 200_000, 1_000_000)
FEATURES = 6
MEMORY_GIB = 16
EPS = 0.7  # given, so that both sides find the same

Fit = Callable[[], BaseEstimator]

# Ours, and what one would write without us; one entry where they are the same class.
MODELS: dict[str, tuple[Fit, ...]] = {
    "kmeans": (lambda: KMeans(5, n_init=20, random_state=0),),
    "minibatch_kmeans": (lambda: MiniBatchKMeans(5, batch_size=4096, n_init=20, random_state=0),),
    "bisecting_kmeans": (lambda: BisectingKMeans(5, n_init=5, random_state=0),),
    "gaussian_mixture": (lambda: GaussianMixture(5, n_init=5, random_state=0),),
    **{
        f"hierarchical_{linkage}": (
            lambda linkage=linkage: Hierarchical(5, linkage, random_state=0),
            lambda linkage=linkage: AgglomerativeClustering(5, linkage=linkage),
        )
        for linkage in ("ward", "average", "complete", "single")
    },
    "dbscan": (lambda: Dbscan(EPS, 10), lambda: DBSCAN(eps=EPS, min_samples=10)),
    "hdbscan": (
        lambda: Hdbscan(25, 10),
        lambda: HDBSCAN(min_cluster_size=25, min_samples=11, copy=True),  # it counts the customer itself
    ),
}


def main() -> None:
    """Print the table, a line as soon as it is known."""
    options = parsed()
    if options.one:
        return fit_one(*options.one)
    print(f"{'model':<22}{'customers':>10}{'ours':>26}{'library':>26}")
    for model in options.models:
        for size in options.sizes:
            row = [measured(model, way, size, options.limit) for way in ("ours", "library")]
            print(f"{model:<22}{size:>10,}{row[0]:>26}{row[1]:>26}", flush=True)
    return None


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--limit", type=int, default=600, help="seconds until a fit is given up")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(model: str, way: str, size: int, limit: int) -> str:
    """Wall time, processor time and peak memory of one fit in a process of its own."""
    command = [sys.executable, __file__, "--one", model, way, str(size)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return f"over {limit} s"
    if run.returncode == 0:
        return run.stdout.strip()
    return "out of memory" if "MemoryError" in run.stderr else f"exit code {run.returncode}"


def fit_one(model: str, way: str, size: str) -> None:
    """Fit, and print what it took."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GIB * 2**30, MEMORY_GIB * 2**30))
    fits = MODELS[model]
    estimator, data = fits[0 if way == "ours" else -1](), world(int(size))
    start, before = time.perf_counter(), time.process_time()
    if way == "ours":
        with threads_for(len(data)):
            estimator.fit(data)
    else:
        estimator.fit(data)
    wall, processor = time.perf_counter() - start, time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{wall:.1f} s ({processor:.1f} cpu) {peak:.2f} GiB")


def world(customers: int) -> npt.NDArray[np.float64]:
    """Eight groups of different width, a tenth of whose customers have heavy tails."""
    generator = np.random.default_rng(0)
    centres = generator.normal(0, 4, (8, FEATURES))
    group = generator.integers(0, 8, customers)
    width = generator.uniform(0.4, 1.2, 8)[group, None]
    points = centres[group] + width * generator.normal(size=(customers, FEATURES))
    tail = generator.random(customers) < 0.1
    points[tail] += 1.5 * generator.standard_t(2, (int(tail.sum()), FEATURES))
    return np.asarray(points)


if __name__ == "__main__":
    main()
