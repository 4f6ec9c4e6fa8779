"""The laws of every model, in every preparation and projection: each file in conf/ is held to them."""

import itertools
import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator

from segmentlab.errors import DataError
from segmentlab.flow.result import Plan
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.tracking.model_folder import _write_code
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.modelling.interfaces import Clusterer
from segmentlab.modelling.scorer import Scorer
from segmentlab.modelling.segmenter import Segmenter
from tests.configs import composed, options
from tests.planted import customers

CHOICES = list(itertools.product(options("prepare"), options("projection"), options("model")))
FEATURES, MONEY, TRUTH = customers()
LONG_TAILED = ("rfm_frequency", "rfm_monetary")

# Choices whose labels depend on the order of the rows even where the groups are clear.
ORDER_MATTERS = {
    ("umap", "bisecting_kmeans"): "draws its starts by position, and never mends a split that cut a group",
    ("quantile", "hdbscan"): "ranks leave no gap between groups, so the last digit decides where one ends",
}
# What a model of this small world is asked for: three groups of 40 customers.
SMALL_WORLD = {"n_clusters": 3, "n_components": 3, "min_cluster_size": 10, "min_samples": 3}

# Scores with files that it is given, where only what a logged model asks for can be imported.
SCORE = """
import json, sys, pathlib
fitting = "fast_hdbscan fastcluster hdbscan hydra ibis mlflow numba omegaconf optuna plotly pynndescent umap"
sys.modules.update(dict.fromkeys(fitting.split()))
import pandas as pd
import segmentlab
from segmentlab.lab.tracking.scorer_file import compute_digest, load_scorer_file
assert pathlib.Path(segmentlab.__file__).is_relative_to(pathlib.Path.cwd())
rows = pd.read_json("rows.json", orient="split")
files = [pathlib.Path(name) for name in sys.argv[1:]]
scorers = {file.name: load_scorer_file(file, compute_digest(file.read_bytes())) for file in files}
print(json.dumps({name: scorer.predict(rows).tolist() for name, scorer in scorers.items()}))
"""

every = pytest.mark.parametrize(("prepare", "projection", "model"), CHOICES)


class Learnt(FrozenEstimator):
    """A stage that stays as it is when the pipeline fits it: a fit of UMAP takes most of a second."""

    def fit(self, X: object, y: object = None) -> Self:  # noqa: ARG002, N803
        return self


@cache
def space(prepare: str, projection: str, occasion: str) -> Scorer:
    """Preparation and projection, learnt once per occasion and shared by the models."""
    plan: Plan = build_plan(composed(f"prepare={prepare}", f"projection={projection}"))
    segmenter = Segmenter(plan.preparation, plan.projection, KMeans(3, n_init=1, random_state=0))
    return segmenter.fit(rows(occasion), value=MONEY, long_tailed=LONG_TAILED).scorer_


@cache
def chosen(model: str) -> Clusterer:
    """The model of the configuration, told how large this world is."""
    clusterer = build_plan(composed(f"model={model}")).model
    known = clusterer.get_params()
    return clusterer.set_params(**{name: value for name, value in SMALL_WORLD.items() if name in known})


def rows(occasion: str) -> pd.DataFrame:
    return FEATURES[::-1] if occasion == "backwards" else FEATURES


@cache
def fitted(prepare: str, projection: str, model: str, occasion: str = "first") -> Segmenter:
    learnt = space(prepare, projection, occasion)
    stages = Learnt(learnt.preparation), Learnt(learnt.projection)
    segmenter = Segmenter(*stages, chosen(model)).fit(rows(occasion), value=MONEY)
    thawed = replace(segmenter.scorer_, preparation=learnt.preparation, projection=learnt.projection)
    segmenter.scorer_ = thawed
    return segmenter


@every
def test_fitted_customers_get_their_own_segment_back(prepare: str, projection: str, model: str) -> None:
    segmenter = fitted(prepare, projection, model)
    np.testing.assert_array_equal(segmenter.scorer_.predict(FEATURES), segmenter.labels_)


@every
def test_a_new_customer_gets_a_fitted_segment(prepare: str, projection: str, model: str) -> None:
    segmenter = fitted(prepare, projection, model)
    answer = segmenter.scorer_.assign(FEATURES * 1.7 + 3)
    assert set(answer["segment"]) <= {*segmenter.labels_, -1}
    assert answer["confidence"].between(0, 1).all()


@every
def test_one_customer_is_placed_as_in_a_batch(prepare: str, projection: str, model: str) -> None:
    scorer = fitted(prepare, projection, model).scorer_
    some = (FEATURES * 1.1).head(5)
    alone = pd.concat([scorer.assign(some.iloc[[row]]) for row in range(len(some))])
    # PCA and mixtures multiply matrices, and BLAS sums one row in another order than many.
    pd.testing.assert_frame_equal(alone, scorer.assign(some), rtol=1e-9, atol=1e-9)


@every
def test_the_same_seed_gives_the_same_labels(prepare: str, projection: str, model: str) -> None:
    first, again = (fitted(prepare, projection, model, occasion) for occasion in ("first", "again"))
    np.testing.assert_array_equal(first.labels_, again.labels_)


@every
def test_the_order_of_the_rows_does_not_matter(prepare: str, projection: str, model: str) -> None:
    for choices, reason in ORDER_MATTERS.items():
        if {prepare, projection, model}.issuperset(choices):
            pytest.skip(reason)
    first, backwards = (fitted(prepare, projection, model, occasion) for occasion in ("first", "backwards"))
    np.testing.assert_array_equal(first.labels_, backwards.labels_[::-1])


@every
def test_saved_and_loaded_it_answers_the_same(
    prepare: str, projection: str, model: str, tmp_path: Path
) -> None:
    scorer = fitted(prepare, projection, model).scorer_
    path = tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(scorer))
    loaded = load_scorer_file(path, compute_digest(path.read_bytes()))
    assert loaded.assign(FEATURES).equals(scorer.assign(FEATURES))


@every
def test_missing_values_are_refused_by_name(prepare: str, projection: str, model: str) -> None:
    scorer = fitted(prepare, projection, model).scorer_
    with pytest.raises(DataError, match="'rfm_frequency' of customer 'c0000' is nan"):
        scorer.predict(FEATURES.assign(rfm_frequency=np.nan))


@every
def test_numbers_follow_value(prepare: str, projection: str, model: str) -> None:
    labels = fitted(prepare, projection, model).labels_
    real = labels >= 0
    assert MONEY[real].groupby(labels[real]).mean().is_monotonic_decreasing


def test_scoring_needs_none_of_the_libraries_that_fit(tmp_path: Path) -> None:
    """With the code that travels in a model alone: each preparation, projection and model once."""
    _write_code(tmp_path / "code" / "segmentlab")
    FEATURES.to_json(tmp_path / "rows.json", orient="split")
    expected = {}
    for prepare, projection, model in CHOICES:
        if prepare == options("prepare")[0] or model == "kmeans":
            scorer = fitted(prepare, projection, model).scorer_
            name = f"{prepare}-{projection}-{model}.skops"
            (tmp_path / name).write_bytes(dump_scorer(scorer))
            expected[name] = scorer.predict(FEATURES).tolist()
    answer = subprocess.run(
        [sys.executable, "-c", SCORE, *expected],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "code")},
        stdout=subprocess.PIPE,
        check=True,
    )
    assert json.loads(answer.stdout) == expected
