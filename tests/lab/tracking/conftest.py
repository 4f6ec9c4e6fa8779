import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import segmentlab
from segmentlab.features.rfm import Rfm
from segmentlab.features.table import FeatureRecipe
from segmentlab.flow.place import Recipe
from segmentlab.lab.tracking.store import open_store
from segmentlab.lab.tracking.tracker import MlflowTracker
from segmentlab.modelling.preparation import SignedLog
from segmentlab.modelling.scorer import Scorer
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.transactions.cleaning.single_lines import InvoicePrefix, NotPositive

SOURCE = str(Path(segmentlab.__file__).parents[1])


@pytest.fixture(scope="session")
def made_store(tmp_path_factory) -> Path:
    """A store made once: making one takes most of a second, copying it nothing."""
    database = tmp_path_factory.mktemp("made") / "mlflow.db"
    open_store(f"sqlite:///{database}", "another experiment", None)
    return database


@pytest.fixture
def database(tmp_path, made_store) -> Path:
    (tmp_path / "mlruns").mkdir()
    return Path(shutil.copy(made_store, tmp_path / "mlruns" / "mlflow.db"))


@pytest.fixture
def tracker(database) -> MlflowTracker:
    return open_store(f"sqlite:///{database}", "segmentlab", database.parent / "artifacts")


@pytest.fixture(scope="session")
def features() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    centres = np.repeat([[10.0, 2.0, 50.0], [200.0, 20.0, 4000.0]], 50, axis=0)
    return pd.DataFrame(
        centres * rng.uniform(0.8, 1.2, centres.shape),
        columns=["rfm_recency", "rfm_frequency", "rfm_monetary"],
        index=pd.Index([f"customer {i}" for i in range(100)], name="customer_id"),
    )


@pytest.fixture(scope="session")
def scorer(features) -> Scorer:
    preparation = make_pipeline(SignedLog(), StandardScaler())
    model = KMeans(n_clusters=2, n_init=1, random_state=0)
    segmenter = Segmenter(preparation, FunctionTransformer(), model)
    return segmenter.fit(features, value=features["rfm_monetary"]).scorer_


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    rules = {"cancellation": InvoicePrefix("C"), "gift": NotPositive("unit_price")}
    return Recipe(rules, FeatureRecipe(Rfm.columns, {"rfm": Rfm()}), "digest of the data", date(2011, 12, 10))


@pytest.fixture
def start_python() -> Callable[..., subprocess.Popen[str]]:
    """Start a fresh Python that finds segmentlab, and nothing of this process."""

    def start(code: str, *arguments: object, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            env=os.environ | {"PYTHONPATH": SOURCE} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return start
