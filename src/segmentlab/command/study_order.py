"""From configuration to the order of a study; whatever is wrong in it is told before data is read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from omegaconf import DictConfig, OmegaConf

from segmentlab.build import build_ks, build_model, build_preparation
from segmentlab.errors import ConfigError
from segmentlab.modelling.contract import Clusterer, Transformer
from segmentlab.repository import CONF
from segmentlab.settings import Tune, tuning
from segmentlab.tuning.choice import RULES
from segmentlab.tuning.order import DIRECTIONS, Budget, Limits, Order
from segmentlab.tuning.space import MODEL, PREPARE, PROJECTION, Dimension, Space, dimension, known

LOGGED: Final = ("all", "front", "none")
# Beside the features themselves: all that decides what a trial proposes and what it comes to.
DECISIVE: Final = ("outliers", "one_time", "prepare", "projection", "seed")
DECISIVE_OF_EVIDENCE: Final = ("sample", "refit_sample", "small_sample", "holdout_days")
DECISIVE_OF_STUDY: Final = (
    "objectives", "bootstraps", "splits", "least_coverage", "least_share", "segments", "sampler", "models",
    "space", "scored_in",
)  # fmt: skip


def study_order(config: DictConfig, choices: Mapping[str, str]) -> Order | None:
    """The study that the configuration asks for; nothing without `tune=`."""
    tune = tuning(config)
    if tune is None:
        return None
    _check(tune)
    names = tune.models or [choices[MODEL]]
    variants = {name: _with_option(config, MODEL, name, choices) for name in names}
    models = {name: build_model(variant) for name, variant in variants.items()}
    space = _space(tune, config, variants, models)
    preparations: dict[str | None, Transformer] = {None: build_preparation(config)}
    for name in space.prepare:
        preparations[name] = build_preparation(_with_option(config, PREPARE, name, choices))
    return Order(
        space=space,
        models=models,
        ks={name: build_ks(variant) for name, variant in variants.items()},
        preparations=preparations,
        scored_in=_scored_in(tune, space, config, choices),
        objectives=tuple(tune.objectives),
        bootstraps=tune.bootstraps,
        splits=tune.splits,
        limits=Limits(
            least_coverage=tune.least_coverage,
            least_share=tune.least_share,
            fewest=tune.segments[0],
            most=tune.segments[1],
        ),
        budget=Budget(trials=tune.trials, seconds=tune.seconds, patience=tune.patience),
        sampler=tune.sampler,
        choice=tune.choice,
        storage=tune.storage,
        study=tune.study,
        workers=tune.workers,
        log_trials=tune.log_trials,
        memory_gib=tune.memory_gib,
        seed=config.seed,
        digest=_digest(config, tune, variants),
    )


def _check(tune: Tune) -> None:
    """Values that have the right type and are wrong all the same."""
    from segmentlab.tuning.sampling import check_sampler

    check_sampler(tune.sampler)
    known(tune.choice, RULES, "tune.choice")
    known(tune.log_trials, LOGGED, "tune.log_trials")
    for objective in tune.objectives:
        known(objective, list(DIRECTIONS), "tune.objectives")
    if not tune.objectives:
        raise ConfigError(f"tune.objectives is empty. Choose from {', '.join(DIRECTIONS)}.")
    for name, least in (
        ("trials", 1),
        ("bootstraps", 1),
        ("splits", 1),
        ("workers", 1),
        ("patience", 1),
        ("seconds", 1),
        ("memory_gib", 0.1),
    ):
        value = getattr(tune, name)
        if value is not None and value < least:
            raise ConfigError(f"tune.{name}={value} is too small: write {least} or more.")
    for name in ("least_coverage", "least_share"):
        if not 0 <= getattr(tune, name) <= 1:
            raise ConfigError(f"tune.{name}={getattr(tune, name)} is no share: write a number from 0 to 1.")
    if len(tune.segments) != 2 or not 2 <= tune.segments[0] <= tune.segments[1]:
        raise ConfigError(f"tune.segments={tune.segments} is no range from two up. Write it as [2,20].")


def _with_option(config: DictConfig, group: str, name: str, choices: Mapping[str, str]) -> DictConfig:
    """The configuration as it would be with this option; its own one keeps what was typed for it."""
    if name == choices[group]:
        return config
    options = sorted(path.stem for path in (CONF / group).glob("*.yaml"))
    option = OmegaConf.load(CONF / group / f"{known(name, options, group)}.yaml")
    variant = OmegaConf.create(OmegaConf.to_container(config))
    assert isinstance(variant, DictConfig)
    assert isinstance(option, DictConfig)
    # A model's file sets its search space as well, so it is written for the top level.
    for key, value in (option if group == MODEL else {group: option}).items():
        variant[key] = value
    return variant


def _space(
    tune: Tune, config: DictConfig, variants: Mapping[str, DictConfig], models: Mapping[str, Clusterer]
) -> Space:
    """The bounds beside each model, and those of `tune.space` in their place."""
    for stage in tune.space:
        known(stage, [MODEL, PROJECTION, PREPARE], "tune.space")
    own: Mapping[str, object] = tune.space.get(MODEL, {})
    every = sorted({parameter for model in models.values() for parameter in model.get_params()})
    given = _read(f"tune.space.{MODEL}", own, every)
    found = {}
    for name, variant in variants.items():
        parameters = list(models[name].get_params())
        typed = {key: bounds for key, bounds in given.items() if key in parameters}
        found[name] = {**_read("search", _plain(variant.search), parameters), **typed}
        if not found[name]:
            raise ConfigError(f"model={name} has nothing to tune: write tune.space.model.<parameter>=[2,20].")
    below: Mapping[str, object] = tune.space.get(PROJECTION, {})
    projected = _read(
        f"tune.space.{PROJECTION}", below, [key for key in config.projection if key != "_target_"]
    )
    return Space(found, projected, tuple(map(str, tune.space.get(PREPARE, ()))))


def _read(key: str, written: Mapping[str, object], parameters: Sequence[object]) -> dict[str, Dimension]:
    names = list(map(str, parameters))
    return {name: dimension(f"{key}.{known(name, names, key)}", value) for name, value in written.items()}


def _scored_in(tune: Tune, space: Space, config: DictConfig, choices: Mapping[str, str]) -> Transformer:
    """The one space in which all trials are scored: scores in different spaces can't be compared."""
    if tune.scored_in is not None:
        return build_preparation(_with_option(config, PREPARE, tune.scored_in, choices))
    if space.prepare:
        raise ConfigError(
            f"tune.space.prepare=[{','.join(space.prepare)}]: a silhouette in one preparation can't be "
            "compared with one in another. Say in which all trials are scored: "
            f"tune.scored_in={space.prepare[0]}."
        )
    return build_preparation(config)


def _digest(config: DictConfig, tune: Tune, variants: Mapping[str, DictConfig]) -> str:
    decisive = {
        "run": {name: _plain(config[name]) for name in DECISIVE},
        "evidence": {name: config.evaluate[name] for name in DECISIVE_OF_EVIDENCE},
        "study": {name: getattr(tune, name) for name in DECISIVE_OF_STUDY},
        "models": {name: [_plain(one.model), _plain(one.search)] for name, one in variants.items()},
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()


def _plain(node: Any) -> Any:  # noqa: ANN401  (whatever the configuration holds)
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
