"""From configuration to the order of a study; whatever is wrong in it is told before data is read."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from omegaconf import DictConfig, OmegaConf

from segmentlab.errors import ConfigError
from segmentlab.evaluation import list_objectives
from segmentlab.lab.config import (
    Tune,
    build_ks,
    build_model,
    build_preparation,
    find_option,
    list_options,
    read_tuning,
)
from segmentlab.lab.tuning import (
    CHOICE_RULES,
    MODEL_STAGE,
    PREPARE_STAGE,
    PROJECTION_STAGE,
    Dimension,
    Proposal,
    Space,
    StudyBudget,
    StudyLimits,
    StudyOrder,
    check_known_name,
    read_dimension,
)
from segmentlab.modelling import Clusterer, Transformer

LOGGED_CHOICES: Final = ("all", "front", "none")
# Beside the features themselves: all that decides what a trial proposes and what it comes to.
SPACE_CHOICES: Final = ("outliers", "one_time", "prepare", "projection", "seed")
EVIDENCE_CHOICES: Final = ("sample", "refit_sample", "small_sample", "holdout_days")
STUDY_CHOICES: Final = (
    "objectives", "bootstraps", "splits", "least_coverage", "least_share", "segments", "sampler", "models",
    "space", "scored_in",
)  # fmt: skip


def build_study_order(config: DictConfig, choices: Mapping[str, str]) -> StudyOrder | None:
    """The study that the configuration asks for; nothing without `tune=`."""
    tune = read_tuning(config)
    if tune is None:
        return None
    _check_tune(tune)
    own = choices[MODEL_STAGE]
    variants = {name: _apply_option(config, MODEL_STAGE, name, choices) for name in tune.models or [own]}
    everyone = {own: config, **variants}
    models = {name: build_model(variant) for name, variant in everyone.items()}
    space = _build_space(tune, config, variants, models)
    preparations: dict[str | None, Transformer] = {None: build_preparation(config)}
    for name in space.prepare:
        preparations[name] = build_preparation(_apply_option(config, PREPARE_STAGE, name, choices))
    return StudyOrder(
        space=space,
        untuned=Proposal(own, {}),
        models=models,
        ks={name: build_ks(variant) for name, variant in everyone.items()},
        preparations=preparations,
        scored_in=_describe_scoring_space(tune, space, config, choices),
        objectives=tuple(tune.objectives),
        bootstraps=tune.bootstraps,
        splits=tune.splits,
        limits=StudyLimits(
            least_coverage=tune.least_coverage,
            least_share=tune.least_share,
            fewest=tune.segments[0],
            most=tune.segments[1],
        ),
        budget=StudyBudget(trials=tune.trials, seconds=tune.seconds, patience=tune.patience),
        sampler=tune.sampler,
        choice=tune.choice,
        storage=tune.storage,
        study=tune.study,
        workers=tune.workers,
        log_trials=tune.log_trials,
        memory_gib=tune.memory_gib,
        seed=config.seed,
        digest=_compute_order_digest(config, tune, variants),
    )


def _check_tune(tune: Tune) -> None:
    """Values that have the right type and are wrong all the same."""
    from segmentlab.lab.tuning import check_sampler

    check_sampler(tune.sampler)
    check_known_name(tune.choice, CHOICE_RULES, "tune.choice")
    check_known_name(tune.log_trials, LOGGED_CHOICES, "tune.log_trials")
    for objective in tune.objectives:
        check_known_name(objective, list_objectives(), "tune.objectives")
    if not tune.objectives:
        raise ConfigError(f"tune.objectives is empty. Choose from {', '.join(list_objectives())}.")
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


def _apply_option(config: DictConfig, group: str, name: str, choices: Mapping[str, str]) -> DictConfig:
    """The configuration as it would be with this option; its own one keeps what was typed for it."""
    if name == choices[group]:
        return config
    options = [path.stem for path in list_options(group)]
    option = OmegaConf.load(find_option(group, check_known_name(name, options, group)))
    variant = OmegaConf.create(OmegaConf.to_container(config))
    assert isinstance(variant, DictConfig)
    assert isinstance(option, DictConfig)
    # A model's file sets its search space as well, so it is written for the top level.
    for key, value in (option if group == MODEL_STAGE else {group: option}).items():
        variant[key] = value
    return variant


def _build_space(
    tune: Tune, config: DictConfig, variants: Mapping[str, DictConfig], models: Mapping[str, Clusterer]
) -> Space:
    """The bounds beside each model, and those of `tune.space` in their place."""
    for stage in tune.space:
        check_known_name(stage, [MODEL_STAGE, PROJECTION_STAGE, PREPARE_STAGE], "tune.space")
    own: Mapping[str, object] = tune.space.get(MODEL_STAGE, {})
    every = sorted({parameter for name in variants for parameter in models[name].get_params()})
    given = _read_dimension(f"tune.space.{MODEL_STAGE}", own, every)
    found = {}
    for name, variant in variants.items():
        parameters = list(models[name].get_params())
        typed = {key: bounds for key, bounds in given.items() if key in parameters}
        found[name] = {**_read_dimension("search", _convert_to_plain(variant.search), parameters), **typed}
        if not found[name]:
            raise ConfigError(f"model={name} has nothing to tune: write tune.space.model.<parameter>=[2,20].")
    below: Mapping[str, object] = tune.space.get(PROJECTION_STAGE, {})
    projected = _read_dimension(
        f"tune.space.{PROJECTION_STAGE}", below, [key for key in config.projection if key != "_target_"]
    )
    return Space(found, projected, tuple(map(str, tune.space.get(PREPARE_STAGE, ()))))


def _read_dimension(
    key: str, written: Mapping[str, object], parameters: Sequence[object]
) -> dict[str, Dimension]:
    names = list(map(str, parameters))
    return {
        name: read_dimension(f"{key}.{check_known_name(name, names, key)}", value)
        for name, value in written.items()
    }


def _describe_scoring_space(
    tune: Tune, space: Space, config: DictConfig, choices: Mapping[str, str]
) -> Transformer:
    """The one space in which all trials are scored: scores in different spaces can't be compared."""
    if tune.scored_in is not None:
        return build_preparation(_apply_option(config, PREPARE_STAGE, tune.scored_in, choices))
    if space.prepare:
        raise ConfigError(
            f"tune.space.prepare=[{','.join(space.prepare)}]: a silhouette in one preparation can't be "
            "compared with one in another. Say in which all trials are scored: "
            f"tune.scored_in={space.prepare[0]}."
        )
    return build_preparation(config)


def _compute_order_digest(config: DictConfig, tune: Tune, variants: Mapping[str, DictConfig]) -> str:
    decisive = {
        "run": {name: _convert_to_plain(config[name]) for name in SPACE_CHOICES},
        "evidence": {name: config.evaluate[name] for name in EVIDENCE_CHOICES},
        "study": {name: getattr(tune, name) for name in STUDY_CHOICES},
        "models": {
            name: [_convert_to_plain(one.model), _convert_to_plain(one.search)]
            for name, one in variants.items()
        },
    }
    return hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()


def _convert_to_plain(node: Any) -> Any:  # noqa: ANN401  (whatever the configuration holds)
    return OmegaConf.to_container(node, resolve=True) if OmegaConf.is_config(node) else node
