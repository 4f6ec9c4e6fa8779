"""The configuration as the commands see it, composed inside the test's process."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig

from segmentlab.features.feature_set import AnySet
from segmentlab.flow.result import Plan
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import CONF, list_options
from segmentlab.lab.config.setup import prepare_hydra


def options(group: str) -> list[str]:
    """The names of a group's options; a group without any would let its tests pass unseen."""
    names = [path.stem for path in list_options(group)]
    assert names, f"conf/{group} holds no option"
    return names


OF_OTHERS = {"goal", "limits"}  # groups that a run has not: test_goals.py and test_limits.py hold them


def groups() -> list[str]:
    """The names of the groups that a run chooses from."""
    return sorted({path.name for path in CONF.iterdir() if path.is_dir()} - OF_OTHERS)


@cache
def offered_sets() -> Mapping[str, AnySet]:
    """Every feature set that conf/ offers, by its name; composed once, which takes a third of a second."""
    return build_plan(composed(f"features=[{','.join(options('features'))}]")).features


def composed(*overrides: str, folder: Path = CONF, command: str = "run") -> DictConfig:
    """The configuration of a command with these overrides; without draws, unless a test asks for them."""
    prepare_hydra()
    if folder != CONF:  # a test's own, whose files may change
        return _compose(overrides, folder, command)
    return deepcopy(_compose_once(overrides, folder, command))


def _compose(overrides: tuple[str, ...], folder: Path, command: str) -> DictConfig:
    with initialize_config_dir(str(folder), version_base="1.3"):
        draws = command != "run" or any(override.startswith("evaluate=") for override in overrides)
        return compose(command, overrides=[*([] if draws else ["evaluate=quick"]), *overrides])


@cache
def planned(*overrides: str) -> Plan:
    """The plan of these choices; no module composes one while tests are collected, which each worker does."""
    return build_plan(composed(*overrides))


def need_labels(model: str, customers: pd.Index, labels: Sequence[object]) -> tuple[str, ...]:
    """What has to be typed beside a model: of labels that are given, the file, which is written here."""
    if model != "given_labels":
        return ()
    path = Path(mkdtemp(), "labels.csv")
    pd.Series(list(labels), index=customers, name="label").rename_axis("customer_id").to_csv(path)
    return (f"model.path={path}",)


_compose_once = cache(_compose)
