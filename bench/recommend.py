"""Do recommendations beat overall popularity, out of time? On generated worlds, or on the data that you name.

Each world is cut 90 days before its end. Segments are learnt from what was known then, and what they
recommend is held against what customers bought in the days after.

    python bench/recommend.py [--seeds 5] [--customers 5000] [data=online_retail_ii as_of=2010-12-10 ...]
"""

import argparse
import tempfile
import time
from collections.abc import Sequence

import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from segmentlab.errors import DataError
from segmentlab.flow import StepTimer, describe
from segmentlab.flow.holdout import judge_recommendations, relearn
from segmentlab.flow.result import PastSegments
from segmentlab.goods.product_portrait import portray_products
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings

SHOWN = ["by", "products", "customers", "hit_rate", "recall", "recall_beyond_low", "recall_beyond_high"]


def main() -> None:
    """A table per world, or one for the data that is named."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--customers", type=int, default=5_000)
    parser.add_argument("overrides", nargs="*", help="as for run.py; without any, worlds are generated")
    options = parser.parse_args()
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    if options.overrides:
        measure(options.overrides)
        return
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            measure([f"data.customers={options.customers}", f"data.folder={folder}", f"seed={seed}"])


def measure(overrides: Sequence[str]) -> None:
    """Judge, and say how long the judging and the recommending took."""
    quick = ["evaluate=quick", "evaluate.holdout_days=90", "evaluate.resamples=200"]
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("run", overrides=[*quick, *overrides])
    plan, dataset = build_plan(config), build_source(config).read(build_engine(config).connect())
    described = describe(plan, dataset, StepTimer())
    then = relearn(plan, described)
    if not isinstance(then, PastSegments):
        raise DataError(str(then))
    start = time.perf_counter()
    hindsight = judge_recommendations(plan, then)
    judging = time.perf_counter() - start
    if hindsight is None or then.known.baskets is None:
        raise DataError("Nobody came back for anything new.")
    start = time.perf_counter()
    portray_products(then.known.baskets.before, then.labels, hindsight)
    print(f"{' '.join(overrides)}: judged in {judging:.2f} s, all recommended in ", end="")
    print(f"{time.perf_counter() - start:.2f} s")
    with pd.option_context("display.width", 200, "display.precision", 4):
        print(hindsight[SHOWN].to_string(index=False), flush=True)


if __name__ == "__main__":
    main()
