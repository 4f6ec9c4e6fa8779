"""How a model is fitted: with how many threads, and what is said of data and choices that can't work."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from numbers import Integral

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.interfaces import ApartRule, Clusterer, CustomerModel, Points, Transformer
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.parameters import check_parameters
from segmentlab.modelling.preparation import follow_suggestions, list_single_steps
from segmentlab.modelling.sample import has_different_rows

ONE_THREAD_BELOW = 500_000
STARTS_SAMPLE = 100_000  # customers, on whom K-Means tries its starts where there are more than the above


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


def find_k_parameter(model: Clusterer) -> str | None:
    """The parameter that says how many segments there shall be, of models that are told."""
    return next((name for name in K_PARAMETERS if name in model.get_params()), None)


def introduce_customers(
    model: Clusterer, features: pd.DataFrame, preparation: Transformer, projection: Transformer
) -> Clusterer:
    """An unfitted copy of the model that knows whom it is for, where it asks for that."""
    fresh: Clusterer = clone(model)
    if isinstance(fresh, CustomerModel):
        return fresh.meet_customers(features, preparation, projection)
    return fresh


def fit_model(model: Clusterer, points: Points) -> Clusterer:
    """Fit a clusterer, and give it `labels_` where it only predicts (mixtures)."""
    if isinstance(model, KMeans) and len(points) > ONE_THREAD_BELOW and isinstance(model.init, str):
        _fit_from_sample(model, points)
    elif type(model) is KMeans:
        _fit_from_best_start(model, points)
    else:
        model.fit(points)
    if not hasattr(model, "labels_"):
        if not hasattr(model, "predict"):
            raise ConfigError(
                f"{type(model).__name__} finds no segments: fitted, it has neither labels_ nor "
                "predict. Choose a clusterer; docs/guides/add_an_algorithm.md says what one needs."
            )
        model.labels_ = model.predict(points)
    if not np.issubdtype(model.labels_.dtype, np.signedinteger):  # some packages count without a sign
        model.labels_ = model.labels_.astype(np.int64)
    return model


def _fit_from_best_start(model: KMeans, points: Points) -> None:
    """Have the library fit the start that wins: bit by bit what it would find by trying them all."""
    from segmentlab.modelling.starts import find_best_start  # compiled: models that others load go without it

    best = find_best_start(model, points)
    if best is None:
        model.fit(points)
        return
    asked = {name: model.get_params()[name] for name in ("init", "n_init")}
    model.set_params(init=best, n_init=1).fit(points)
    model.set_params(**asked)


def _fit_from_sample(model: KMeans, points: Points) -> None:
    """Try all starts on a sample, and go on with everybody from where the best of them ended.

    Each start costs as many passes over the customers as it takes to settle, so that 25 of them take ten
    million customers a quarter of an hour. A hundred thousand show as well where the best one ends.
    """
    asked = {name: model.get_params()[name] for name in ("init", "n_init")}
    seed = model.random_state if isinstance(model.random_state, Integral) else 0
    rows = np.random.default_rng(int(seed)).choice(len(points), STARTS_SAMPLE, replace=False)
    with limit_threads(len(rows)):
        best: KMeans = clone(model).fit(points[rows])
    model.set_params(init=best.cluster_centers_, n_init=1).fit(points)
    model.set_params(**asked)
    model.notes_ = (
        f"K-Means took the best of its starts among {STARTS_SAMPLE:,} of {len(points):,} customers, and went "
        "on from there with all of them.",
    )


@contextmanager
def name_stage_errors(stage: str) -> Iterator[None]:
    """Parameters are judged when they are used: say which choice they belong to.

    An error about the data names what is wrong with it already.
    """
    try:
        yield
    except DataError:
        raise
    except ValueError as error:
        raise ConfigError(f"{stage}: {error}") from error


def check_stage(stage: Transformer | Clusterer | ApartRule) -> None:
    """Refuse a parameter that no data could make right, before there is data.

    Args:
        stage: What the flow is made of, not fitted; a pipeline is checked step by step.

    Example:
        >>> from sklearn.cluster import KMeans
        >>> from segmentlab.modelling import check_stage
        >>> check_stage(KMeans(n_clusters=4))
    """
    plain = follow_suggestions(stage, ())
    inside = plain.get_params().values() if hasattr(plain, "get_params") else ()
    for part in (plain, *inside):
        if hasattr(part, "PARAMETERS"):
            check_parameters(part)
            if hasattr(part, "check_together"):
                part.check_together()
        elif hasattr(part, "_parameter_constraints"):
            part._validate_params()  # noqa: SLF001  (what every `fit` of scikit-learn begins with)


def check_size(model: Clusterer, features: pd.DataFrame) -> None:
    """Refuse fewer customers than the model can divide, and features that tell nobody apart."""
    customers = len(features)
    if not customers:
        raise DataError(
            "Every customer is set apart by a rule, so none is left to cluster: set fewer apart "
            "(outliers=, one_time=)."
        )
    if customers == 1:
        raise DataError("One customer (n_samples=1) can't be divided into segments: use more data.")
    name = find_k_parameter(model)
    wanted = model.get_params()[name] if name else 2
    if not isinstance(wanted, Integral):
        return  # the model says best what is wrong with it
    if not has_different_rows(features, int(wanted)):
        distinct = int((~features.duplicated()).sum())
        raise DataError(
            f"{wanted} segments need at least {wanted} customers with different features; there are "
            f"{distinct:,} among {customers:,} customers. Lower model.{name or 'n_clusters'} "
            "or use more data."
        )
    check_differences(features)


def check_differences(features: pd.DataFrame, leave_out: Sequence[str] = ()) -> None:
    """Refuse a feature that is the same for everybody, before somebody waits for what is made of it."""
    found = dict(_list_constants(features))
    if found:
        raise DataError(tell_constants(found, len(features), leave_out))


def tell_constants(found: Mapping[str, float], customers: int, leave_out: Sequence[str] = ()) -> str:
    """What is wrong with features that are one value for everybody, all at once, and what to type."""
    told = " and ".join(f"'{feature}' is {value:g}" for feature, value in found.items())
    names = ",".join([*leave_out, *found])
    if len(found) == 1:
        what, they, them = "Feature", "it", "it"
    else:
        what, they, them = "Features", "they", "them"
    return (
        f"{what} {told} for all {customers:,} customers, so {they} can't tell them apart. Leave {them} out "
        f"with leave_out=[{names}]."
    )


def check_groups_found(model: Clusterer) -> None:
    """Everybody noise is no segmentation: there is nothing to number, to name or to score with."""
    if (model.labels_ != NOISE).any():
        return
    ways = [f"{way} model.{name}" for name, way in PARAMETER_HINTS.items() if name in model.get_params()]
    raise DataError(
        f"{type(model).__name__} found no segment: all {len(model.labels_):,} customers are noise. "
        f"{' or '.join(ways).capitalize() or 'Choose another model='}; or choose another prepare=."
    )


def check_prepared(prepared: pd.DataFrame, preparation: Transformer) -> None:
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
