"""Every model and its whole run beside the plain library call, time and memory: `python bench/models.py`.

Three numbers a line: the plain call, our fit, and `pipeline.segment`, which checks, fits, numbers, names,
judges (without draws) and describes the same customers and places them again. What the whole run takes
beyond its fit is our overhead. Plain call and whole run have a process of their own, so that memory is their
own and a failure stops nothing else. Imports don't count: each process runs once on 3,000 customers before.
A part of the table: `python bench/models.py --models dbscan hdbscan --sizes 6000 50000`.
"""

import argparse
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
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
from sklearn.preprocessing import FunctionTransformer

from segmentlab.features.feature_set import Column
from segmentlab.features.table import FeatureTable
from segmentlab.flow import StepTimer, segment
from segmentlab.flow.result import DescribedCustomers, Plan
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.transactions.dataset import SourceFacts

SIZES = (6_000, 50_000, 200_000, 1_000_000)
FEATURES = 6
FEW = 3_000
MEMORY_GIB = 16
EPS = 0.7  # given, so that both sides find the same

Fit = Callable[[], BaseEstimator]

# Ours, and what one would write without us; one entry where they are the same class.
MODELS: dict[str, tuple[Fit, ...]] = {
    "kmeans": (lambda: KMeans(5, n_init=25, tol=1e-6, random_state=0),),
    "minibatch_kmeans": (lambda: MiniBatchKMeans(5, batch_size=4096, n_init=20, random_state=0),),
    "bisecting_kmeans": (lambda: BisectingKMeans(5, n_init=5, tol=1e-6, random_state=0),),
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
        model, way, size = options.one
        return {"library": measure_library, "whole": measure_whole}[way](model, int(size))
    heads = ("library", "our fit", "whole run", "overhead", "of the fit")
    print(f"{'model':<22}{'customers':>10}" + "".join(f"{head:>26}" for head in heads))
    for model in options.models:
        for size in options.sizes:
            library, whole = (measured(model, way, size, options.limit) for way in ("library", "whole"))
            cells = "".join(f"{cell:>26}" for cell in (*library, *(whole if len(whole) > 1 else whole * 4)))
            print(f"{model:<22}{size:>10,}{cells}", flush=True)
    return None


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--models", nargs="+", choices=MODELS, default=list(MODELS))
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES)
    parser.add_argument("--limit", type=int, default=600, help="seconds until a fit is given up")
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(model: str, way: str, size: int, limit: int) -> list[str]:
    """The cells that a process of its own fills; one cell where it does not get there."""
    command = [sys.executable, __file__, "--one", model, way, str(size)]
    try:
        run = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    except subprocess.TimeoutExpired:
        return [f"over {limit} s"]
    if run.returncode == 0:
        return [str(cell) for cell in json.loads(run.stdout)]
    return ["out of memory" if "MemoryError" in run.stderr else f"exit code {run.returncode}"]


def measure_library(model: str, size: int) -> None:
    """Fit as one would without us, and print what it took."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GIB * 2**30, MEMORY_GIB * 2**30))
    fit = MODELS[model][-1]
    fit().fit(world(FEW))
    points = world(size)
    start, before = time.perf_counter(), time.process_time()
    fit().fit(points)
    print(json.dumps([cost(time.perf_counter() - start, time.process_time() - before, peak())]))


def measure_whole(model: str, size: int) -> None:
    """Run it all, and print what the fit in it took, what all of it took, and the difference."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_GIB * 2**30, MEMORY_GIB * 2**30))
    watched = Watched(MODELS[model][0]())
    plan = replace(plain_plan(), model=watched.model)
    segment(plan, described(FEW), StepTimer())
    customers = described(size)
    start, before = time.perf_counter(), time.process_time()
    segment(plan, customers, StepTimer())
    wall, processor = time.perf_counter() - start, time.process_time() - before
    overhead = wall - watched.wall
    cells = (
        cost(watched.wall, watched.processor),
        cost(wall, processor, peak()),
        cost(overhead, processor - watched.processor),
        f"{overhead / watched.wall:.0%}",
    )
    print(json.dumps(cells))


class Watched:
    """A model that leaves here how long its largest fit took; evidence may fit samples after it."""

    def __init__(self, model: BaseEstimator) -> None:
        watch = self

        class Timed(type(model)):  # type: ignore[misc]
            def fit(self, X: npt.NDArray[np.float64], y: object = None) -> object:  # noqa: ARG002, N803
                start, before = time.perf_counter(), time.process_time()
                super().fit(X)
                if len(X) >= watch.rows:
                    watch.rows, watch.wall = len(X), time.perf_counter() - start
                    watch.processor = time.process_time() - before
                return self

        self.model = Timed(**model.get_params())
        self.rows, self.wall, self.processor = 0, 0.0, 0.0


def cost(wall: float, processor: float, gib: float | None = None) -> str:
    """Wall time, processor time, and memory where it is known."""
    return f"{wall:.1f} s ({processor:.1f} cpu)" + ("" if gib is None else f" {gib:.1f} GiB")


def peak() -> float:
    """The most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def plain_plan() -> Plan:
    """Features as they are, no draws, and no other number of segments to look at."""
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        plan = build_plan(compose("run", overrides=["evaluate=quick"]))
    return replace(plan, preparation=FunctionTransformer(), ks=())


def described(customers: int) -> DescribedCustomers:
    """Customers as their features, which came without transactions."""
    columns = tuple(Column(f"feature_{number}", "drawn", "none") for number in range(FEATURES))
    index = pd.Index([f"customer {number:07}" for number in range(customers)], name="customer_id")
    frame = pd.DataFrame(world(customers), index=index, columns=[column.name for column in columns])
    about = SourceFacts(name="world", source="drawn", digest="none")
    return DescribedCustomers(about, FeatureTable(frame, columns, None, {}))


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
