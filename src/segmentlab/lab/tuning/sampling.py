"""What to try next: Optuna's samplers, made anew for every trial, so that a study may stop anywhere."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import count, islice
from typing import Any, Final

import numpy as np
import optuna
from optuna.distributions import BaseDistribution
from optuna.samplers import BaseSampler, RandomSampler
from optuna.trial import FrozenTrial, Trial, TrialState

from segmentlab.errors import ConfigError
from segmentlab.lab.tuning.space import (
    MODEL_STAGE,
    ChoiceList,
    DecimalRange,
    Dimension,
    Space,
    WholeRange,
    check_known_name,
)

CLAIM_KEY: Final = "segmentlab.claim"  # of a process on a trial: who, and in which slot
SLOT_KEY: Final = "slot"
LISTED_POINTS: Final = 10_000  # of a grid; of a larger one points are drawn until one is new
UNTRIED_DRAWS: Final = 100
LIVING_STATES: Final = (TrialState.RUNNING, TrialState.COMPLETE, TrialState.PRUNED)
SAMPLERS: Final = ("tpe", "nsga2", "gp", "grid", "random")


def check_sampler(name: str) -> None:
    """Refuse one that does not exist or lacks what it needs."""
    check_known_name(name, SAMPLERS, "tune.sampler")
    if name == "gp" and find_spec("torch") is None:
        raise ConfigError("tune.sampler=gp needs the package torch: pip install torch, or use tpe.")


def suggest_proposal(space: Space, trial: Trial) -> dict[str, object]:
    """Ask for one value after the other, as most depend on the model."""
    chosen: dict[str, object] = {}
    if space.model is not None:
        chosen[MODEL_STAGE] = _ask_value(trial, MODEL_STAGE, space.model)
    model = str(chosen.get(MODEL_STAGE, next(iter(space.models))))
    for name, found in space.dimensions(model).items():
        chosen[name] = _ask_value(trial, name, found)
    return chosen


def _ask_value(trial: Trial, name: str, dimension: Dimension) -> object:
    match dimension:
        case WholeRange(low, high):
            return trial.suggest_int(name, low, high)
        case DecimalRange(low, high):
            return trial.suggest_float(name, low, high)
        case ChoiceList(options):
            return trial.suggest_categorical(name, options)  # type: ignore[arg-type]  # it says what it takes


class SeededSampler(BaseSampler):
    """A sampler for each trial, seeded by the trial's slot.

    Slots are counted like trials, but the slot of a trial that failed is free again. So a trial that
    died with its process is tried again with the same seed, and a study that was killed ten times
    proposes what it would have proposed at one go; while two processes never share a seed.
    """

    def __init__(self, name: str, seed: int, space: Space) -> None:
        self.name = name
        self.seed = seed
        self.space = space
        self.slot = 0
        self._sampler: BaseSampler = RandomSampler()

    def before_trial(self, study: optuna.Study, trial: FrozenTrial) -> None:
        """Find the slot."""
        earlier = [one for one in study.get_trials(deepcopy=False) if one.number < trial.number]
        self.slot = find_free_slot([one for one in earlier if one.state in LIVING_STATES])
        self._sampler = self._make_sampler(
            int(np.random.SeedSequence((self.seed, self.slot)).generate_state(1)[0])
        )

    def infer_relative_search_space(
        self, study: optuna.Study, trial: FrozenTrial
    ) -> dict[str, BaseDistribution]:
        """As the sampler does."""
        return self._sampler.infer_relative_search_space(study, trial)

    def sample_relative(
        self, study: optuna.Study, trial: FrozenTrial, search_space: dict[str, BaseDistribution]
    ) -> dict[str, Any]:
        """As the sampler does."""
        return self._sampler.sample_relative(study, trial, search_space)

    def sample_independent(
        self,
        study: optuna.Study,
        trial: FrozenTrial,
        param_name: str,
        param_distribution: BaseDistribution,
    ) -> Any:  # noqa: ANN401  (whatever the dimension holds)
        """As the sampler does."""
        return self._sampler.sample_independent(study, trial, param_name, param_distribution)

    def find_untried(self, tried: Sequence[Mapping[str, object]]) -> dict[str, object] | None:
        """A point of the grid, by chance, that is not among those tried; none where there is no other."""
        generator = np.random.default_rng((self.seed, self.slot))
        if self.space.count_points() <= LISTED_POINTS:
            points = [point for point in self.space.points() if point not in tried]
            return points[int(generator.integers(len(points)))] if points else None
        drawn = (self.space.draw_point(generator) for _ in range(UNTRIED_DRAWS))
        return next((point for point in drawn if point not in tried), None)

    def _make_sampler(self, seed: int) -> BaseSampler:
        match self.name:
            case "tpe":
                return optuna.samplers.TPESampler(seed=seed)
            case "nsga2":
                return optuna.samplers.NSGAIISampler(seed=seed)
            case "gp":
                return optuna.samplers.GPSampler(seed=seed)
            case "grid":
                return GridPointSampler(self._find_point())
        return RandomSampler(seed)

    def _find_point(self) -> dict[str, object]:
        """The slot's point of the grid, in an order of chance: a study may end before the last one."""
        points = list(self.space.points())
        order = np.random.default_rng(self.seed).permutation(len(points))
        return points[int(order[self.slot % len(points)])]


class GridPointSampler(RandomSampler):
    """Proposes what it was given."""

    def __init__(self, point: Mapping[str, object]) -> None:
        super().__init__()
        self.point = point

    def sample_independent(
        self,
        study: optuna.Study,  # noqa: ARG002  (Optuna's own signature)
        trial: FrozenTrial,  # noqa: ARG002
        param_name: str,
        param_distribution: BaseDistribution,  # noqa: ARG002
    ) -> Any:  # noqa: ANN401  (whatever the dimension holds)
        """The value that is due."""
        return self.point[param_name]


def find_free_slot(earlier: Sequence[FrozenTrial]) -> int:
    """The first slot that nobody has; after those that others are about to write down."""
    claims = [one.user_attrs[CLAIM_KEY] for one in earlier if CLAIM_KEY in one.user_attrs]
    taken = {claim[SLOT_KEY] for claim in claims}
    free = (slot for slot in count() if slot not in taken)
    return next(islice(free, len(earlier) - len(claims), None))
