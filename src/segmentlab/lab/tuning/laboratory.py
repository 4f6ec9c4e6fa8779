"""Where trials are scored: in one space, and what they have in common is computed once."""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone

from segmentlab.errors import ConfigError
from segmentlab.evaluation import list_objectives
from segmentlab.lab.tuning.further import FurtherObjectives, TriedFlow
from segmentlab.lab.tuning.scores import SeparationScores
from segmentlab.lab.tuning.sharing import SharedStore, compute_trial_labels
from segmentlab.lab.tuning.space import Proposal, TrialOutcome
from segmentlab.modelling import (
    NOISE,
    NOT_APART,
    ApartRule,
    Clusterer,
    CustomerModel,
    Labels,
    Points,
    Segmenter,
    Transformer,
    check_features,
    find_apart_rules,
    find_left_out,
    follow_suggestions,
    introduce_customers,
    limit_threads,
)

Made = TypeVar("Made")


class Laboratory:
    """Scores proposals as the plain library calls would, without repeating them.

    All trials are scored in the space of `scored_in`, wherever they cluster; customers whom a rule sets
    apart are not scored. A proposal that came before is answered from memory, and so is a partition that
    other parameters led to before. What is built on the way is kept up to `memory_gib` in all. Each
    process has a laboratory of its own.
    """

    def __init__(  # noqa: PLR0913  (a run's choices, each by its name)
        self,
        features: pd.DataFrame,
        long_tailed: Sequence[str],
        apart: Sequence[ApartRule],
        scored_in: Transformer,
        preparations: Mapping[str | None, Transformer],
        projection: Transformer,
        models: Mapping[str, Clusterer],
        *,
        sample: int,
        memory_gib: float,
        seed: int,
        objectives: Sequence[str],
        further: FurtherObjectives | None = None,
    ) -> None:
        _check_objectives(objectives)
        check_features(features)
        rules = [follow_suggestions(rule, long_tailed).fit(features) for rule in apart]
        taken = find_apart_rules(rules, features)
        self.features = features[taken == NOT_APART]
        self.projection, self.models, self.apart = projection, models, apart
        self._preparations = {
            name: follow_suggestions(preparation, long_tailed) for name, preparation in preparations.items()
        }
        self._everybody = len(features)
        self._in_segments_of_rules = int((taken != NOT_APART).sum() - find_left_out(rules, features).sum())
        scoring_space = _transform_features(follow_suggestions(scored_in, long_tailed), self.features)
        self._scores = SeparationScores(scoring_space, sample, seed)
        self._further = further
        self._kept = SharedStore(memory_gib)
        self._outcomes: dict[Hashable, TrialOutcome] = {}

    def score(self, proposal: Proposal) -> TrialOutcome:
        """The metrics of what the proposal leads to, or why it leads to none."""
        key = _write_key(proposal)
        if key not in self._outcomes:
            self._outcomes[key] = self._try_proposal(proposal)
        return self._outcomes[key]

    @property
    def scoring_points(self) -> Points:
        """The customers in the one space that all trials are scored in."""
        return self._scores.prepared.to_numpy()

    def find_labels(self, proposal: Proposal) -> Labels:
        """The segments that a proposal leads to, numbered by their first customer."""
        model, projection = self._build_stages(proposal)
        return self._cluster(self._introduce(model, projection, proposal.prepare), projection, proposal)

    def _build_stages(self, proposal: Proposal) -> tuple[Clusterer, Transformer]:
        model = clone(self.models[proposal.model]).set_params(**proposal.parameters)
        return model, clone(self.projection).set_params(**proposal.projection)

    def _try_proposal(self, proposal: Proposal) -> TrialOutcome:
        model, projection = self._build_stages(proposal)
        try:
            model = self._introduce(model, projection, proposal.prepare)
            labels = self._cluster(model, projection, proposal)
            outcome = self._score_labels(labels)
        except ValueError as error:
            return TrialOutcome({}, f"{type(model).__name__}: {error}")
        if self._further is None or outcome.trouble is not None:
            return outcome
        return self._look_further(outcome, proposal.prepare, projection, model, labels)

    def _introduce(self, model: Clusterer, projection: Transformer, prepare: str | None) -> Clusterer:
        """The model that knows the customers, where it asks for that."""
        if not isinstance(model, CustomerModel):
            return model
        preparation = clone(self._preparations[prepare]).fit(self.features)
        return introduce_customers(model, self.features, preparation, projection)

    def _look_further(
        self,
        outcome: TrialOutcome,
        prepare: str | None,
        projection: Transformer,
        model: Clusterer,
        labels: Labels,
    ) -> TrialOutcome:
        """With the objectives that depend on the flow and not on its segments alone."""
        assert self._further is not None
        segmenter = Segmenter(self._preparations[prepare], projection, model, self.apart)
        prepared, scored = self._prepare(prepare).to_numpy(), self._scores.prepared.to_numpy()
        found, trouble = self._further.metrics(TriedFlow(segmenter, prepared, scored, labels))
        return TrialOutcome({**outcome.metrics, **found}, trouble)

    def _cluster(self, model: Clusterer, projection: Transformer, proposal: Proposal) -> Labels:
        """Cluster by what is known of the space; who is weighed after the trial is not fitted again."""
        space = (proposal.prepare, _write_sorted(proposal.projection))
        points = self._make_once(space, lambda: self._project(projection, proposal.prepare))

        def known(key: Hashable, make: Callable[[], Made]) -> Made:
            return self._make_once((space, key), make)

        return self._kept.get(
            ("labels", _write_key(proposal)),
            lambda: number_by_first(compute_trial_labels(model, points, known)),
        )

    def _make_once(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """From memory, or made with as many threads as pay; to ask for them takes longer than most cuts."""

        def limited() -> Made:
            with limit_threads(len(self.features)):
                return make()

        return self._kept.get(key, limited)

    def _project(self, projection: Transformer, prepare: str | None) -> Points:
        prepared = self._prepare(prepare)
        return np.asarray(projection.fit(prepared).transform(prepared), dtype=np.float64)

    def _prepare(self, prepare: str | None) -> pd.DataFrame:
        preparation = clone(self._preparations[prepare])
        return self._kept.get(("prepared", prepare), lambda: _transform_features(preparation, self.features))

    def _score_labels(self, labels: Labels) -> TrialOutcome:
        """The same partition has the same outcome, whatever led to it."""
        partition = hashlib.sha256(labels.tobytes()).digest()
        if partition not in self._outcomes:
            metrics = self._count_among_all(self._scores.metrics(labels))
            self._outcomes[partition] = TrialOutcome(metrics, _explain_trouble(metrics))
        return self._outcomes[partition]

    def _count_among_all(self, metrics: dict[str, float]) -> dict[str, float]:
        """Shares count among all customers; who has a segment by a rule is covered."""
        scored, everybody = len(self.features), self._everybody
        covered = metrics["separation/coverage"] * scored + self._in_segments_of_rules
        shares = {"separation/coverage": covered / everybody}
        if "segments/smallest_share" in metrics:
            shares["segments/smallest_share"] = metrics["segments/smallest_share"] * scored / everybody
        return metrics | shares


def number_by_first(labels: Labels) -> Labels:
    """The same partition with its segments numbered by their first customer; noise stays noise."""
    numbered = np.full(len(labels), NOISE, dtype=np.int64)
    real = labels != NOISE
    numbered[real] = pd.factorize(labels[real])[0]
    return numbered


def _transform_features(preparation: Transformer, features: pd.DataFrame) -> pd.DataFrame:
    values = preparation.fit(features).transform(features)
    return pd.DataFrame(np.asarray(values), index=features.index, columns=features.columns)


def _write_key(proposal: Proposal) -> str:
    return repr((proposal.model, proposal.prepare, _write_sorted(proposal.projection, proposal.parameters)))


def _write_sorted(*parameters: Mapping[str, object]) -> str:
    """Parameters as a text that does not depend on their order."""
    return repr([sorted(each.items()) for each in parameters])


def _explain_trouble(metrics: Mapping[str, float]) -> str | None:
    if "separation/silhouette" in metrics:
        return None
    return (
        f"Separation needs two segments or more, and fewer than customers: {metrics['segments/count']:.0f}."
    )


def _check_objectives(objectives: Sequence[str]) -> None:
    for objective in objectives:
        if objective not in list_objectives():
            raise ConfigError(
                f"tune.objectives: {objective} is not scored in trials. Choose among "
                f"{', '.join(list_objectives())}."
            )
