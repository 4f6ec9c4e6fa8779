"""Objectives that one look at the segments does not tell: they take more fits, or what came later."""

import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from sklearn.exceptions import ConvergenceWarning

from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation import (
    LEAST_SAMPLE,
    Effort,
    Flow,
    RefitSample,
    compute_bootstrap_jaccard,
    compute_dbcv,
    compute_prediction_strength,
    draw_refit_sample,
    forecast_by_group,
    score_forecast,
)
from segmentlab.flow import PastCustomers
from segmentlab.modelling import (
    NOISE,
    Labels,
    Points,
    Segmenter,
    draw_stratified_rows,
    find_k_parameter,
    has_different_rows,
)

WORST_JACCARD, MEAN_JACCARD, STRENGTH_METRIC = (
    "stability/jaccard_min",
    "stability/jaccard_mean",
    "stability/prediction_strength",
)
DBCV_METRIC, SPEND_METRIC = "separation/dbcv", "usefulness/spend_r2"
STABILITY_METRICS: Final = frozenset({WORST_JACCARD, MEAN_JACCARD, STRENGTH_METRIC})


class TriedFlow(NamedTuple):
    """The flow of a trial, and what it came to."""

    segmenter: Segmenter  # not fitted
    prepared: Points  # in the trial's own preparation
    scored: Points  # in the space that all trials are scored in
    labels: Labels


@dataclass(frozen=True, kw_only=True)
class FurtherObjectives:
    """What trials are asked for beyond separation, each only where it is an objective: it takes fits.

    The numbers are those that a run finds with as many draws.
    """

    objectives: Collection[str] = ()
    effort: Effort = field(default_factory=Effort)
    past: PastCustomers | None = None
    long_tailed: Sequence[str] = ()
    seed: int = 0

    def metrics(self, tried: TriedFlow) -> tuple[dict[str, float], str | None]:
        """What can be had, and why the rest can't."""
        looks = (
            (STABILITY_METRICS, self._measure_stability),
            ({DBCV_METRIC}, self._measure_density),
            ({SPEND_METRIC}, self._measure_foresight),
        )
        found: dict[str, float] = {}
        troubles = []
        for names, look in looks:
            asked = sorted(names & set(self.objectives))
            if asked:
                try:
                    found |= look(tried)
                except ValueError as error:
                    troubles.append(f"{', '.join(asked)}: {error}")
        return found, "; ".join(troubles) or None

    def _measure_stability(self, tried: TriedFlow) -> dict[str, float]:
        """How the flow does on resampled and on halved customers."""
        segments = len(set(tried.labels.tolist()) - {NOISE})
        if not has_different_rows(tried.prepared, LEAST_SAMPLE * segments):
            raise DataError(f"{LEAST_SAMPLE} different customers a segment are needed.")
        flow = Flow(tried.segmenter.stages.projection, tried.segmenter.stages.model)
        drawn = draw_refit_sample(flow, tried.prepared, tried.labels, self.effort, self.seed)
        return {**self._resample(drawn), **self._halve(drawn)}

    def _resample(self, drawn: RefitSample) -> dict[str, float]:
        if not {WORST_JACCARD, MEAN_JACCARD} & set(self.objectives):
            return {}
        alike = compute_bootstrap_jaccard(
            drawn.flow, drawn.points, drawn.labels, self.effort.bootstraps, self.seed
        )
        return {WORST_JACCARD: float(alike["jaccard"].min()), MEAN_JACCARD: float(alike["jaccard"].mean())}

    def _halve(self, drawn: RefitSample) -> dict[str, float]:
        if STRENGTH_METRIC not in self.objectives:
            return {}
        return {
            STRENGTH_METRIC: compute_prediction_strength(
                drawn.flow, drawn.points, self.effort.splits, self.seed
            ).value
        }

    def _measure_density(self, tried: TriedFlow) -> dict[str, float]:
        value, notes = compute_dbcv(tried.scored, tried.labels, self.effort.sample, self.seed)
        if value is None:
            raise DataError(" ".join(notes))
        return {DBCV_METRIC: value}

    def _measure_foresight(self, tried: TriedFlow) -> dict[str, float]:
        """Learn the flow as of the earlier day, and see what its segments spent afterwards."""
        assert self.past is not None, "checked before the first trial"
        with warnings.catch_warnings(category=ConvergenceWarning, action="ignore"):
            then = tried.segmenter.fit(
                self.past.features, value=self.past.revenue, long_tailed=self.long_tailed
            )
        rows = draw_stratified_rows(then.labels_, self.effort.sample, self.seed)
        spend = self.past.spend.to_numpy()[rows]
        told = score_forecast(forecast_by_group(then.labels_[rows], spend, self.seed), spend)
        if "spend_r2" not in told:
            raise DataError("All customers spent the same afterwards.")
        return {SPEND_METRIC: told["spend_r2"]}


def find_study_past(objectives: Collection[str], past: PastCustomers | str | None) -> PastCustomers | None:
    """The earlier day, where an objective needs it; baskets stay behind, for nobody asks for them."""
    if SPEND_METRIC not in objectives:
        return None
    if past is None:
        raise ConfigError(
            f"tune.objectives: {SPEND_METRIC} is judged by the days after those that are learnt "
            "from, and there are "
            "none. Write evaluate.holdout_days=90; data without transactions can't have it."
        )
    if isinstance(past, str):
        raise ConfigError(f"tune.objectives: {SPEND_METRIC} can't be had: {past}.")
    return replace(past, baskets=None)


def check_stability(
    objectives: Collection[str], flows: Mapping[str, Flow], customers: int, effort: Effort
) -> None:
    """Refuse what no trial could have: among fewer customers some models find other segments."""
    asked = sorted({WORST_JACCARD, MEAN_JACCARD} & set(objectives))
    if not asked:
        return
    for name, flow in flows.items():
        most = effort.small_sample if flow.slow else effort.sample
        if find_k_parameter(flow.model) is None and customers > most:
            raise ConfigError(
                f"tune.objectives: {asked[0]} of model={name} is known up to {most:,} customers and there "
                f"are {customers:,}: it finds other segments in a sample. Ask for "
                f"{STRENGTH_METRIC}, or raise "
                f"evaluate.{'small_sample' if flow.slow else 'sample'}."
            )
