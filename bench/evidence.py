"""What evidence costs: `SEGMENTLAB_DATA=<folder> python bench/evidence.py`.

1. Whole runs of the default world with `evaluate=quick` and `evaluate=standard`.
2. The full evidence on K-Means beside the plain loop over scikit-learn that gives the same numbers, on the
   5,878 customers of Online Retail II, or on as many generated ones where SEGMENTLAB_DATA is not set. Fewer
   draws (`--draws 20`) understate the ratio: what is not drawn again costs both sides alike.
3. The standard evidence on 200,000 generated customers beside the same plain loop on 6,000.

Both sides run their linear algebra on one thread: beside a busy core, a second one only waits. Ours spreads
long draws over the processors; a plain loop is a loop. Views that are drawn at every k are not part of it.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from threadpoolctl import threadpool_limits

import plain_evidence as plain
from plain_evidence import Numbers, Points, kmeans
from segmentlab.evaluation.calibration import calibrate_scores
from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.foresight import judge_foresight, make_rfm_grid
from segmentlab.evaluation.k_scan import scan_k
from segmentlab.evaluation.reference import NULL_MODELS, compare_with_null
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.stability import compute_bootstrap_jaccard
from segmentlab.evaluation.usefulness import forecast_by_features
from segmentlab.flow import StepTimer, describe
from segmentlab.flow.past import PastCustomers
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.modelling import fit_model
from side_by_side import Work, costs, medians, show

KS = range(2, 13)
EVERYBODY = 10**6  # as the size of a sample: nobody is left out
PARTS = ("runs", "full", "large")
MOST_MEMORY = 4.0  # GiB
WAYS = ["segments", "baseline_rfm_grid", "baseline_single", "ceiling_features"]
SCORES = ["spend_r2", "spend_rank", "repurchase_auc"]


class Case(NamedTuple):
    """Customers with their segments, and what was known of them before what they spent later."""

    points: Points
    labels: Points
    past: PastCustomers
    past_labels: Points


def main() -> None:
    """Print the tables of the parts that are asked for."""
    options = parsed()
    if "runs" in options.parts:
        whole_runs(options.rounds)
    if "full" in options.parts:
        with threadpool_limits(limits=1):
            full(options.draws)
    if "large" in options.parts:
        large()


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--draws", type=int, default=100)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    return parser.parse_args()


def whole_runs(rounds: int) -> None:
    """The default command, with and without draws."""
    with tempfile.TemporaryDirectory() as folder:
        run = [sys.executable, str(ROOT / "src" / "run.py"), f"tracking.uri=sqlite:///{folder}/mlflow.db"]
        run += [f"data.folder={folder}", "cache=false"]
        names = ("quick", "standard")
        times = medians(rounds, **{name: [*run, f"evaluate={name}"] for name in names})
    show("A run of the default world", times, "quick", {"standard": 2})


def full(draws: int) -> None:
    """Ours beside the plain loop: the seconds of each, and how far their numbers are apart."""
    case = customers()
    calibrate_scores(
        case.points[:100], case.labels[:100], count=2, sample=100, seed=0
    )  # compiles, once per machine, as does the next
    fit_model(kmeans(5, 0), case.points[:1_000])
    ours, taken = timed(lambda: with_us(case, draws))
    theirs, plainly = timed(lambda: without_us(case, draws))
    print(f"\nFull evidence on {len(case.points):,} customers, {draws} draws of each kind")
    print(f"  the plain loop {plainly:8.1f} s\n  ours           {taken:8.1f} s")
    print(f"  {plainly / taken:.1f} times as fast, promised 8 times")
    for name, numbers in theirs.items():
        print(f"    {name:<12} differs by at most {np.nanmax(np.abs(numbers - ours[name])):.1e}")


def large() -> None:
    """The standard evidence on many customers, each side in a process of its own."""
    setup = f"import sys; sys.path.insert(0, {str(ROOT / 'bench')!r}); import evidence; "
    sides = {
        "plain at 6,000": Work(f"{setup}case = evidence.cloud(6_000)", "evidence.plainly(*case)"),
        "ours at 200,000": Work(f"{setup}case = evidence.cloud(200_000)", "evidence.sampled(*case)"),
    }
    found = costs(1, **sides)
    times = {name: cost.seconds for name, cost in found.items()}
    show("Standard evidence", times, "plain at 6,000", {"ours at 200,000": 3})
    peak = found["ours at 200,000"].peak
    verdict = "ok" if peak <= MOST_MEMORY else "MISSED"
    print(f"  peak memory at 200,000: {peak:.2f} GiB, promised at most {MOST_MEMORY:g}  {verdict}")


def timed(work: Callable[[], Numbers]) -> tuple[Numbers, float]:
    """What it gives, and the seconds it takes."""
    start = time.perf_counter()
    return work(), time.perf_counter() - start


def customers() -> Case:
    """Recency, frequency and monetary of each customer, logarithms, standardised."""
    real = os.environ.get("SEGMENTLAB_DATA")
    with tempfile.TemporaryDirectory() as folder:
        data = ["data=online_retail_ii"] if real else ["data.customers=5878", f"data.folder={folder}"]
        config = compose_world(data)
        dataset = build_source(config).read(build_engine(config).connect())
        described = describe(build_plan(config), dataset, StepTimer())
    past = described.past
    assert isinstance(past, PastCustomers)
    points, before = prepared(described.features.frame), prepared(past.features)
    return Case(points, kmeans(5, 0).fit_predict(points), past, kmeans(5, 0).fit_predict(before))


def compose_world(overrides: list[str]) -> DictConfig:
    """The configuration of a run."""
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("run", overrides=overrides)


def prepared(features: pd.DataFrame) -> Points:
    """In the scoring space."""
    return np.asarray(StandardScaler().fit_transform(np.log1p(features)))


def with_us(case: Case, draws: int) -> Numbers:
    """Through the flow's own functions."""
    points, labels = case.points, case.labels
    flow = Flow(FunctionTransformer(), kmeans(5, 0))
    whole = {"count": draws, "sample": EVERYBODY, "seed": 0}
    nulls = [compare_with_null(flow, points, labels, null, **whole) for null in NULL_MODELS]
    z = calibrate_scores(points, labels, **whole)
    assert z is not None
    scan = scan_k(flow, points, points, KS, Effort(sample=EVERYBODY), seed=0)
    past = case.past
    told = judge_foresight(
        case.past_labels, past.rfm, past.features, past.spend.to_numpy(),
        told={}, effort=Effort(sample=EVERYBODY, resamples=10 * draws), seed=0,
    ).table.loc[WAYS]  # fmt: skip
    parts = [told[[f"{score}{bound}" for score in SCORES]].to_numpy() for bound in ("", "_low", "_high")]
    return {
        "stability": compute_bootstrap_jaccard(flow, points, labels, draws, 0)["jaccard"].to_numpy(),
        "nulls": np.concatenate([null.reached for null in nulls]),
        "calibration": np.array([z.silhouette_z.value, z.davies_bouldin_z.value]),
        "k": scan[["silhouette", "davies_bouldin", "calinski_harabasz"]].to_numpy(),
        "holdout": np.stack(parts),
    }


def without_us(case: Case, draws: int) -> Numbers:
    """The same numbers as one would write them with scikit-learn."""
    past, spend = case.past, case.past.spend.to_numpy()
    groups = {
        "segments": case.past_labels,
        "grid": make_rfm_grid(past.rfm, 5),
        "single": np.zeros(len(spend), dtype=np.int64),
    }
    ceiling = forecast_by_features(past.features.to_numpy(), spend, 0)
    told = plain.holdout(groups, ceiling, spend, 10 * draws)
    return {**plain.evidence(case.points, case.labels, draws, KS), "holdout": told}


def cloud(customers: int) -> tuple[Points, Points]:
    """Five overlapping groups in three features, and the segments that K-Means finds."""
    generator = np.random.default_rng(0)
    centres = generator.normal(scale=2, size=(5, 3))
    points = centres[generator.integers(0, 5, customers)] + generator.normal(size=(customers, 3))
    return points, kmeans(5, 0).fit_predict(points)


def plainly(points: Points, labels: Points) -> None:
    """As many draws as evaluate=standard takes."""
    with threadpool_limits(limits=1):
        plain.evidence(points, labels, 20, KS)


def sampled(points: Points, labels: Points) -> None:
    """Everything that evaluate=standard measures, the look at every k among it."""
    from segmentlab.evaluation.judgement import gather_evidence
    from segmentlab.modelling.segmenter import Segmenter

    features = pd.DataFrame(points, columns=["a_x", "a_y", "a_z"])
    effort = Effort(bootstraps=20, splits=5, seeds=4, nulls=19, random=20, resamples=100, views=2)
    segmenter = Segmenter(FunctionTransformer(), FunctionTransformer(), kmeans(5, 0)).fit(features)
    gather_evidence(segmenter, features, features, effort, seed=0)
    scan_k(Flow(FunctionTransformer(), kmeans(5, 0)), points, points, KS, effort, seed=0)
    spend = np.maximum(np.random.default_rng(1).normal(points[:, 0]), 0)
    judge_foresight(labels, features, features, spend, told={}, effort=effort, seed=0)


if __name__ == "__main__":
    main()
