"""Objectives that one look at the segments does not tell: they take more fits, or what came later."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from segmentlab.described import Past
from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation.density_validity import dbcv
from segmentlab.evaluation.effort import Effort
from segmentlab.evaluation.gather import AT_LEAST, Drawn, draw_from
from segmentlab.evaluation.prediction_strength import prediction_strength
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.sample import stratified
from segmentlab.evaluation.stability import bootstrap_jaccard
from segmentlab.evaluation.usefulness import by_group, scores
from segmentlab.modelling.contract import Labels, Points
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.segmenter import Segmenter, k_parameter

WORST, MEAN, STRENGTH = "stability/jaccard_min", "stability/jaccard_mean", "stability/prediction_strength"
DBCV, SPEND = "separation/dbcv", "usefulness/spend_r2"
FURTHER: Final = (WORST, MEAN, STRENGTH, DBCV, SPEND)
STABILITY: Final = frozenset({WORST, MEAN, STRENGTH})


class Tried(NamedTuple):
    """The flow of a trial, and what it came to."""

    segmenter: Segmenter  # not fitted
    prepared: Points  # in the trial's own preparation
    scored: Points  # in the space that all trials are scored in
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class Further:
    """What trials are asked for beyond separation, each only where it is an objective: it takes fits.

    The numbers are those that a run finds with as many draws.
    """

    objectives: Collection[str] = ()
    effort: Effort = field(default_factory=Effort)
    past: Past | None = None
    long_tailed: Sequence[str] = ()
    seed: int = 0

    def metrics(self, tried: Tried) -> tuple[dict[str, float], str | None]:
        """What can be had, and why the rest can't."""
        looks = ((STABILITY, self._stability), ({DBCV}, self._density), ({SPEND}, self._foresight))
        found: dict[str, float] = {}
        troubles = []
        for names, look in looks:
            asked = sorted(names & set(self.objectives))
            if asked:
                try:
                    found |= look(tried)
                except (ConfigError, DataError, ValueError) as error:
                    troubles.append(f"{', '.join(asked)}: {error}")
        return found, "; ".join(troubles) or None

    def _stability(self, tried: Tried) -> dict[str, float]:
        """How the flow does on resampled and on halved customers."""
        segments = len(set(tried.labels.tolist()) - {NOISE})
        if len(np.unique(tried.prepared, axis=0)) < AT_LEAST * segments:
            raise DataError(f"{AT_LEAST} different customers a segment are needed.")
        flow = Flow(tried.segmenter.projection, tried.segmenter.model)
        drawn = draw_from(flow, tried.prepared, tried.labels, self.effort, self.seed)
        return {**self._resampled(drawn), **self._halved(drawn)}

    def _resampled(self, drawn: Drawn) -> dict[str, float]:
        if not {WORST, MEAN} & set(self.objectives):
            return {}
        alike = bootstrap_jaccard(drawn.flow, drawn.points, drawn.labels, self.effort.bootstraps, self.seed)
        return {WORST: float(alike["jaccard"].min()), MEAN: float(alike["jaccard"].mean())}

    def _halved(self, drawn: Drawn) -> dict[str, float]:
        if STRENGTH not in self.objectives:
            return {}
        return {STRENGTH: prediction_strength(drawn.flow, drawn.points, self.effort.splits, self.seed).value}

    def _density(self, tried: Tried) -> dict[str, float]:
        value, notes = dbcv(tried.scored, tried.labels, self.effort.sample, self.seed)
        if value is None:
            raise DataError(" ".join(notes))
        return {DBCV: value}

    def _foresight(self, tried: Tried) -> dict[str, float]:
        """Learn the flow as of the earlier day, and see what its segments spent afterwards."""
        assert self.past is not None, "checked before the first trial"
        with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
            then = tried.segmenter.fit(self.past.features, self.past.revenue, self.long_tailed)
        rows = stratified(then.labels_, self.effort.sample, self.seed)
        spend = self.past.spend.to_numpy()[rows]
        told = scores(by_group(then.labels_[rows], spend, self.seed), spend)
        if "spend_r2" not in told:
            raise DataError("All customers spent the same afterwards.")
        return {SPEND: told["spend_r2"]}


def past_for(objectives: Collection[str], past: Past | str | None) -> Past | None:
    """The earlier day, where an objective needs it; baskets stay behind, for nobody asks for them."""
    if SPEND not in objectives:
        return None
    if past is None:
        raise ConfigError(
            f"tune.objectives: {SPEND} is judged by the days after those that are learnt from, and there are "
            "none. Write evaluate.holdout_days=90; data without transactions can't have it."
        )
    if isinstance(past, str):
        raise ConfigError(f"tune.objectives: {SPEND} can't be had: {past}.")
    return replace(past, baskets=None)


def check_stability(
    objectives: Collection[str], flows: Mapping[str, Flow], customers: int, effort: Effort
) -> None:
    """Refuse what no trial could have: among fewer customers some models find other segments."""
    asked = sorted({WORST, MEAN} & set(objectives))
    if not asked:
        return
    for name, flow in flows.items():
        most = effort.small_sample if flow.slow else effort.sample
        if k_parameter(flow.model) is None and customers > most:
            raise ConfigError(
                f"tune.objectives: {asked[0]} of model={name} is known up to {most:,} customers and there "
                f"are {customers:,}: it finds other segments in a sample. Ask for {STRENGTH}, or raise "
                f"evaluate.{'small_sample' if flow.slow else 'sample'}."
            )
