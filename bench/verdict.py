"""How often the verdict is right where the answer is known: `python bench/verdict.py --seeds 200`.

Worlds without structure must hardly ever get "natural clusters"; worlds with planted segments nearly always.
The whole way is walked: lines, cleaning, features, preparation, K-Means, and the nulls of evaluate=standard.
Worlds are spread over the processors; a world takes some two seconds of one.
"""

import argparse
import tempfile
from collections import Counter
from dataclasses import replace

from hydra import compose, initialize_config_dir
from joblib import Parallel, delayed
from omegaconf import DictConfig, OmegaConf

from segmentlab.flow.segmentation import StepTimer, describe, segment
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings

CLAIM = "natural clusters"
PROMISED = {"none": ("at most", 0.05), "planted": ("at least", 0.95)}


def main() -> None:
    """A row per structure: how often each verdict was given."""
    options = parsed()
    for structure, (bound, share) in PROMISED.items():
        worlds = (delayed(verdict)(structure, options.customers, seed) for seed in range(options.seeds))
        given = Counter(Parallel(n_jobs=-1)(worlds))
        claimed = given[CLAIM] / options.seeds
        met = claimed <= share if bound == "at most" else claimed >= share
        told = ", ".join(f"{words} {count}" for words, count in given.most_common())
        print(f"structure={structure}: {CLAIM} in {claimed:.1%} of {options.seeds} worlds ({told})")
        print(f"    promised {bound} {share:.0%}  {'ok' if met else 'MISSED'}", flush=True)


def parsed() -> argparse.Namespace:
    """What the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--customers", type=int, default=600)
    return parser.parse_args()


def verdict(structure: str, customers: int, seed: int) -> str:
    """The words for one world."""
    with tempfile.TemporaryDirectory() as folder:
        config = composed(
            f"data.structure={structure}",
            f"data.customers={customers}",
            f"data.folder={folder}",
            f"seed={seed}",
        )
        dataset = build_source(config).read(build_engine(config).connect())
        plan = replace(build_plan(config), ks=())
        found = segment(plan, describe(plan, dataset, StepTimer()), StepTimer()).judgement.verdict
    return "none" if found is None else found.kind


def composed(*overrides: str) -> DictConfig:
    """The default run, with the nulls alone."""
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    others = ("views", "holdout_days", "bootstraps", "splits", "seeds", "random")
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("run", overrides=[*overrides, *(f"evaluate.{name}=0" for name in others)])


if __name__ == "__main__":
    main()
