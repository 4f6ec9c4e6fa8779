"""The laws of every model, in every preparation and projection: each file in conf/ is held to them."""

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Self

import pytest
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator

from segmentlab.errors import ConfigError
from segmentlab.flow.result import Plan
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.tracking.model_folder import _write_code
from segmentlab.lab.tracking.scorer_file import dump_scorer
from segmentlab.modelling.interfaces import Clusterer
from segmentlab.modelling.scorer import Scorer
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.clusterers import (
    CLUSTERER_LAWS,
    FEATURES,
    GROUPS,
    MONEY,
    ModelCase,
    Occasion,
    check_order_of_rows,
    order_rows,
)
from tests.configs import composed, need_labels, options

# A grid cuts features, and there are none behind a projection.
REFUSED = [("pca", "rfm_grid"), ("umap", "rfm_grid")]
CHOICES = [
    choice
    for choice in itertools.product(options("prepare"), options("projection"), options("model"))
    if choice[1:] not in REFUSED
]
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

# Every two of them meet in the default tests; all three together are as slow as all the rest of the laws.
FIRST_PREPARATION = options("prepare")[0]


def is_slow(prepare: str, projection: str, model: str) -> bool:
    return prepare != FIRST_PREPARATION and projection != "none" and model != "kmeans"


every = pytest.mark.parametrize(
    ("prepare", "projection", "model"),
    [pytest.param(*one, marks=[pytest.mark.slow] if is_slow(*one) else []) for one in CHOICES],
)


class Learnt(FrozenEstimator):
    """A stage that stays as it is when the pipeline fits it: a fit of UMAP takes most of a second."""

    def fit(self, X: object, y: object = None) -> Self:  # noqa: ARG002, N803
        return self


@cache
def space(prepare: str, projection: str, occasion: Occasion) -> Scorer:
    """Preparation and projection, learnt once per occasion and shared by the models."""
    plan: Plan = build_plan(composed(f"prepare={prepare}", f"projection={projection}"))
    segmenter = Segmenter(plan.preparation, plan.projection, KMeans(3, n_init=1, random_state=0))
    return segmenter.fit(order_rows(occasion), value=MONEY, long_tailed=LONG_TAILED).scorer_


@cache
def chosen(model: str) -> Clusterer:
    """The model of the configuration, told how large this world is."""
    needed = need_labels(model, FEATURES.index, GROUPS)
    clusterer = build_plan(composed(f"model={model}", *needed)).model
    known = clusterer.get_params()
    return clusterer.set_params(**{name: value for name, value in SMALL_WORLD.items() if name in known})


@cache
def case(prepare: str, projection: str, model: str) -> ModelCase:
    """One choice of each, fitted as often as the laws ask for."""
    return ModelCase(lambda occasion: fit(prepare, projection, model, occasion))


def fit(prepare: str, projection: str, model: str, occasion: Occasion) -> Segmenter:
    learnt = space(prepare, projection, occasion)
    stages = Learnt(learnt.preparation), Learnt(learnt.projection)
    if projection == "none":  # which a model may ask for
        stages = stages[0], learnt.projection
    segmenter = Segmenter(*stages, chosen(model)).fit(order_rows(occasion), value=MONEY)
    thawed = replace(segmenter.scorer_, preparation=learnt.preparation, projection=learnt.projection)
    segmenter.scorer_ = thawed
    return segmenter


@every
@pytest.mark.parametrize("law", CLUSTERER_LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[ModelCase], None], prepare: str, projection: str, model: str) -> None:
    for choices, reason in ORDER_MATTERS.items():
        if law is check_order_of_rows and {prepare, projection, model}.issuperset(choices):
            pytest.skip(reason)
    law(case(prepare, projection, model))


@pytest.mark.parametrize(("projection", "model"), REFUSED)
def test_what_is_refused_says_what_to_choose(projection: str, model: str) -> None:
    with pytest.raises(ConfigError, match="Choose projection=none"):
        fit("log_standard", projection, model, "first")


def test_scoring_needs_none_of_the_libraries_that_fit(tmp_path: Path) -> None:
    """With the code that travels in a model alone: each preparation, projection and model once."""
    _write_code(tmp_path / "code" / "segmentlab")
    FEATURES.to_json(tmp_path / "rows.json", orient="split")
    expected = {}
    for prepare, projection, model in CHOICES:
        if prepare == options("prepare")[0] or model == "kmeans":
            scorer = case(prepare, projection, model).first.scorer_
            name = f"{prepare}-{projection}-{model}.skops"
            (tmp_path / name).write_bytes(dump_scorer(scorer))
            expected[name] = scorer.predict(FEATURES).tolist()
    answer = subprocess.run(
        [sys.executable, "-c", SCORE, *expected],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "code")},
        stdout=subprocess.PIPE,
        check=True,
        timeout=900,
    )
    assert json.loads(answer.stdout) == expected
