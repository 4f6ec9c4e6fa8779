"""Learns a segmentation: who is set apart, preparation, projection, model, and the numbers of segments."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.utils.validation import _check_feature_names_in, check_is_fitted, validate_data

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.apart_rules import NOT_APART, add_apart_labels, find_apart_rules
from segmentlab.modelling.fitting import (
    limit_threads,
    name_stage_errors,
)
from segmentlab.modelling.interfaces import ApartRule, Assigner, Clusterer, Labels, Points, Transformer
from segmentlab.modelling.learning import Made, StageMemory, Stages, identify_stage, learn_stages, make_anew
from segmentlab.modelling.numbering import NOISE, rank_by_value, renumber_labels
from segmentlab.modelling.parameters import ListOf, Methods, Nothing, ParameterTable, check_parameters
from segmentlab.modelling.placement import make_assigner
from segmentlab.modelling.preparation import follow_suggestions
from segmentlab.modelling.sample import draw_stratified_rows
from segmentlab.modelling.scorer import Scorer, check_features

MOST_SCORED = 10_000  # customers whose silhouette is taken: it costs the square of their number


class Segmenter(ClusterMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped bases
    """Preparation, projection, clusterer and placement as one estimator of scikit-learn.

    It works wherever a clusterer of scikit-learn does: in a Pipeline, in GridSearchCV, with `clone` and
    with parameters set by name, such as `model__n_clusters` or `apart__0__factor`. Customers who were not
    there when it was fitted get a segment from `predict`, whatever the clusterer is.

    Segments are numbered by value, 0 being the most valuable; -1 is noise, who belong to no segment.

    Args:
        preparation: Makes features comparable, one by one. None means StandardScaler.
        projection: Makes fewer dimensions of them. None means none.
        model: Finds the groups. None means K-Means with 5 segments, 20 starts and seed 0.
        apart: Rules that take customers out before the model sees them, such as `OneTimeBuyers`.

    Attributes:
        labels_: The segment of each customer that it was fitted on.
        model_: The fitted clusterer.
        points_: The customers who were clustered, where the clusterer saw them.
        clustered_: A mark for each customer: whether the clusterer saw it, or a rule took it out.
        scorer_: All that placing other customers takes; its `assign` adds names and confidence.
        n_features_in_: How many features there were.
        feature_names_in_: Their names, where they had some.

    Example:
        >>> import pandas as pd
        >>> import segmentlab as sl
        >>> from sklearn.cluster import KMeans
        >>> shop = pd.DataFrame({"orders": [1, 2, 1, 40, 42, 41], "spend": [10, 14, 11, 900, 940, 910]})
        >>> segmenter = sl.Segmenter(model=KMeans(2, random_state=0)).fit(shop, value=shop["spend"])
        >>> segmenter.labels_
        array([1, 1, 1, 0, 0, 0])
        >>> segmenter.predict(pd.DataFrame({"orders": [39], "spend": [850]}))
        array([0])
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "preparation": (Methods(("fit", "transform", "get_params")), Nothing()),
        "projection": (Methods(("fit", "transform", "get_params")), Nothing()),
        "model": (Methods(("fit", "get_params")), Nothing()),
        "apart": (ListOf(Methods(("fit", "applies", "get_params"))),),
    }

    def __init__(
        self,
        preparation: Transformer | None = None,
        projection: Transformer | None = None,
        model: Clusterer | None = None,
        apart: Sequence[ApartRule] = (),
    ) -> None:
        self.preparation = preparation
        self.projection = projection
        self.model = model
        self.apart = apart

    def fit(
        self,
        X: npt.ArrayLike,  # noqa: N803  (scikit-learn's own name)
        y: object = None,  # noqa: ARG002
        *,
        value: npt.ArrayLike | None = None,
        long_tailed: Sequence[str] = (),
        known: StageMemory = make_anew,
    ) -> Self:
        """Learn every stage.

        Args:
            X: A row for each customer, a column for each feature; finite numbers.
            y: Not used.
            value: Money per customer, which orders the numbers of segments; a Series is taken by its index.
                Without it the largest segment comes first.
            long_tailed: The features for which a logarithm is suggested; stages whose `columns` are
                "suggested" take these.
            known: What other segmenters have learnt from the same features, for stages that are alike.

        Returns:
            The segmenter itself.
        """
        check_parameters(self)
        features = self._read(X, reset=True)
        with name_stage_errors("apart"):
            apart = [follow_suggestions(rule, long_tailed).fit(features) for rule in self.apart]
        taken = find_apart_rules(apart, features)
        self.clustered_ = taken == NOT_APART
        if known is not make_anew:
            known = _RememberBehind(tuple(map(identify_stage, apart)), known)
        learnt = learn_stages(self.stages, long_tailed, features[self.clustered_], known)
        (preparation, projection, self.model_), self.points_ = learnt
        first_free = int(self.model_.labels_.max(initial=NOISE)) + 1
        labels = add_apart_labels(taken, apart, self.model_.labels_, first_free)
        order = rank_by_value(labels, features.index, _read_value(value, features.index))
        self.labels_ = renumber_labels(labels, order)
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

    def follow(self, assigner: Assigner, groups: int) -> None:
        """Place by what was learnt from more customers than these; `renumber` comes after it.

        Args:
            assigner: Gives labels from 0 to below `groups`, in the space of the fitted projection.
            groups: How many labels it may give.
        """
        self.scorer_ = replace(self.scorer_, assigner=assigner, first_free=groups)
        self.model_.labels_ = assigner.assign(self.points_)[0]

    def renumber(self, X: pd.DataFrame, order: Labels) -> None:  # noqa: N803
        """Number the labels by this order, for the customers that it was fitted on.

        Args:
            X: The features that it was fitted on.
            order: The model's labels, the first of which becomes segment 0.
        """
        scorer = self.scorer_
        names = _make_default_names(order, scorer.apart, scorer.first_free)
        self.scorer_ = replace(scorer, order=order, names=names)
        self.labels_ = self.scorer_.predict(X)

    def add_note(self, note: str) -> None:
        """Say of the model what was done in another way than asked, and why."""
        known = getattr(self.model_, "notes_", ())
        vars(self.model_)["notes_"] = (*known, note)

    def predict(self, X: npt.ArrayLike) -> Labels:  # noqa: N803
        """The segment of each customer, known or new; -1 for those who belong to none."""
        return self._fitted_scorer.predict(self._read(X, reset=False))

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """Where each customer stands in the space that the clusterer saw: prepared and projected."""
        scorer = self._fitted_scorer
        return scorer.project(scorer.prepare(self._read(X, reset=False)))

    def score(self, X: npt.ArrayLike, y: object = None) -> float:  # noqa: ARG002, N803
        """The silhouette of the segments of these customers in the prepared features, without noise.

        It compares numbers of segments, models and projections. It does not compare preparations: each has
        a space of its own, and the same segments score differently in it. Of more than 10,000 customers a
        seeded sample is scored.

        Returns:
            From -1 to 1, the higher the better; nan where there are no two segments to compare.
        """
        scorer, features = self._fitted_scorer, self._read(X, reset=False)
        labels = scorer.predict(features)
        rows = _draw_rows(labels)
        if not 1 < len(np.unique(labels[rows])) < len(rows):
            return float("nan")
        with limit_threads(len(rows)):
            return float(silhouette_score(scorer.prepare(features.iloc[rows]), labels[rows]))

    def get_feature_names_out(self, input_features: npt.ArrayLike | None = None) -> npt.NDArray[np.object_]:
        """The names of the columns that `transform` returns."""
        check_is_fitted(self, "scorer_")
        own = _check_feature_names_in(self, input_features)
        projection = self.scorer_.projection
        if hasattr(projection, "get_feature_names_out"):
            return np.asarray(projection.get_feature_names_out(), dtype=object)
        columns = self.points_.shape[1]
        if columns == len(own):
            return np.asarray(own, dtype=object)
        prefix = type(projection).__name__.lower()
        return np.asarray([f"{prefix}{column}" for column in range(columns)], dtype=object)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters by name; with `deep` those of stages and rules too."""
        params: dict[str, Any] = super().get_params(deep)
        # What is no list of rules is refused when fitted; until then it is only stored.
        rules = self.apart if deep and ListOf(Methods(("get_params",))).accepts(self.apart) else ()
        for place, rule in enumerate(rules):
            params |= {f"apart__{place}__{name}": value for name, value in rule.get_params().items()}
        return params

    def set_params(self, **params: object) -> Self:
        """Set parameters by name, those of stages and rules too."""
        rules = {key: params.pop(key) for key in list(params) if key.startswith("apart__")}
        super().set_params(**params)
        for key, value in rules.items():
            if key not in (known := self.get_params()):
                raise ConfigError(f"Segmenter has no parameter {key}. There are: {', '.join(sorted(known))}.")
            _, place, name = key.split("__", 2)
            self.apart[int(place)].set_params(**{name: value})
        return self

    @property
    def stages(self) -> Stages:
        """The stages as they were given, not fitted, and the usual ones where none was."""
        return Stages(
            StandardScaler() if self.preparation is None else self.preparation,
            FunctionTransformer() if self.projection is None else self.projection,
            KMeans(5, n_init=25, tol=1e-6, random_state=0) if self.model is None else self.model,
        )

    @property
    def notes_(self) -> tuple[str, ...]:
        """What stages did in another way than asked, because of the size of the data."""
        stages = (self.scorer_.preparation, self.scorer_.projection, self.model_)
        return tuple(note for stage in stages for note in getattr(stage, "notes_", ()))

    @property
    def _fitted_scorer(self) -> Scorer:
        check_is_fitted(self, "scorer_")
        return self.scorer_

    def _read(self, X: npt.ArrayLike, *, reset: bool) -> pd.DataFrame:  # noqa: N803
        """The customers as a table of numbers, with the names that they have."""
        if isinstance(X, pd.DataFrame):
            check_features(X)  # it tells of whom and which value is none
        try:
            values = validate_data(
                self, X, reset=reset, dtype=np.float64, ensure_all_finite=False, ensure_min_samples=0
            )
        except ValueError as error:
            raise DataError(f"The table of customers can't be read: {error}") from error
        index = X.index if isinstance(X, pd.DataFrame) else None
        features = pd.DataFrame(values, index=index, columns=_check_feature_names_in(self))
        check_features(features)
        return features


@dataclass(frozen=True)
class _RememberBehind:
    """A memory of those whom these rules left: other rules leave others."""

    rules: tuple[Hashable, ...]
    known: StageMemory

    def __call__(self, key: Hashable, make: Callable[[], Made]) -> Made:
        return self.known((self.rules, key), make)


def _read_value(value: npt.ArrayLike | None, customers: pd.Index) -> pd.Series | None:
    """Money by customer; numbers without names belong to the customers in their order."""
    if isinstance(value, pd.Series) and not _share_customers(value.index, customers):
        raise DataError("value is a Series whose index has none of the customers: give it theirs.")
    if value is None or isinstance(value, pd.Series):
        return value
    money = np.asarray(value, dtype=np.float64)
    if money.shape != (len(customers),):
        raise DataError(
            f"value has the shape {money.shape}, expected a number for each of {len(customers):,}."
        )
    return pd.Series(money, index=customers)


def _share_customers(some: pd.Index, others: pd.Index) -> bool:
    """Whether both have a customer. Mostly they are the same, and then nobody is sought: it takes memory."""
    return bool(some.equals(others) or (others.get_indexer_for(some) >= 0).any())


def _draw_rows(labels: Labels) -> npt.NDArray[np.intp]:
    """Positions of customers in segments: all, or a seeded sample that leaves no segment out."""
    rows = np.flatnonzero(labels != NOISE)
    return rows[draw_stratified_rows(labels[rows], MOST_SCORED, seed=0)]


def _make_default_names(order: Labels, apart: Sequence[ApartRule], first_free: int) -> dict[int, str]:
    """What segments are called before anybody gives them better names."""
    given = {first_free + position: rule.name for position, rule in enumerate(apart)}
    names = {number: given.get(int(label)) or f"Segment {number}" for number, label in enumerate(order)}
    return {NOISE: "Noise", **names}
