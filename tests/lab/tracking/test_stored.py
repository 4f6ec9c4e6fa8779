"""What released versions stored is read by this one: a folder of `tests/stored` for each of them.

A version that is released adds its folder; nobody changes one that is there.
"""

import json
import os
import sys
import tarfile
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import mlflow
import pandas as pd
import pytest
from omegaconf import OmegaConf
from pandas.testing import assert_frame_equal

from segmentlab.errors import DataError
from segmentlab.evaluation.logged_run import identify_data, identify_space
from segmentlab.flow import StepTimer
from segmentlab.flow.place import LeastHistory, place_customers
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.experiment.again import read_logged_config
from segmentlab.lab.experiment.provenance import _flatten_values
from segmentlab.lab.experiment.store import load
from segmentlab.lab.history import History
from segmentlab.lab.names.lookup import read_name, replace_paths
from segmentlab.lab.names.released import PLACES
from segmentlab.lab.tracking.archive import dump_recipe, load_recipe_file
from segmentlab.lab.tracking.logged_runs import read_runs
from segmentlab.lab.tracking.model import find_model, read_recipe, read_scorer
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.lab.tracking.store import open_store
from segmentlab.transactions.ledger import clean_until
from tests.configs import composed
from tests.warm import run_warm

STORED = Path(__file__).resolve().parents[2] / "stored"
VERSIONS = sorted(path.name for path in STORED.iterdir() if path.is_dir())
SCORERS = [
    (version, path.stem) for version in VERSIONS for path in (STORED / version / "scorers").glob("*.json")
]
ANSWER = ["segment", "name", "confidence"]
EVERYBODY = LeastHistory(1, 0, "mark")
# How far confidence may be from what was stored, where it was. UMAP places customers by compiled steps of
# single precision, whose last digit is the processor's own: who stands at a border is a little more or less
# sure. HDBSCAN's distances differ in the eighth digit.
CONFIDENCE = {"umap": 0.02, "hdbscan": 1e-6}

every = pytest.mark.parametrize(("version", "name"), SCORERS)
every_version = pytest.mark.parametrize("version", VERSIONS)


@cache
def told_of(version: str, name: str) -> Mapping[str, Any]:
    """What a scorer was made of, and its digests."""
    told: Mapping[str, Any] = json.loads((STORED / version / "scorers" / f"{name}.json").read_text())
    return told


@cache
def expected_of(version: str, name: str) -> pd.DataFrame:
    return pd.read_parquet(STORED / version / "scorers" / f"{name}.parquet")


def scorer_of(version: str, name: str):
    return load_scorer_file(STORED / version / "scorers" / f"{name}.skops", told_of(version, name)["sha256"])


def recipe_of(version: str, name: str):
    path = STORED / version / "scorers" / f"{name}.recipe.plain"
    return load_recipe_file(path, told_of(version, name)["recipe_sha256"])


def dataset_of(version: str, name: str):
    """The data as the recipe wants it, read by this version."""
    chosen = [one for one in told_of(version, name)["overrides"] if one.startswith("data")]
    folder = STORED / version
    placed = [
        f"{key}={folder / value}" if value.endswith(".csv") else f"{key}={value}"
        for key, value in split(chosen)
    ]
    return build_source(composed(*placed)).read(ibis.duckdb.connect())


def describe(recipe, dataset) -> pd.DataFrame:
    if recipe.trained_as_of is None:
        return recipe.features.describe_customers(dataset.customers)
    cleaned, day = clean_until(dataset, recipe.cleaning, None)
    assert day == recipe.trained_as_of
    return recipe.features.describe(cleaned.transactions, day, dataset.customers)


def check_same_answer(answer: pd.DataFrame, stored: pd.DataFrame, name: str) -> None:
    """The same segments and names, and as sure of them."""
    near = CONFIDENCE.get(name, 1e-9)
    assert_frame_equal(answer.drop(columns="confidence"), stored.drop(columns="confidence"))
    assert_frame_equal(answer[["confidence"]], stored[["confidence"]], rtol=near, atol=near)


def split(overrides: list[str]) -> list[list[str]]:
    return [override.split("=", 1) for override in overrides]


def test_a_folder_of_every_version_is_looked_at() -> None:
    assert VERSIONS
    assert all(any(version == of for of, _ in SCORERS) for version in VERSIONS)


@every
def test_a_scorer_answers_as_it_did(version: str, name: str, tmp_path: Path) -> None:
    """As it was stored, and stored once more by this version."""
    expected, features = expected_of(version, name), told_of(version, name)["features"]
    scorer = scorer_of(version, name)
    again = dump_scorer(scorer)
    (tmp_path / "scorer.skops").write_bytes(again)
    for read in (scorer, load_scorer_file(tmp_path / "scorer.skops", compute_digest(again))):
        check_same_answer(read.assign(expected[features]), expected[ANSWER], name)


@every
def test_a_recipe_describes_and_places_as_it_did(version: str, name: str, tmp_path: Path) -> None:
    expected, features = expected_of(version, name), told_of(version, name)["features"]
    recipe, known = recipe_of(version, name), expected[expected["described"]]
    described = describe(recipe, dataset_of(version, name))
    assert_frame_equal(described[features], known[features], rtol=1e-9)
    check_same_answer(scorer_of(version, name).assign(described), known[ANSWER], name)
    again = dump_recipe(recipe)
    (tmp_path / "recipe.plain").write_bytes(again)
    assert dump_recipe(load_recipe_file(tmp_path / "recipe.plain", compute_digest(again))) == again


@every_version
def test_feature_sets_that_have_not_learnt_come_back(version: str) -> None:
    path = STORED / version / "scorers" / "learners.recipe.plain"
    recipe = load_recipe_file(path, compute_digest(path.read_bytes()))
    assert set(recipe.features.sets) == {"products", "geography", "pivot", "basket", "behaviour"}


@every_version
def test_every_name_in_a_file_leads_to_a_class(version: str) -> None:
    names = json.loads((STORED / version / "names.json").read_text())
    for kind in ("scorer", "recipe", "cache", "config"):
        assert names[kind]
        assert {read_name(name, PLACES) for name in names[kind]} <= set(PLACES)


@pytest.fixture
def lab(version: str, tmp_path: Path) -> Path:
    """The store of a version, in another place than the one it was made in."""
    with tarfile.open(STORED / version / "store.tar.gz") as archive:
        archive.extractall(tmp_path, filter="data")
    [unpacked] = tmp_path.iterdir()
    return unpacked.rename(tmp_path / "a moved lab")


def store_of(lab: Path):
    return open_store(f"sqlite:///{lab}/mlflow.db", "segmentlab", None)


@every_version
def test_the_champion_of_a_moved_store_places_as_it_did(lab: Path) -> None:
    client = store_of(lab).client
    model = find_model(client, "models:/segments@champion")
    assert model.location.startswith((lab / "artifacts").as_uri())
    source = build_source(composed("data=file", f"data.path={lab / 'shop.csv'}"))
    recipe, scorer = read_recipe(client, model), read_scorer(client, model)
    dataset = source.read(ibis.duckdb.connect())
    placed = place_customers(recipe, scorer, dataset, date(2011, 12, 1), EVERYBODY, StepTimer()).customers
    before = pd.read_parquet(lab / "scores" / "2011-12-01.parquet")
    assert_frame_equal(placed[["customer_id", *ANSWER]], before[["customer_id", *ANSWER]], check_dtype=False)


@every_version
def test_the_champion_says_which_differences_between_shops_it_can_not_tell(version: str, lab: Path) -> None:
    """It kept its customers, so whoever scores another shop is asked all the same."""
    model = load("models:/segments@champion", f"sqlite:///{lab}/mlflow.db")
    lines = pd.read_csv(lab / "shop.csv", dtype="string")
    untold = pytest.warns(UserWarning, match="for it was not kept: schema, currency, scale")
    with untold if version == "0.1.0" else nullcontext():
        assert len(model.score(lab / "shop.csv")) > 0
    who = next(column for column in lines if "customer" in column.lower())
    lines.assign(**{who: "C" + lines[who]}).to_csv(lab / "other.csv", index=False)
    with pytest.raises(DataError, match=r"accept=\[id_shape,known\] scores"):
        model.score(lab / "other.csv")


@every_version
@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred")
def test_mlflow_loads_the_champion_where_this_version_is_imported(version: str, lab: Path) -> None:
    mlflow.set_tracking_uri(store_of(lab).client.tracking_uri)
    model = mlflow.pyfunc.load_model("models:/segments@champion")
    expected = expected_of(version, "kmeans")
    answer = model.predict(expected[told_of(version, "kmeans")["features"]])
    assert set(answer["name"]) <= {"Champions", "Promising", "At risk", "One-time", "New"}


@every_version
def test_runs_and_history_are_read(version: str, lab: Path) -> None:
    facts = json.loads((STORED / version / "store.json").read_text())
    runs = read_runs(store_of(lab), None)
    made = {run["id"] for run in facts["runs"] if run["kind"] == "segmentation"}
    assert {run.run_id for run in runs} == made
    assert {run.params["features.rfm._target_"] for run in runs} == {"rfm"}
    days = [date(2011, 9, 1), date(2011, 10, 15), date(2011, 12, 1)]
    assert History(f"duckdb:///{lab / 'history.duckdb'}").snapshots() == days


@every_version
@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("kmeans n_clusters=4", ()),
        (
            "hierarchical",
            ("features=[rfm,geography,products]", "features.products.components=2", "prepare=suggested",
             "cleaning=thorough"),
        ),
    ],
)  # fmt: skip
def test_a_run_of_today_shares_its_scoring_space(lab: Path, name: str, choices: tuple[str, ...]) -> None:
    """The same choices are the same, whichever version logged them, so `compare.py` ranks both together."""
    [before] = [run for run in read_runs(store_of(lab), None) if run.name.startswith(name)]
    config = OmegaConf.to_container(composed("data=file", "data.path=shop.csv", *choices), resolve=True)
    params = {key: replace_paths(value) for key, value in _flatten_values(config)}
    today = replace(before, params=params)
    assert identify_data(today) == identify_data(before)
    assert identify_space(today) == identify_space(before)


@every_version
def test_what_a_run_was_made_by_is_built_anew(lab: Path) -> None:
    """Also where this version asks for what that one had no key for."""
    tracker = store_of(lab)
    for run in read_runs(tracker, None):
        effort = build_plan(read_logged_config(tracker, run)).effort
        assert (effort.nulls, effort.gaps) == (int(run.params["evaluate.nulls"]), 0)


@pytest.mark.slow
@every_version
def test_a_moved_store_goes_on(version: str, lab: Path) -> None:
    """Every command that asks a store, one after the other: what each leaves is there for the next."""
    facts = json.loads((STORED / version / "store.json").read_text())
    study = next(run["id"] for run in facts["runs"] if "tune.space" in run["name"])
    store = f"tracking.uri=sqlite:///{lab}/mlflow.db"
    history = f"history=duckdb:///{lab}/history.duckdb"
    shop = ("data=file", "data.path=shop.csv")

    again = command(
        lab, "score.py", store, history, *shop, "as_of=2011-12-01", "least.orders=2", "output=again.parquet"
    )
    assert "The store was moved: its files are now looked for in" in again
    assert_frame_equal(
        pd.read_parquet(lab / "again.parquet"), pd.read_parquet(lab / "scores" / "2011-12-01.parquet")
    )
    told, before = (
        json.loads((lab / f"{name}.manifest.json").read_text())
        for name in ("again.parquet", "scores/2011-12-01.parquet")
    )
    for manifest in (told, before):
        manifest.pop("segmentlab"), manifest.pop("output")
    assert told == before
    later = command(lab, "score.py", store, history, *shop, "as_of=2011-12-09", "output=later.csv")
    assert "The store was moved" not in later
    assert len(History(f"duckdb:///{lab / 'history.duckdb'}").snapshots()) == 4

    command(lab, "monitor.py", store, history, *shop, f"output={lab / 'look'}", codes=(0, 1))
    run = command(
        lab,
        "run.py",
        store,
        *shop,
        "model=kmeans",
        "model.n_clusters=4",
        "search.n_clusters=[2,6]",
        "evaluate=quick",
        "report=none",
        f"cache_folder={lab / 'cache'}",
    )
    assert "cache=false reads it" not in run  # what another version kept is computed anew
    board = command(lab, "compare.py", store, f"output={lab / 'board'}")
    assert board.count("Ranks within cleaning=usual features=rfm") == 1  # old runs and the new one in it
    assert "is recommended of 5 runs" in board

    champion = find_model(store_of(lab).client, "models:/segments@champion").address
    assert champion == "models:/segments/2"
    command(lab, "promote.py", store, f"run_id={study}", "force=true", "reason='it is asked for'")
    assert find_model(store_of(lab).client, "models:/segments@champion").address == "models:/segments/3"
    command(lab, "score.py", store, history, *shop, "as_of=2011-12-10", "output=third.parquet")
    command(lab, "promote.py", store, "rollback=true")
    assert find_model(store_of(lab).client, "models:/segments@champion").address == champion

    [journal] = (lab / "studies").glob("*.journal")
    refused = command(
        lab,
        "run.py",
        store,
        *shop,
        "model=kmeans",
        "tune=optuna",
        f"tune.storage={lab / 'studies'}",
        f"tune.study={journal.stem}",
        "evaluate=quick",
        "report=none",
        codes=(2,),
    )
    assert "is in the storage with other choices, other data or other code" in refused


def command(lab: Path, name: str, *arguments: str, codes: tuple[int, ...] = (0,)) -> str:
    """What a command of this version says, typed in the folder of the lab."""
    done = run_warm(
        [sys.executable, str(ROOT / "src" / name), *arguments], lab, os.environ | {"LOGNAME": "lab"}
    )
    assert done.returncode in codes, f"{name}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr
