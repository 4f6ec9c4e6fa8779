"""The laws of a clusterer between its preparation and the placement of customers it has not seen."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Literal

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import DataError
from segmentlab.lab.tracking import compute_digest, dump_scorer, load_scorer_file
from segmentlab.modelling import Clusterer, Segmenter, SignedLog
from segmentlab.testing.laws import declare_module_of, expect_refusal
from segmentlab.testing.planted import plant_customers

FEATURES, MONEY, GROUPS = plant_customers()


Occasion = Literal["first", "again", "backwards"]


def order_rows(occasion: Occasion) -> pd.DataFrame:
    """The customers in the order in which they are given on an occasion."""
    return FEATURES[::-1] if occasion == "backwards" else FEATURES


@dataclass(frozen=True)
class ModelCase:
    """A model fitted to three groups of 40 customers, anew on each occasion that a law asks for.

    Attributes:
        fit: Fits everything to the rows of an occasion.
    """

    fit: Callable[[Occasion], Segmenter]

    @cached_property
    def first(self) -> Segmenter:
        """Fitted to the customers in their order."""
        return self.fit("first")

    @cached_property
    def again(self) -> Segmenter:
        """The same once more."""
        return self.fit("again")

    @cached_property
    def backwards(self) -> Segmenter:
        """Fitted to the customers in the opposite order."""
        return self.fit("backwards")


def check_labels(case: ModelCase) -> None:
    """Each customer has a whole number; -1 is noise and nothing else is below zero."""
    labels = case.first.labels_
    assert len(labels) == len(FEATURES)
    assert np.issubdtype(labels.dtype, np.integer), f"labels are {labels.dtype}, not whole numbers"
    assert labels.min() >= -1


def check_fitted_customers(case: ModelCase) -> None:
    """Customers who were learnt from get their own segment back."""
    np.testing.assert_array_equal(case.first.scorer_.predict(FEATURES), case.first.labels_)


def check_new_customers(case: ModelCase) -> None:
    """A customer who was not gets one of the segments, or none, with a confidence from 0 to 1."""
    answer = case.first.scorer_.assign(FEATURES * 1.7 + 3)
    assert set(answer["segment"]) <= {*case.first.labels_, -1}
    assert answer["confidence"].between(0, 1).all()


def check_one_by_one(case: ModelCase) -> None:
    """One customer is placed as in a batch."""
    scorer, some = case.first.scorer_, (FEATURES * 1.1).head(5)
    alone = pd.concat([scorer.assign(some.iloc[[row]]) for row in range(len(some))])
    # PCA and mixtures multiply matrices, and BLAS sums one row in another order than many.
    pd.testing.assert_frame_equal(alone, scorer.assign(some), rtol=1e-9, atol=1e-9)


def check_same_seed(case: ModelCase) -> None:
    """The same customers and the same seed give the same labels."""
    np.testing.assert_array_equal(case.first.labels_, case.again.labels_)


def check_order_of_rows(case: ModelCase) -> None:
    """The order of the rows does not matter where the groups are clear."""
    np.testing.assert_array_equal(case.first.labels_, case.backwards.labels_[::-1])


def check_saved_scorer(case: ModelCase) -> None:
    """Saved and loaded it answers the same."""
    scorer = case.first.scorer_
    with TemporaryDirectory() as folder, declare_module_of(case.first.model):
        path = Path(folder, "scorer.skops")
        path.write_bytes(dump_scorer(scorer))
        loaded = load_scorer_file(path, compute_digest(path.read_bytes()))
        assert loaded.assign(FEATURES).equals(scorer.assign(FEATURES))


def check_missing_feature(case: ModelCase) -> None:
    """A missing value is refused by the names of its column and customer."""
    with expect_refusal(DataError, "'rfm_frequency' of customer 'c0000' is nan"):
        case.first.scorer_.predict(FEATURES.assign(rfm_frequency=np.nan))


def check_numbers(case: ModelCase) -> None:
    """Segments are numbered by what their customers spend, the most first."""
    labels = case.first.labels_
    real = labels >= 0
    assert MONEY[real].groupby(labels[real]).mean().is_monotonic_decreasing


CLUSTERER_LAWS: Final[tuple[Callable[[ModelCase], None], ...]] = (
    check_labels,
    check_fitted_customers,
    check_new_customers,
    check_one_by_one,
    check_same_seed,
    check_order_of_rows,
    check_saved_scorer,
    check_missing_feature,
    check_numbers,
)


def fit_usual(model: Clusterer, occasion: Occasion) -> Segmenter:
    """The model on logarithms of the same scale, as `prepare=log_standard` gives them to it."""
    preparation = make_pipeline(SignedLog(), StandardScaler())
    return Segmenter(preparation, FunctionTransformer(), clone(model)).fit(order_rows(occasion), value=MONEY)
