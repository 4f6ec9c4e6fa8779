"""Where trials are scored: in one space, and what they have in common is computed once."""

import hashlib
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import TypeVar

import numpy as np
import pandas as pd
from sklearn.base import clone

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.apart import STAYS, left_out, set_apart
from segmentlab.modelling.contract import Apart, Clusterer, Labels, Points, Transformer
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.preparation.columns import following
from segmentlab.modelling.scorer import check_features
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.threads import threads_for
from segmentlab.tuning.further import FURTHER, Further, Tried
from segmentlab.tuning.kept import Kept
from segmentlab.tuning.proposal import Outcome, Proposal
from segmentlab.tuning.scores import MEASURED, Scores
from segmentlab.tuning.sharing import labels_of

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
        apart: Sequence[Apart],
        scored_in: Transformer,
        preparations: Mapping[str | None, Transformer],
        projection: Transformer,
        models: Mapping[str, Clusterer],
        *,
        sample: int,
        memory_gib: float,
        seed: int,
        objectives: Sequence[str],
        further: Further | None = None,
    ) -> None:
        _check(objectives)
        check_features(features)
        rules = [following(rule, long_tailed).fit(features) for rule in apart]
        taken = set_apart(rules, features)
        self.features = features[taken == STAYS]
        self.projection, self.models, self.apart = projection, models, apart
        self._preparations = {
            name: following(preparation, long_tailed) for name, preparation in preparations.items()
        }
        self._everybody = len(features)
        self._in_segments_of_rules = int((taken != STAYS).sum() - left_out(rules, features).sum())
        scoring_space = _transformed(following(scored_in, long_tailed), self.features)
        self._scores = Scores(scoring_space, sample, seed)
        self._further = further
        self._kept = Kept(memory_gib)
        self._outcomes: dict[Hashable, Outcome] = {}

    def score(self, proposal: Proposal) -> Outcome:
        """The metrics of what the proposal leads to, or why it leads to none."""
        key = repr((proposal.model, proposal.prepare, _sorted(proposal.projection, proposal.parameters)))
        if key not in self._outcomes:
            self._outcomes[key] = self._tried(proposal)
        return self._outcomes[key]

    def _tried(self, proposal: Proposal) -> Outcome:
        model = clone(self.models[proposal.model]).set_params(**proposal.parameters)
        projection = clone(self.projection).set_params(**proposal.projection)
        space = (proposal.prepare, _sorted(proposal.projection))
        try:
            points = self._made(space, lambda: self._points(projection, proposal.prepare))
            labels = self._labels(model, points, space)
            outcome = self._outcome(labels)
        except (ConfigError, DataError, ValueError) as error:
            return Outcome({}, f"{type(model).__name__}: {error}")
        if self._further is None or outcome.trouble is not None:
            return outcome
        return self._looked_further(outcome, proposal.prepare, projection, model, labels)

    def _looked_further(
        self,
        outcome: Outcome,
        prepare: str | None,
        projection: Transformer,
        model: Clusterer,
        labels: Labels,
    ) -> Outcome:
        """With the objectives that depend on the flow and not on its segments alone."""
        assert self._further is not None
        segmenter = Segmenter(self._preparations[prepare], projection, model, self.apart)
        prepared, scored = self._prepared(prepare).to_numpy(), self._scores.prepared.to_numpy()
        found, trouble = self._further.metrics(Tried(segmenter, prepared, scored, labels))
        return Outcome({**outcome.metrics, **found}, trouble)

    def _labels(self, model: Clusterer, points: Points, space: Hashable) -> Labels:
        """Cluster by what is known of the space."""

        def known(key: Hashable, make: Callable[[], Made]) -> Made:
            return self._made((space, key), make)

        return canonical(labels_of(model, points, known))

    def _made(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """From memory, or made with as many threads as pay; to ask for them takes longer than most cuts."""

        def limited() -> Made:
            with threads_for(len(self.features)):
                return make()

        return self._kept.get(key, limited)

    def _points(self, projection: Transformer, prepare: str | None) -> Points:
        prepared = self._prepared(prepare)
        return np.asarray(projection.fit(prepared).transform(prepared), dtype=np.float64)

    def _prepared(self, prepare: str | None) -> pd.DataFrame:
        preparation = clone(self._preparations[prepare])
        return self._kept.get(("prepared", prepare), lambda: _transformed(preparation, self.features))

    def _outcome(self, labels: Labels) -> Outcome:
        """The same partition has the same outcome, whatever led to it."""
        partition = hashlib.sha256(labels.tobytes()).digest()
        if partition not in self._outcomes:
            metrics = self._against_everybody(self._scores.metrics(labels))
            self._outcomes[partition] = Outcome(metrics, _trouble(metrics))
        return self._outcomes[partition]

    def _against_everybody(self, metrics: dict[str, float]) -> dict[str, float]:
        """Shares count among all customers; who has a segment by a rule is covered."""
        scored, everybody = len(self.features), self._everybody
        covered = metrics["separation/coverage"] * scored + self._in_segments_of_rules
        shares = {"separation/coverage": covered / everybody}
        if "segments/smallest_share" in metrics:
            shares["segments/smallest_share"] = metrics["segments/smallest_share"] * scored / everybody
        return metrics | shares


def canonical(labels: Labels) -> Labels:
    """The same partition with its segments numbered by their first customer; noise stays noise."""
    numbered = np.full(len(labels), NOISE, dtype=np.int64)
    real = labels != NOISE
    numbered[real] = pd.factorize(labels[real])[0]
    return numbered


def _transformed(preparation: Transformer, features: pd.DataFrame) -> pd.DataFrame:
    values = preparation.fit(features).transform(features)
    return pd.DataFrame(np.asarray(values), index=features.index, columns=features.columns)


def _sorted(*parameters: Mapping[str, object]) -> str:
    """Parameters as a text that does not depend on their order."""
    return repr([sorted(each.items()) for each in parameters])


def _trouble(metrics: Mapping[str, float]) -> str | None:
    if "separation/silhouette" in metrics:
        return None
    return (
        f"Separation needs two segments or more, and fewer than customers: {metrics['segments/count']:.0f}."
    )


def _check(objectives: Sequence[str]) -> None:
    for objective in objectives:
        if objective not in (*MEASURED, *FURTHER):
            raise ConfigError(
                f"tune.objectives: {objective} is not scored in trials. Choose among "
                f"{', '.join((*MEASURED, *FURTHER))}."
            )
