"""What a second process brings: `python bench/tuning_workers.py`.

Mixtures of many starts over 5,878 generated customers: trials that compute, and share nothing. The same
seeded study is worked on by one process and by two, in turn; chance samples, for then both try the same.
The second process has to load its libraries first. Beside a busy core wall time says little, so the
processor's time is told as well: alone, and of each of two.
"""

import argparse
import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from time import perf_counter

import optuna
import pandas as pd
from omegaconf import OmegaConf

from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.lab.tuning.study import Study
from segmentlab.lab.tuning.workers import StudyTask, start_workers
from tuning import customers, task_of

GOAL = 1.7


@dataclass(frozen=True)
class Cost:
    """Seconds: on the clock, of the processor in this process, and in the second one."""

    wall: float
    first: float
    second: float


def main() -> None:
    """Print the median seconds of both, and their ratio."""
    options = parsed()
    warnings.filterwarnings("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    with tempfile.TemporaryDirectory() as folder:
        features = customers(5_878, folder)
        alone, together = (worked(asked(features, workers, options, Path(folder))) for workers in (1, 2))
    ratio = alone.wall / together.wall
    print(f"{options.trials} trials: one process {alone.wall:.1f} s, two {together.wall:.1f} s: ", end="")
    print(f"{ratio:.2f} times as fast, promised {GOAL}{'' if ratio >= GOAL else '  MISSED'}")
    busy = together.first + together.second
    print(f"processor: alone {alone.first:.1f} s, of two {together.first:.1f} and ", end="")
    print(f"{together.second:.1f} s: ", end="")
    print(f"on two free cores at most {2 * alone.first / busy:.2f} times as fast")


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--starts", type=int, default=50, help="of each mixture")
    return parser.parse_args()


def asked(features: pd.DataFrame, workers: int, options: argparse.Namespace, folder: Path) -> StudyTask:
    """The study for so many processes."""
    task = task_of(f"{workers}-workers", "gaussian_mixture", features, options.trials, folder)
    task.order.models["gaussian_mixture"].set_params(n_init=options.starts)
    return replace(task, order=replace(task.order, workers=workers, sampler="random"))


def worked(task: StudyTask) -> Cost:
    """What a study costs, with the start of its processes."""
    start, first, second = perf_counter(), processor(RUSAGE_SELF), processor(RUSAGE_CHILDREN)
    with Study(task.study, task.order) as study, start_workers(task):
        study.work(task.laboratory().score, lambda: None, lambda _standing: None)
    return Cost(perf_counter() - start, processor(RUSAGE_SELF) - first, processor(RUSAGE_CHILDREN) - second)


def processor(whose: int) -> float:
    """Seconds that this process, or those that it has waited for, kept a core busy."""
    used = getrusage(whose)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    main()
