"""Which parameters the objectives depend on, as far as the trials of a study tell."""

from collections.abc import Mapping, Sequence
from typing import Final

import optuna
import pandas as pd
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.importance import PedAnovaImportanceEvaluator, get_param_importances

from segmentlab.lab.tuning.order import find_direction
from segmentlab.lab.tuning.space import MODEL_STAGE, ChoiceList, DecimalRange, Dimension, Space, WholeRange
from segmentlab.lab.tuning.trials import Trial

LEAST_TRIALS: Final = 20  # feasible trials: the best tenth of fewer is a single one
NO_IMPORTANCE: Final = "The importance of parameters is not available"


def compute_importances(
    trials: Sequence[Trial], space: Space, objectives: Sequence[str]
) -> pd.DataFrame | str:
    """Per parameter (rows) and objective (columns) its share of importance; or why there is none.

    Infeasible trials do not count: what leads out of the limits would outweigh all else. Where several
    models compete, the parameters that all of them have are compared, and the model itself.
    """
    counted = [trial for trial in trials if trial.feasible]
    if len(counted) < LEAST_TRIALS:
        return f"{NO_IMPORTANCE}: {len(counted)} trials are feasible, and {LEAST_TRIALS} are needed."
    common = _find_common_parameters(space)
    if len(common) < 2:
        return f"{NO_IMPORTANCE}: the trials have fewer than two parameters in common."
    return pd.DataFrame(
        {name: _compute_importance_shares(counted, common, name) for name in objectives}
    ).rename_axis("parameter")


def _find_common_parameters(space: Space) -> dict[str, BaseDistribution]:
    """What every trial has a value of."""
    each = [space.dimensions(model) for model in space.models]
    shared = {name: found for name, found in each[0].items() if all(name in other for other in each)}
    first = {MODEL_STAGE: space.model} if space.model else {}
    return {name: _make_distribution(found) for name, found in {**first, **shared}.items()}


def _compute_importance_shares(
    trials: Sequence[Trial], common: Mapping[str, BaseDistribution], objective: str
) -> dict[str, float]:
    """By PED-ANOVA: in which parameters the best tenth of the trials differs from all of them."""
    study = optuna.create_study(direction=find_direction(objective))
    study.add_trials(
        [
            optuna.trial.create_trial(
                params={name: trial.tried[name] for name in common},
                distributions=dict(common),
                value=trial.metrics[objective],
            )
            for trial in trials
        ]
    )
    return get_param_importances(study, evaluator=PedAnovaImportanceEvaluator())


def _make_distribution(dimension: Dimension) -> BaseDistribution:
    match dimension:
        case WholeRange(low, high):
            return IntDistribution(low, high)
        case DecimalRange(low, high):
            return FloatDistribution(low, high)
        case ChoiceList(options):
            return CategoricalDistribution(options)  # type: ignore[arg-type]  # it says what it takes
