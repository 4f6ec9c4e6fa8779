"""From configuration to plain objects: the only place that instantiates.

Whatever a configuration names under `_target_` is imported and called, so a configuration is code.
Only classes and functions of the packages below and of declared plug-ins may be named, and what is found
is checked again by where it was defined: `segmentlab.some.module.os.system` begins well and is refused all
the same. The paths by which earlier versions named our classes are read as what they are today.
"""

import importlib
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.errors import InstantiationException
from hydra.utils import instantiate  # noqa: TID251  (here, and nowhere else)
from omegaconf import DictConfig, OmegaConf
from sklearn.pipeline import make_pipeline

from segmentlab.errors import ConfigError
from segmentlab.evaluation import Effort
from segmentlab.flow import Plan
from segmentlab.goods import BasketLimits
from segmentlab.lab.config.folders import find_home
from segmentlab.lab.config.plugins import explain_declaration
from segmentlab.lab.config.settings import parse_date
from segmentlab.lab.names import find_current_path, list_plugin_packages, load_plugins
from segmentlab.modelling import (
    K_PARAMETERS,
    ApartRule,
    Clusterer,
    Transformer,
    check_stage,
    name_stage_errors,
)
from segmentlab.segments import Vocabulary
from segmentlab.transactions import CleaningRule, Engine, Published, Source

if TYPE_CHECKING:
    from segmentlab.campaigns import CampaignRules, Goal
    from segmentlab.transactions import CrowdRules

TARGET = "_target_"
DOWNLOADS = "mlruns/downloads"
SINGLE = ("data", "engine", "model", "prepare", "view", "goal")  # groups that are one object
UNKNOWN_PARAMETER = re.compile(r"(\w+)\.__init__\(\) got an unexpected keyword argument '(\w+)'")
ALLOWED_PACKAGES = (
    "hdbscan",
    "segmentlab.campaigns",
    "segmentlab.features",
    "segmentlab.modelling",
    "segmentlab.segments",
    "segmentlab.transactions",
    "sklearn.cluster",
    "sklearn.decomposition",
    "sklearn.mixture",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "umap",
)


def build_plan(config: DictConfig) -> Plan:
    """Every choice of the configuration as the object that it names; what plug-ins register takes part."""
    load_plugins()
    rules = _build_outlier_rules(config)
    return Plan(
        cleaning=_build_all(config.cleaning, "cleaning"),
        features=_build_all(config.features, "features"),
        preparation=build_preparation(config),
        projection=_build_stage(config.projection, "projection"),
        model=build_model(config),
        view=_build_one(config.view, "view"),
        names=_build_vocabulary(json.dumps(OmegaConf.to_container(config.names, resolve=True))),
        apart=tuple(rule for rule in rules if isinstance(rule, ApartRule)),
        ks=build_ks(config),
        leave_out=tuple(config.leave_out),
        as_of=parse_date(config.as_of),
        holdout_days=config.evaluate.holdout_days,
        cutoffs=config.evaluate.get("cutoffs", 0),  # a run that was logged before there were any had none
        effort=_build_effort(config.evaluate),
        horizons=tuple(config.value.horizons) if "value" in config else (),  # a run that was logged before
        stock_weeks=(config.stock.weeks or 0) if "stock" in config else 0,  # nor was it asked of those
        crowd=build_crowd_rules(config),
        baskets=_build_basket_limits(config),
        seed=config.seed,
    )


def _build_basket_limits(config: DictConfig) -> BasketLimits | None:
    """What rules of baskets have to reach; nothing where nobody asks, or asked before there were any."""
    support = config.get("baskets")
    return None if support is None else BasketLimits(support=support)


def build_preparation(config: DictConfig) -> Transformer:
    """What makes features comparable, behind the caps that a rule puts on them."""
    caps = [rule for rule in _build_outlier_rules(config) if not isinstance(rule, ApartRule)]
    preparation: Transformer = _build_stage(config.prepare, "prepare")
    return make_pipeline(*caps, preparation) if caps else preparation


def build_model(config: DictConfig) -> Clusterer:
    """The clusterer that the configuration names."""
    model: Clusterer = _build_stage(config.model, "model")
    return model


def build_source(config: DictConfig) -> Source:
    """The data that the configuration names."""
    source: Source = _build_one(config.data, "data")
    if isinstance(source, Published):
        _check_downloads(Path(source.folder))
    return source


def _check_downloads(folder: Path) -> None:
    """Refuse any other place for downloads than that of all: a file of choices may come from anybody."""
    ours = (find_home() / DOWNLOADS).resolve()
    if not folder.resolve().is_relative_to(ours):
        raise ConfigError(
            f"data.folder={folder}: downloads are kept in {ours} or below. Leave data.folder out."
        )


def build_goal(config: DictConfig) -> "Goal":
    """Whom a campaign is for."""
    goal: Goal = _build_one(config.goal, "goal")
    return goal


def build_campaign_rules(config: DictConfig) -> "CampaignRules":
    """What is decided about a campaign."""
    from segmentlab.campaigns import CampaignRules

    if config.budget is None:
        raise ConfigError(
            f"name={config.name}: a plan needs budget=, the money for contacts, as in budget=500."
        )
    return CampaignRules(
        name=config.name,
        goal=build_goal(config),
        budget=config.budget,
        cost=config.cost,
        margin=config.margin,
        control=config.control,
        days=config.days,
        per=config.per,
        channels=tuple(config.channels),
        seed=config.seed,
    )


def build_data_rules(config: DictConfig) -> Mapping[str, CleaningRule]:
    """The rules of cleaning that the data brings with it, such as an overlap of its files."""
    rules: Mapping[str, CleaningRule] = _build_one(config.cleaning, "cleaning")
    return rules


def build_engine(config: DictConfig) -> Engine:
    """The engine that the configuration names, not yet started."""
    engine: Engine = _build_one(config.engine, "engine")
    return engine


def build_crowd_rules(config: DictConfig) -> "CrowdRules | None":
    """When customers stay in the engine; nothing where it has no room for them."""
    rules: CrowdRules | None = getattr(build_engine(config), "crowd", None)
    return rules


def _build_outlier_rules(config: DictConfig) -> list[object]:
    """What is done with customers before the preparation sees them."""
    return [_build_stage(config[group], group) for group in ("one_time", "outliers") if config[group]]


def _build_all(node: DictConfig, group: str) -> Any:  # noqa: ANN401  (whatever the configuration names)
    """Several objects by name. A value for one that was not chosen stands there alone, and says nothing."""
    for name, one in ((str(key), value) for key, value in node.items()):
        keys = list(map(str, one)) if isinstance(one, DictConfig) else [str(one)]
        if TARGET not in keys:
            raise ConfigError(
                f"{group}.{name} has {', '.join(keys) or 'nothing'} and no _target_: choose {group}={name} "
                "as well, or leave it out."
            )
    return _build_one(node, group)


def _build_one(node: DictConfig, group: str) -> Any:  # noqa: ANN401  (whatever the configuration names)
    plain = _update_targets(OmegaConf.to_container(node, resolve=True))
    for target in _list_targets(plain):
        _check_allowed(target, group)
    if group in SINGLE and TARGET not in (plain or {TARGET: None}):
        raise ConfigError(
            f"{group} has no _target_, which names its class. Choose an option: {group}=<option>."
        )
    try:
        return instantiate(plain, _convert_="all")
    except InstantiationException as error:
        cause = error.__cause__ or error
        unknown = UNKNOWN_PARAMETER.search(str(cause))
        if unknown:
            raise ConfigError(
                f"{group}.{unknown[2]}: {unknown[1]} has no such parameter. See --help."
            ) from error
        raise ConfigError(f"{group}: {cause}") from error


@lru_cache(maxsize=8)
def _build_vocabulary(written: str) -> Vocabulary:
    """The words for segments: some hundred phrases, of which Hydra makes objects one by one."""
    vocabulary: Vocabulary = _build_one(OmegaConf.create(json.loads(written)), "names")
    return vocabulary


def _build_stage(node: DictConfig, group: str) -> Any:  # noqa: ANN401  (whatever the configuration names)
    """A part of the flow, whose parameters are looked at before somebody waits for data."""
    stage = _build_one(node, group)
    with name_stage_errors(group):
        check_stage(stage)
    return stage


def _update_targets(node: Any) -> Any:  # noqa: ANN401  (whatever the configuration holds)
    """The same with every class where it is today: choices that somebody wrote or logged outlive modules."""
    match node:
        case dict():
            return {
                key: find_current_path(str(child)) if key == TARGET else _update_targets(child)
                for key, child in node.items()
            }
        case list():
            return [_update_targets(child) for child in node]
    return node


def _list_targets(node: object) -> Iterator[str]:
    """Every `_target_` in a nested configuration."""
    if isinstance(node, Mapping):
        if TARGET in node:
            yield node[TARGET]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _list_targets(child)


def _check_allowed(target: str, group: str) -> None:
    found = _find_target(target, group) if _is_allowed(target) else None
    if found is None or not _is_allowed(getattr(found, "__module__", "") or ""):
        raise ConfigError(
            f"{group}: _target_ {target} is not allowed. A configuration may name classes of "
            f"{', '.join(ALLOWED_PACKAGES)}. {explain_declaration(target)}"
        )


def _is_allowed(name: str) -> bool:
    return _is_within(name, ALLOWED_PACKAGES) or _is_within(name, list_plugin_packages())


def _is_within(name: str, packages: Iterable[str]) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def _find_target(target: str, group: str) -> Callable[..., object]:
    module, _, name = target.rpartition(".")
    try:
        found: Callable[..., object] = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError(f"{group}: _target_ {target} does not exist ({error}).") from error
    return found


def _build_effort(evaluate: DictConfig) -> Effort:
    """How much is drawn: everything under `evaluate` but the holdouts, which are about the data."""
    # A run that was logged before a count was known drew none of it.
    return Effort(**{each.name: evaluate.get(each.name, 0) for each in fields(Effort)})


def build_ks(config: DictConfig) -> range:
    """The numbers of segments to look at: the model's own search range, when it has one."""
    name = next((name for name in K_PARAMETERS if name in config.search), None)
    if name is None:
        return range(0)
    wanted = config.search[name]
    match OmegaConf.to_container(wanted) if OmegaConf.is_config(wanted) else wanted:
        case [int(low), int(high)] if 2 <= low <= high:
            return range(low, high + 1)
        case other:
            raise ConfigError(f"search.{name}={other} is not a range from two up. Write it as [2,12].")
