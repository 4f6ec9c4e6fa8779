"""The fitted flow from features to segments: the one object that is evaluated, logged and scored with."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.finite import first_broken
from segmentlab.modelling.confidence import confidence
from segmentlab.modelling.contract import Clusterer, Labels, Points, Transformer
from segmentlab.modelling.numbering import rank_by_value, renumber
from segmentlab.modelling.threads import threads_for


class Segmenter(BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Preparation, projection, model and numbering, fitted together.

    Keeping them in one object is what makes scoring safe: tomorrow's customers pass through exactly
    the transforms that today's segments were formed in.
    """

    def __init__(self, preparation: Transformer, projection: Transformer, model: Clusterer) -> None:
        self.preparation = preparation
        self.projection = projection
        self.model = model

    def fit(self, features: pd.DataFrame, value: pd.Series | None = None) -> Self:
        """Learn every stage; `value` (money per customer) orders the segment numbers."""
        _check_features(features)
        _check_size(self.model, features)
        self.feature_names_in_ = np.asarray(features.columns, dtype=object)
        with threads_for(len(features)):
            with _named("prepare"):
                self.preparation_ = clone(self.preparation).fit(features)
            prepared = self.prepare(features)
            with _named("projection"):
                self.projection_ = clone(self.projection).fit(prepared)
            with _named("model"):
                self.model_ = fit_model(clone(self.model), self.project(prepared))
        worth = None if value is None else value.reindex(features.index).to_numpy()
        self.order_ = rank_by_value(self.model_.labels_, worth)
        self.labels_ = renumber(self.model_.labels_, self.order_)
        return self

    def prepare(self, features: pd.DataFrame) -> pd.DataFrame:
        """Features in the scoring space: the one in which separation is measured."""
        check_is_fitted(self, "preparation_")
        prepared = self.preparation_.transform(features[list(self.feature_names_in_)])
        return pd.DataFrame(np.asarray(prepared), index=features.index, columns=self.feature_names_in_)

    def project(self, prepared: pd.DataFrame) -> Points:
        """Prepared features in the space that the model clusters in."""
        return np.asarray(self.projection_.transform(prepared), dtype=np.float64)

    def assign(self, features: pd.DataFrame) -> pd.DataFrame:
        """`segment` and `confidence` per customer, for fitted customers and new ones alike."""
        check_is_fitted(self, "order_")
        _check_columns(features, list(self.feature_names_in_))
        _check_features(features)
        points = self.project(self.prepare(features))
        segment = renumber(np.asarray(self.model_.predict(points)), self.order_)
        return pd.DataFrame(
            {"segment": segment, "confidence": confidence(self.model_, points)}, index=features.index
        )

    def predict(self, features: pd.DataFrame) -> Labels:
        """The segment number per customer."""
        return self.assign(features)["segment"].to_numpy()


def fit_model(model: Clusterer, points: Points) -> Clusterer:
    """Fit a clusterer, and give it `labels_` where it only predicts (mixtures)."""
    if not hasattr(model, "predict"):
        raise ConfigError(
            f"{type(model).__name__} can't place customers it has not seen, so its segments can't be scored. "
            "Choose a model that can, such as model=kmeans."
        )
    model.fit(points)
    if not hasattr(model, "labels_"):
        model.labels_ = model.predict(points)
    return model


@contextmanager
def _named(stage: str) -> Iterator[None]:
    """Libraries judge a parameter only when they fit: say which choice it belongs to."""
    try:
        yield
    except ValueError as error:
        raise ConfigError(f"{stage}: {error}") from error


def _check_features(features: pd.DataFrame) -> None:
    if features.empty:
        raise DataError("There are no customers to place: the feature table is empty.")
    broken = first_broken(features)
    if broken:
        raise DataError(
            f"Feature '{broken.feature}' of customer '{broken.customer}' is {broken.value}. "
            "Models need finite numbers: complete or remove the row."
        )


def _check_columns(features: pd.DataFrame, expected: Sequence[str]) -> None:
    missing = [name for name in expected if name not in features.columns]
    if missing:
        raise DataError(
            f"The model needs the features {', '.join(expected)}; missing: {', '.join(missing)}. "
            "Score with the feature sets that the model was trained on."
        )


def _check_size(model: Clusterer, features: pd.DataFrame) -> None:
    wanted = model.get_params().get("n_clusters", 2)
    if not isinstance(wanted, int):
        return  # scikit-learn says best what is wrong with it
    customers, distinct = len(features), len(features.drop_duplicates())
    if distinct < wanted:
        raise DataError(
            f"{wanted} segments need at least {wanted} customers with different features; there are "
            f"{distinct:,} among {customers:,} customers. Lower model.n_clusters or use more data."
        )
    for name, (low, high) in features.agg(["min", "max"]).items():
        if low == high:
            raise DataError(
                f"Feature '{name}' is {low:g} for all {customers:,} customers, so it can't tell them apart. "
                f"Leave it out with leave_out=[{name}]."
            )
