"""What a study costs: `SEGMENTLAB_DATA=<folder> python bench/tuning.py`.

200 trials over each of four models, on the RFM of Online Retail II (5,878 customers). Ours is the study of
a run: journal, seeded sampler, laboratory, child runs in a store. The plain loop tries the same proposals.
With `--plain-trials 40` it tries the first forty, and its time is extrapolated. More customers are
generated ones; the classes that need a matrix of all distances are left out there by `--models`:

    python bench/tuning.py --customers 50000 --plain-trials 4 --models kmeans dbscan hdbscan
"""

import argparse
import os
import resource
import sys
import tempfile
import warnings
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import mlflow
import numpy as np
import optuna
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf
from sklearn.metrics import adjusted_rand_score
from sklearn.metrics.cluster import contingency_matrix

from plain_tuning import (
    LIBRARY,
    OBJECTIVES,
    Labels,
    Loop,
    Points,
    Values,
    plain_labels,
    plain_loop,
)
from segmentlab.flow import StepTimer, describe
from segmentlab.lab.config.build import build_engine, build_model, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.lab.experiment.study_items import make_child_runs
from segmentlab.lab.experiment.study_order import build_study_order
from segmentlab.lab.tracking.store import open_store
from segmentlab.lab.tuning.sharing import compute_trial_labels
from segmentlab.lab.tuning.space import Proposal, TrialOutcome
from segmentlab.lab.tuning.study import Study, StudyStanding
from segmentlab.lab.tuning.workers import StudyTask

SAMPLE, GOAL, EQUAL, SHUFFLES = 10_000, 20, 1e-5, 5
ERROR = "separation/silhouette_standard_error"


@dataclass
class Ours:
    """What our study found, the seconds of its parts, and of a study whose scores are free."""

    standing: StudyStanding
    seconds: float
    free: float
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))


def main() -> None:
    """Print a part per model, then all together."""
    options = parsed()
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    whole = {"plain": 0.0, "ours": 0.0}
    with tempfile.TemporaryDirectory() as folder:
        features = customers(options.customers, folder)
        print(f"{len(features):,} customers, {options.trials} trials of each model")
        mlflow.set_tracking_uri(open_store(f"sqlite:///{folder}/plain.db", "plain", None).client.tracking_uri)
        for model in LIBRARY:  # the first of each compiles or loads what a process needs once
            our_study(f"first-{model}", model, features[:500], 3, Path(folder))
        for model in options.models:
            ours = our_study(model, model, features, options.trials, Path(folder))
            points = prepared(features)
            proposals = [trial.proposal.parameters for trial in ours.standing.trials]
            loop = plain_loop(model, points, proposals[: options.plain_trials])
            plain = sum(loop.parts.values()) * len(proposals) / len(loop.values)
            show(model, ours, loop, plain)
            show_values(model, ours, loop, points)
            whole["plain"] += plain
            whole["ours"] += ours.seconds
    print(f"\nin total: plain {whole['plain']:.1f} s, ours {whole['ours']:.2f} s: {verdict(**whole)}")
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB, of both sides")


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--plain-trials", type=int, help="of the plain loop; the rest is extrapolated")
    parser.add_argument("--customers", type=int, help="generated ones; by default those of Online Retail II")
    parser.add_argument("--models", nargs="+", choices=LIBRARY, default=list(LIBRARY))
    return parser.parse_args()


def customers(count: int | None, folder: str) -> pd.DataFrame:
    """Recency, frequency and monetary of each customer."""
    if count is None and "SEGMENTLAB_DATA" not in os.environ:
        sys.exit("SEGMENTLAB_DATA names no folder: set it, or ask for --customers 5878")
    generated = [f"data.customers={count}", f"data.folder={folder}"]
    config = composed(*(generated if count else ["data=online_retail_ii"]))
    dataset = build_source(config).read(build_engine(config).connect())
    return describe(build_plan(config), dataset, StepTimer()).features.frame


def composed(*overrides: str) -> Any:  # noqa: ANN401  (Hydra's)
    """The configuration of a run."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("run", overrides=["evaluate=quick", *overrides])


def prepared(features: pd.DataFrame) -> Points:
    """The space that everything happens in."""
    return np.asarray(build_plan(composed()).preparation.fit_transform(features))


def our_study(name: str, model: str, features: pd.DataFrame, trials: int, folder: Path) -> Ours:
    """The study of a run, from its first trial to the child runs; then the same where scores are known."""
    task = task_of(name, model, features, trials, folder)
    tracker = open_store(f"sqlite:///{folder}/ours.db", "ours", None)
    known: dict[str, TrialOutcome] = {}
    parts: dict[str, float] = defaultdict(float)
    start = perf_counter()
    with timed(parts, "opening"):
        score = task.laboratory().score

    def scored(proposal: Proposal) -> TrialOutcome:
        with timed(parts, "fits and scores"):
            return known.setdefault(repr(proposal), score(proposal))

    with tracker.run(name, {}) as log, Study(name, task.order) as study:
        study.work(scored, lambda: None, lambda _standing: None)
        standing = study.read_standing()
        with timed(parts, "tracking"):
            log.log([make_child_runs(study, standing.trials)])
    seconds = perf_counter() - start
    parts["Optuna and journal"] = seconds - sum(parts.values())
    start = perf_counter()
    with Study(f"free-{name}", task.order) as study:
        study.work(lambda proposal: known[repr(proposal)], lambda: None, lambda _standing: None)
    return Ours(standing, seconds, perf_counter() - start, parts)


def task_of(name: str, model: str, features: pd.DataFrame, trials: int, folder: Path) -> StudyTask:
    """What `tune=optuna` would ask for."""
    config = composed(f"model={model}", "tune=optuna", f"tune.trials={trials}", f"tune.storage={folder}")
    order = build_study_order(config, {"model": model, "prepare": "log_standard"})
    assert order is not None
    plan = build_plan(config)
    return StudyTask(
        study=name,
        order=replace(order, digest=name),
        features=features,
        long_tailed=(),
        apart=plan.apart,
        projection=plan.projection,
        sample=SAMPLE,
    )


@contextmanager
def timed(parts: dict[str, float], part: str) -> Iterator[None]:
    """Add the time of a block to a part."""
    start = perf_counter()
    yield
    parts[part] += perf_counter() - start


def show(model: str, ours: Ours, loop: Loop, plain: float) -> None:
    """Seconds by part, and their ratio."""
    trials, tried = ours.standing.finished, len(loop.values)
    extrapolated = "" if tried == trials else f" (extrapolated from {tried} trials)"
    print(f"\n{model}: plain {plain:.1f} s{extrapolated}, ours {ours.seconds:.2f} s: ", end="")
    print(verdict(plain, ours.seconds))
    for side, parts, scale in (("plain", loop.parts, trials / tried), ("ours", ours.parts, 1.0)):
        print(f"  {side:<6}" + ", ".join(f"{part} {taken * scale:.2f}" for part, taken in parts.items()))
    print(f"  the same study with free scores and no tracking takes {ours.free:.2f} s, ", end="")
    print(f"so ours is {ours.seconds / ours.free:.1f} times Optuna's own overhead")


def verdict(plain: float, ours: float) -> str:
    """The ratio against what was promised."""
    ratio = plain / ours
    return f"{ratio:.0f} times as fast, promised {GOAL}{'' if ratio >= GOAL else '  MISSED'}"


def show_values(model: str, ours: Ours, loop: Loop, points: Points) -> None:
    """How far the values are from each other, and whether ours are on the front of both."""
    trials = ours.standing.trials[: len(loop.values)]
    pairs = [(trial.metrics, values) for trial, values in zip(trials, loop.values, strict=True)]
    valued = sum((OBJECTIVES[0] in own) == bool(plain) for own, plain in pairs)
    print(f"  {valued} of {len(pairs)} agree whether there is a value")
    for name in OBJECTIVES:
        print(f"  {name} differs by at most {max((apart(*pair, name) for pair in pairs), default=0):.1e}")
    sampled = [(own[ERROR], apart(own, plain, OBJECTIVES[0])) for own, plain in pairs if ERROR in own]
    if sampled:
        errors = [by / error for error, by in sampled if error]
        print(f"  silhouettes come from samples: at most {max(errors):.1f} standard errors off, ", end="")
        print(f"{np.mean(np.array(errors) <= 2):.0%} within two")
    else:
        differing = [at for at, pair in enumerate(pairs) if any(apart(*pair, n) > EQUAL for n in OBJECTIVES)]
        print(f"  {len(differing)} of {len(pairs)} trials differ by more than {EQUAL:g}")
        for at in differing[:5]:
            print(f"    trial {at}: {ties(model, points, trials[at].proposal)}")
    print(f"  our front falls short of the plain one by at most {max(short(pairs), 0):.1e}")


def apart(own: Values, plain: Values, name: str) -> float:
    """By how much a value differs; a value that one side lacks is counted elsewhere."""
    return abs(own[name] - plain[name]) if name in own and name in plain else 0.0


def ties(model: str, points: Points, proposal: Proposal) -> str:
    """How many customers are elsewhere, and how many the library itself moves when its rows are reordered.

    Among the orders is one that begins with the smallest segments: by chance the largest one is found
    first, and takes all whom it can reach.
    """
    labels = plain_labels(model, points, proposal.parameters)
    own = composed(f"model={model}")
    ours = compute_trial_labels(
        build_model(own).set_params(**proposal.parameters), points, lambda _key, make: make()
    )
    moved, smallest_first = [], np.argsort(np.bincount(labels + 1)[labels + 1], kind="stable")
    shuffles = (np.random.default_rng(seed).permutation(len(points)) for seed in range(SHUFFLES))
    for order in (smallest_first, *shuffles):
        shuffled = np.empty_like(labels)
        shuffled[order] = plain_labels(model, points[order], proposal.parameters)
        moved.append(elsewhere(labels, shuffled))
    alike = adjusted_rand_score(labels, ours)
    return (
        f"{elsewhere(labels, ours)} customers elsewhere, adjusted Rand {alike:.5f}; "
        f"the library itself moves {min(moved)} to {max(moved)} when its rows are reordered"
    )


def elsewhere(labels: Labels, others: Labels) -> int:
    """Customers who are not where most of their segment are in the other partition; noise is one more."""
    counts = contingency_matrix(labels, others)
    return int(counts.sum() - counts.max(axis=1).sum())


def short(pairs: Sequence[tuple[Values, Values]]) -> float:
    """By how much our trials miss the plain front, at the member where they miss it most."""
    ours, plain = (gained(side) for side in zip(*pairs, strict=True))
    on_front = [one for one in plain if not any((o >= one).all() and (o > one).any() for o in plain)]
    return max((min((one - own).max() for own in ours) for one in on_front), default=0.0)


def gained(values: Sequence[Values]) -> list[Points]:
    """Both objectives, more is better."""
    first, second = OBJECTIVES
    return [np.array([one[first], -one[second]]) for one in values if first in one]


if __name__ == "__main__":
    main()
