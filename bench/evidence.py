"""What evidence costs: `SEGMENTLAB_DATA=<folder> python bench/evidence.py`.

Whole runs of the default world with `evaluate=quick` and `evaluate=standard`; then the full evidence on
K-Means beside the plain loop over scikit-learn that gives the same numbers, on the 5,878 customers of
Online Retail II, or on as many generated ones where SEGMENTLAB_DATA is not set. A shorter look:
`python bench/evidence.py --rounds 1 --draws 20`.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from sklearn.cluster import KMeans
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.build import build_engine, build_plan, build_source
from segmentlab.evaluation.calibration import calibrate, random_centres
from segmentlab.evaluation.effort import Effort
from segmentlab.evaluation.k_scan import scan_k
from segmentlab.evaluation.nulls import NULLS
from segmentlab.evaluation.reference import against_null
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.stability import bootstrap_jaccard
from segmentlab.pipeline import describe
from segmentlab.repository import CONF, ROOT
from segmentlab.settings import register
from segmentlab.steps import Steps
from side_by_side import medians, show

Points = npt.NDArray[np.float64]
Numbers = dict[str, Points]
KS = range(2, 13)
STARTS = 20


def main() -> None:
    """Print both tables."""
    options = parsed()
    register()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    whole_runs(options.rounds)
    points = customers()
    labels = kmeans(5, 0).fit(points).labels_
    ours = timed(lambda: with_us(points, labels, options.draws))
    plain = timed(lambda: without_us(points, labels, options.draws))
    print(f"\nFull evidence on {len(points):,} customers, {options.draws} draws of each kind")
    print(f"  the plain loop {plain[1]:8.1f} s\n  ours           {ours[1]:8.1f} s")
    print(f"  {plain[1] / ours[1]:.1f} times as fast, promised 8 times")
    for name, numbers in plain[0].items():
        print(f"    {name:<12} differs by at most {np.abs(numbers - ours[0][name]).max():.1e}")


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=100)
    return parser.parse_args()


def whole_runs(rounds: int) -> None:
    """The default command, with and without draws."""
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, str(ROOT / "src" / "run.py"), f"tracking.uri=sqlite:///{folder}/mlflow.db"]
        run += [f"data.folder={folder}", "cache=false"]
        names = ("quick", "standard")
        times = medians(rounds, **{name: [*run, f"evaluate={name}"] for name in names})
    show("A run of the default world", times, "quick", {"standard": 2})


def timed(work: Callable[[], Numbers]) -> tuple[Numbers, float]:
    """What it gives, and the seconds it takes."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def customers() -> Points:
    """Recency, frequency and monetary of each customer, logarithms, standardised."""
    real = os.environ.get("SEGMENTLAB_DATA")
    with tempfile.TemporaryDirectory() as folder:
        data = ["data=online_retail_ii"] if real else ["data.customers=5878", f"data.folder={folder}"]
        with initialize_config_dir(str(CONF), version_base="1.3"):
            config = compose("run", overrides=[*data, "evaluate=quick"])
        dataset = build_source(config).read(build_engine(config).connect())
        features = describe(build_plan(config), dataset, Steps()).features.frame
    return np.asarray(StandardScaler().fit_transform(np.log1p(features)))


def kmeans(k: int, seed: int) -> KMeans:
    """The model of both."""
    return KMeans(k, n_init=STARTS, random_state=seed)


def with_us(points: Points, labels: Points, draws: int) -> Numbers:
    """Through the flow's own functions."""
    flow = Flow(FunctionTransformer(), kmeans(5, 0))
    nulls = [against_null(flow, points, labels, null, count=draws, sample=10**6, seed=0) for null in NULLS]
    z = calibrate(points, labels, count=draws, sample=10**6, seed=0)
    assert z is not None
    scan = scan_k(flow, points, points, KS, Effort(sample=10**6), seed=0)
    return {
        "stability": bootstrap_jaccard(flow, points, labels, draws, 0)["jaccard"].to_numpy(),
        "nulls": np.concatenate([null.reached for null in nulls]),
        "calibration": np.array([z.silhouette_z, z.davies_bouldin_z]),
        "k": scan[["silhouette", "davies_bouldin", "calinski_harabasz"]].to_numpy(),
    }


def without_us(points: Points, labels: Points, draws: int) -> Numbers:
    """The same numbers as one would write them with scikit-learn."""
    seeds = [int(seed) for seed in np.random.SeedSequence(0).generate_state(draws)]
    reached = []
    for null in NULLS.values():
        for seed in seeds:
            drawn = null(points, np.random.default_rng(seed))
            reached.append(silhouette_score(drawn, kmeans(5, seed).fit(drawn).labels_))
    chance = np.array(
        [scores(points, random_centres(points, 5, np.random.default_rng(seed))) for seed in seeds]
    )
    z = (np.array(scores(points, labels)) - chance.mean(axis=0)) / chance.std(axis=0, ddof=1)
    views = []
    for k in KS:
        own = kmeans(k, 0).fit(points).labels_
        views.append([*scores(points, own), calinski_harabasz_score(points, own)])
    return {
        "stability": np.mean([jaccard(points, labels, seed) for seed in seeds], axis=0),
        "nulls": np.array(reached),
        "calibration": z * [1, -1],
        "k": np.array(views),
    }


def scores(points: Points, labels: Points) -> list[float]:
    """The two scores that are calibrated."""
    return [silhouette_score(points, labels), davies_bouldin_score(points, labels)]


def jaccard(points: Points, labels: Points, seed: int) -> list[float]:
    """Per segment: the most similar segment of one resample, customer sets against customer sets."""
    rows = np.random.default_rng(seed).integers(0, len(points), len(points))
    again = kmeans(5, seed).fit(points[rows]).labels_
    kept = dict(zip(rows.tolist(), again.tolist(), strict=True))
    found = []
    for segment in np.unique(labels):
        own = {row for row in kept if labels[row] == segment}
        others = ({row for row in kept if kept[row] == other} for other in set(kept.values()))
        found.append(max(len(own & other) / len(own | other) for other in others))
    return found


if __name__ == "__main__":
    main()
