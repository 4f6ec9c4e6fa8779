"""Classes of somebody else's package are stored by names of their own."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.models import Model
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.errors import ConfigError, StoreError
from segmentlab.features.table import FeatureRecipe
from segmentlab.flow.place import Recipe
from segmentlab.lab.cache.keys import compute_code_digest
from segmentlab.lab.names import plugins
from segmentlab.lab.names.lookup import UnknownNameError, find_class, find_name
from segmentlab.lab.names.plugins import register_name, register_plugin
from segmentlab.lab.tracking.archive import dump_recipe, load_recipe_file
from segmentlab.lab.tracking.model_folder import write_model_folder
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers

# A model that finds two groups around fixed places, and a feature set: what a user may write.
SOURCE = """
from dataclasses import dataclass
from typing import ClassVar
import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin

class TwoPlaces(ClusterMixin, BaseEstimator):
    def __init__(self, split=0.0):
        self.split = split

    def fit(self, X, y=None):
        self.labels_ = self.predict(X)
        self.cluster_centers_ = np.stack([X[self.labels_ == each].mean(axis=0) for each in (0, 1)])
        return self

    def predict(self, X):
        return (X[:, 0] > self.split).astype(np.int64)

@dataclass(frozen=True)
class Visits:
    days: int = 30
"""
STORED = 'STORED = {"two_places": TwoPlaces, "visits": Visits}\n'
FEATURES, MONEY, _ = plant_customers()

# Where the plug-in is neither installed nor declared: the model brings it along.
ELSEWHERE = """
import importlib.util, sys
assert importlib.util.find_spec("own_parts") is None
import mlflow, pandas as pd
model = mlflow.pyfunc.load_model("model")
print(type(model.unwrap_python_model().assigner.model).__module__)
model.predict(pd.read_parquet("rows.parquet")).to_parquet("answer.parquet")
"""


@pytest.fixture(autouse=True)
def own_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test registers is forgotten after it."""
    monkeypatch.setattr(plugins, "_registered", {})
    monkeypatch.setattr(plugins, "_packages", set())
    plugins.load_plugins.cache_clear()


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A package of the user's own, with a table of what is stored of it."""
    return make_plugin(tmp_path, monkeypatch, "own_parts", SOURCE + STORED)


def make_plugin(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, source: str):
    package = folder / "home" / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text(f"from {name}.parts import *\n")
    (package / "parts.py").write_text(source)
    monkeypatch.syspath_prepend(folder / "home")
    for module in (name, f"{name}.parts"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return importlib.import_module(name)


def segmented(plugin):
    stages = make_pipeline(StandardScaler()), FunctionTransformer(), plugin.TwoPlaces()
    return Segmenter(*stages).fit(FEATURES, value=MONEY).scorer_


def test_a_model_and_a_feature_set_of_a_plug_in_are_stored_and_come_back(plugin, tmp_path):
    register_plugin(plugin)
    scorer = segmented(plugin)
    data = dump_scorer(scorer)
    assert b'"two_places"' in data
    (tmp_path / "scorer.skops").write_bytes(data)
    loaded = load_scorer_file(tmp_path / "scorer.skops", compute_digest(data))
    pd.testing.assert_frame_equal(loaded.assign(FEATURES), scorer.assign(FEATURES))
    recipe = Recipe({}, FeatureRecipe((), {"visits": plugin.Visits(7)}), "digest", None)
    data = dump_recipe(recipe)
    (tmp_path / "recipe.plain").write_bytes(data)
    assert load_recipe_file(tmp_path / "recipe.plain", compute_digest(data)) == recipe


def test_without_its_plug_in_a_file_says_what_it_lacks(plugin, tmp_path, monkeypatch):
    register_plugin(plugin)
    path = tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(segmented(plugin)))
    digest = compute_digest(path.read_bytes())
    monkeypatch.setattr(plugins, "_registered", {"two_places": "gone_parts.parts:TwoPlaces"})
    with pytest.raises(
        StoreError, match=r"'two_places', whose class can't be loaded here \(No module.*gone_parts"
    ):
        load_scorer_file(path, digest)
    monkeypatch.setattr(plugins, "_registered", {})
    with pytest.raises(
        StoreError, match=r"scorer.skops' holds 'two_places', a name that .* declare the plug-in"
    ):
        load_scorer_file(path, digest)


def test_what_a_plug_in_did_not_register_is_not_stored(plugin):
    with pytest.raises(StoreError, match=r"it holds own_parts.parts.TwoPlaces, .*STORED of your plug-in"):
        dump_scorer(segmented(plugin))


def test_a_package_without_a_table_lends_its_public_classes(tmp_path, monkeypatch):
    bare = make_plugin(tmp_path, monkeypatch, "bare_parts", SOURCE)
    register_plugin(bare)
    assert find_name("bare_parts.parts:TwoPlaces") == "bare_parts.TwoPlaces"
    assert find_class("bare_parts.TwoPlaces") is bare.TwoPlaces
    assert find_name("sklearn.base:BaseEstimator") is None
    path = tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(segmented(bare)))
    assert (
        load_scorer_file(path, compute_digest(path.read_bytes())).assign(FEATURES)["segment"].nunique() == 2
    )


@pytest.mark.parametrize("own", ["system", "os", "BaseEstimator"])
def test_what_a_plug_in_only_imports_is_not_taken_for_its_own(own, tmp_path, monkeypatch):
    """A file that names `from os import system` of a plug-in would run it."""
    imports = "import os\nfrom os import system\n"
    bare = make_plugin(tmp_path, monkeypatch, "lent_parts", imports + SOURCE)
    monkeypatch.setattr(plugins, "_declared", ["lent_parts"])
    assert find_class("lent_parts.parts.TwoPlaces") is bare.TwoPlaces
    with pytest.raises(UnknownNameError, match=rf"'lent_parts.parts.{own}', which is not defined in"):
        find_class(f"lent_parts.parts.{own}")


@pytest.mark.parametrize(
    ("name", "place", "message"),
    [
        (
            "rfm",
            "own_parts.parts:Visits",
            "'rfm' for own_parts.parts:Visits is taken by segmentlab.features.rfm:Rfm",
        ),
        ("visits", "own_parts.parts.Visits", "write package.module:Class"),
        ("visits", "__main__:Visits", "of a module that others can import"),
    ],
)
def test_a_name_that_can_not_be_kept_is_refused(name, place, message):
    with pytest.raises(ConfigError, match=message):
        register_name(name, place)


def test_a_table_that_is_none_is_refused(plugin, monkeypatch):
    monkeypatch.setattr(plugin, "STORED", ["TwoPlaces"])
    with pytest.raises(ConfigError, match="STORED of the plug-in own_parts is no table of names and classes"):
        register_plugin(plugin)


@pytest.mark.slow
@pytest.mark.usefixtures("plugin")
def test_a_plug_in_of_an_installed_package_is_found_when_it_is_asked_for(tmp_path):
    """As `pip install` leaves it: a folder with the metadata beside the package."""
    declared = tmp_path / "home" / "own_parts-1.0.dist-info"
    declared.mkdir()
    (declared / "METADATA").write_text("Metadata-Version: 2.1\nName: own-parts\nVersion: 1.0\n")
    (declared / "entry_points.txt").write_text("[segmentlab.plugins]\nown = own_parts\n")
    code = (
        "from segmentlab.lab.names import find_class, read_name;"
        "print(find_class(read_name('two_places', [])).__module__)"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "home")}
    ask = [sys.executable, "-c", code]
    done = subprocess.run(ask, env=environment, capture_output=True, text=True, check=True, timeout=900)
    assert done.stdout == "own_parts.parts\n"
    (declared / "entry_points.txt").write_text("[segmentlab.plugins]\nown = own_parts.nothing\n")
    done = subprocess.run(ask, env=environment, capture_output=True, text=True, check=False, timeout=900)
    assert "The plug-in own_parts.nothing can't be imported" in done.stderr


def test_the_code_of_a_plug_in_decides_what_is_kept(plugin, tmp_path):
    without = compute_code_digest()
    register_plugin(plugin)
    before = compute_code_digest()
    parts = tmp_path / "home" / "own_parts" / "parts.py"
    parts.write_text(parts.read_text() + "\n")
    assert len({without, before, compute_code_digest()}) == 3


@pytest.mark.slow
def test_a_model_takes_the_plug_in_along(plugin, tmp_path):
    register_plugin(plugin)
    scorer = segmented(plugin)
    files = {"scorer.skops": dump_scorer(scorer), "recipe.plain": b""}
    (tmp_path / "model").mkdir()
    write_model_folder(tmp_path / "model", Model(), files, FEATURES.head())
    FEATURES.reset_index(drop=True).to_parquet(tmp_path / "rows.parquet")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ELSEWHERE],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert (done.returncode, done.stdout) == (0, "own_parts.parts\n"), done.stderr
    answer = pd.read_parquet(tmp_path / "answer.parquet")
    np.testing.assert_array_equal(answer["segment"], scorer.predict(FEATURES))
