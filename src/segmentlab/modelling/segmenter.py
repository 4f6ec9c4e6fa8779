"""Learns a segmentation: who is set apart, preparation, projection, model, and the numbers of segments."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from threadpoolctl import threadpool_limits

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.apart import NOT_APART, add_apart_labels, find_apart_rules
from segmentlab.modelling.interfaces import ApartRule, Clusterer, Labels, Points, Transformer
from segmentlab.modelling.numbering import NOISE, rank_by_value, renumber_labels
from segmentlab.modelling.placement import make_assigner
from segmentlab.modelling.preparation import follow_suggestions, list_single_steps
from segmentlab.modelling.scorer import Scorer, check_features

# How many threads a fit may use.


ONE_THREAD_BELOW = 500_000


def limit_threads(rows: int) -> threadpool_limits:
    """One thread; for large data the library's own choice, but for linear algebra.

    Below some 500,000 rows threads wait for each other longer than they compute. At 200,000 two OpenMP
    threads make K-Means no faster on an idle machine, and beside a busy core four times slower; at 6,000
    a hundred times. At a million a busy core costs 1.4 times. One thread also sums in one order, which
    keeps results equal from run to run.

    Products of matrices with a handful of columns gain nothing from threads at any size: a Gaussian mixture
    of 200,000 customers takes a third of the processor's time with one.
    """
    return threadpool_limits(1) if rows < ONE_THREAD_BELOW else threadpool_limits(1, user_api="blas")


K_PARAMETERS = ("n_clusters", "n_components")  # what scikit-learn calls the number of segments
# Where to move the parameters of models that look for dense regions, so that they find more of them.
PARAMETER_HINTS = {"eps": "raise", "max_eps": "raise", "min_samples": "lower", "min_cluster_size": "lower"}


class Segmenter(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Fits every stage in order.

    `labels_` are the segments of the customers it learnt from, `model_` is the fitted model with
    whatever its figures are drawn from, and `scorer_` is all that placing other customers takes.
    """

    def __init__(
        self,
        preparation: Transformer,
        projection: Transformer,
        model: Clusterer,
        apart: Sequence[ApartRule] = (),
    ) -> None:
        self.preparation = preparation
        self.projection = projection
        self.model = model
        self.apart = apart

    def fit(
        self, features: pd.DataFrame, value: pd.Series | None = None, long_tailed: Sequence[str] = ()
    ) -> Self:
        """Learn every stage; `value` (money per customer) orders the segment numbers.

        `long_tailed` are the features for which a logarithm is suggested: stages may ask for them.
        """
        check_features(features)
        apart = [follow_suggestions(rule, long_tailed).fit(features) for rule in self.apart]
        taken = find_apart_rules(apart, features)
        stayed = features[taken == NOT_APART]
        _check_size(self.model, stayed)
        with limit_threads(len(stayed)):
            with _name_stage_errors("prepare"):
                preparation = follow_suggestions(self.preparation, long_tailed).fit(stayed)
                prepared = _make_prepared_frame(preparation.transform(stayed), stayed)
                _check_prepared(prepared, preparation)
            with _name_stage_errors("projection"):
                projection = clone(self.projection).fit(prepared)
                self.points_ = np.asarray(projection.transform(prepared), dtype=np.float64)
            with _name_stage_errors("model"):
                self.model_ = fit_model(clone(self.model), self.points_)
        _check_groups_found(self.model_)
        first_free = int(self.model_.labels_.max(initial=NOISE)) + 1
        labels = add_apart_labels(taken, apart, self.model_.labels_, first_free)
        order = rank_by_value(labels, features.index, value)
        self.labels_ = renumber_labels(labels, order)
        self.clustered_ = taken == NOT_APART
        self.scorer_ = Scorer(
            features=tuple(features.columns),
            apart=apart,
            preparation=preparation,
            projection=projection,
            assigner=make_assigner(self.model_, self.points_),
            first_free=first_free,
            order=order,
            names=_make_default_names(order, apart, first_free),
        )
        return self

    @property
    def notes_(self) -> tuple[str, ...]:
        """What stages did in another way than asked, because of the size of the data."""
        stages = (self.scorer_.preparation, self.scorer_.projection, self.model_)
        return tuple(note for stage in stages for note in getattr(stage, "notes_", ()))


def fit_model(model: Clusterer, points: Points) -> Clusterer:
    """Fit a clusterer, and give it `labels_` where it only predicts (mixtures)."""
    model.fit(points)
    if not hasattr(model, "labels_"):
        if not hasattr(model, "predict"):
            raise ConfigError(
                f"model: {type(model).__name__} finds no segments: fitted, it has neither labels_ nor "
                "predict. Choose a clusterer; docs/guides/add_an_algorithm.md says what one needs."
            )
        model.labels_ = model.predict(points)
    return model


def find_k_parameter(model: Clusterer) -> str | None:
    """The parameter that says how many segments there shall be, of models that are told."""
    return next((name for name in K_PARAMETERS if name in model.get_params()), None)


def _make_default_names(order: Labels, apart: Sequence[ApartRule], first_free: int) -> dict[int, str]:
    """What segments are called before anybody gives them better names."""
    given = {first_free + position: rule.name for position, rule in enumerate(apart)}
    names = {number: given.get(int(label)) or f"Segment {number}" for number, label in enumerate(order)}
    return {NOISE: "Noise", **names}


def _make_prepared_frame(prepared: Points, features: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(prepared), index=features.index, columns=features.columns)


@contextmanager
def _name_stage_errors(stage: str) -> Iterator[None]:
    """Libraries judge a parameter only when they fit: say which choice it belongs to."""
    try:
        yield
    except ValueError as error:
        raise ConfigError(f"{stage}: {error}") from error


def _check_size(model: Clusterer, features: pd.DataFrame) -> None:
    customers, distinct = len(features), len(features.drop_duplicates())
    if not customers:
        raise DataError(
            "Every customer is set apart by a rule, so none is left to cluster: set fewer apart "
            "(outliers=, one_time=)."
        )
    name = find_k_parameter(model)
    wanted = model.get_params()[name] if name else 2
    if not isinstance(wanted, int):
        return  # scikit-learn says best what is wrong with it
    if distinct < wanted:
        raise DataError(
            f"{wanted} segments need at least {wanted} customers with different features; there are "
            f"{distinct:,} among {customers:,} customers. Lower model.{name or 'n_clusters'} "
            "or use more data."
        )
    for feature, value in _list_constants(features):
        raise DataError(
            f"Feature '{feature}' is {value:g} for all {customers:,} customers, so it can't tell them "
            f"apart. Leave it out with leave_out=[{feature}]."
        )


def _check_groups_found(model: Clusterer) -> None:
    """Everybody noise is no segmentation: there is nothing to number, to name or to score with."""
    if (model.labels_ != NOISE).any():
        return
    ways = [f"{way} model.{name}" for name, way in PARAMETER_HINTS.items() if name in model.get_params()]
    raise DataError(
        f"{type(model).__name__} found no segment: all {len(model.labels_):,} customers are noise. "
        f"{' or '.join(ways).capitalize() or 'Choose another model='}; or choose another prepare=."
    )


def _check_prepared(prepared: pd.DataFrame, preparation: Transformer) -> None:
    """A preparation may take all differences away: caps do, where hardly anybody differs."""
    for feature, value in _list_constants(prepared):
        steps = " and ".join(type(step).__name__ for step in list_single_steps(preparation))
        raise DataError(
            f"Feature '{feature}' is {value:g} for all {len(prepared):,} customers after {steps}, though it "
            "was not before. Choose another prepare=, widen the caps, or leave it out with "
            f"leave_out=[{feature}]."
        )


def _list_constants(frame: pd.DataFrame) -> Iterator[tuple[str, float]]:
    """The features that are the same for everybody, and what they are."""
    for feature, (low, high) in frame.agg(["min", "max"]).items():
        if low == high:
            yield str(feature), float(low)
