"""Make this folder again. Only version 0.1.0 can: README.md says how.

    PYTHONPATH=<0.1.0>/src python make.py            everything
    PYTHONPATH=<0.1.0>/src python make.py scorers    models and recipes alone
    PYTHONPATH=<0.1.0>/src python make.py store      the store alone
"""

import gzip
import hashlib
import importlib
import json
import os
import pkgutil
import re
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import is_dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from zipfile import ZipFile

import ibis
import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf
from skops.io import get_untrusted_types

import segmentlab
from segmentlab import plain
from segmentlab.build import build_plan, build_source
from segmentlab.features.basket import Basket
from segmentlab.features.behaviour import Behaviour
from segmentlab.features.geography import Geography
from segmentlab.features.pivot import Pivot
from segmentlab.features.products import Products
from segmentlab.features.table import FeatureRecipe
from segmentlab.pipeline import describe, segment
from segmentlab.record import _recipe as recipe_of
from segmentlab.repository import CONF, ROOT
from segmentlab.scoring.least import LeastHistory
from segmentlab.scoring.place import place
from segmentlab.scoring.recipe import Recipe
from segmentlab.settings import register
from segmentlab.steps import Steps
from segmentlab.tracking.recipe_file import PACKAGES, dump_recipe, load_recipe_file
from segmentlab.tracking.scorer_file import TRUSTED_TYPES, digest_of, dump_scorer, load_scorer_file
from segmentlab.transactions.sources.file_state import FileState

HERE = Path(__file__).resolve().parent
SCORERS = HERE / "scorers"
LAB = Path(gettempdir(), "lab010")  # the store remembers full paths, and this one is nobody's
EVERYTHING = LeastHistory(1, 0, "mark")

CLEANING = "segmentlab.transactions.cleaning"
FEATURES = "segmentlab.features"
SHOP = ("data=file", "data.path=shop.csv")
PEOPLE = (*SHOP, "data.customers=customers.csv")
FEW = "search.n_clusters=[2,4]"

# Together these have every type that a scorer file may hold, every feature set and every rule of cleaning.
CASES: dict[str, tuple[str, ...]] = {
    "kmeans": (*SHOP, "model=kmeans", "model.n_clusters=4", FEW),
    "dbscan": (
        *SHOP, "features=[rfm,behaviour]", "cleaning=thorough", "outliers=drop", "one_time=apart",
        "prepare=robust", "model=dbscan", "model.min_samples=4",
    ),
    "hdbscan": (
        *SHOP, "outliers=isolate", "cleaning=thorough", "prepare=suggested", "model=hdbscan", "model.min_cluster_size=10",
        "model.min_samples=3",
    ),
    "hierarchical": (
        *SHOP, "features=[rfm,rhythm]", "outliers=cap", "model=hierarchical", "model.n_clusters=4", FEW,
    ),
    "gaussian_mixture": (
        *SHOP, "features=[rfm,geography]", "one_time=apart", "prepare=quantile", "model=gaussian_mixture",
        "model.n_components=3", "search.n_components=[2,4]",
    ),
    "bisecting_kmeans": (
        *SHOP, "features=[basket,products]", "features.products.components=3", "cleaning=thorough",
        "prepare=winsorized", "projection=pca", "model=bisecting_kmeans", "model.n_clusters=4", FEW,
    ),
    "minibatch_kmeans": (
        *PEOPLE, "features=[rfm,demographics]", "leave_out=[demographics_spending_score]",
        "prepare=standard", "model=minibatch_kmeans", "model.n_clusters=4", FEW,
    ),
    "umap": (
        *SHOP, "features=[rfm,behaviour]", "leave_out=[behaviour_spend]", "projection=umap", "model=hdbscan",
        "model.min_cluster_size=10", "model.min_samples=3",
    ),
    "customers_only": (
        "data=mall", "data.path=customers.csv", "features=demographics", "prepare=standard", "model=kmeans",
        "model.n_clusters=3", FEW,
    ),
    "studies": (  # what only the notebook's studies use
        *SHOP, f"+cleaning.other={{_target_:{CLEANING}.OtherThan,column:product_id,pattern:'[0-9A-Z]+'}}",
        f"+cleaning.later={{_target_:{CLEANING}.From,date:'2011-11-20'}}",
        f"+cleaning.overlap={{_target_:{CLEANING}.Overlap}}",
        f"+cleaning.codes={{_target_:{CLEANING}.NonProduct,patterns:[POST,M]}}",
        "features.rfm.until='2011-11-20 00:00:00'",
        f"+features.identity={{_target_:{FEATURES}.identity.Identity}}",
        f"+features.pieces={{_target_:{FEATURES}.pivot.Pivot,prefix:pieces,by:product_id,most:4}}",
        f"+features.countries={{_target_:{FEATURES}.pivot.Pivot,prefix:countries,by:country,of:presence}}",
        f"+features.value={{_target_:{FEATURES}.purchase_value.PurchaseValue,money:total_times_mean}}",
        "leave_out=[identity_number]", "prepare._target_=sklearn.preprocessing.MinMaxScaler",
        "prepare._args_=[]", "model._target_=sklearn.cluster.DBSCAN", "model=dbscan", "model.eps=0.5",
        "model.min_samples=4",
    ),
}  # fmt: skip


# --- data ---------------------------------------------------------------------------------------------


def write_data() -> None:
    """A small shop: 150 customers of four kinds, with what makes a log dirty. Nobody in it exists."""
    rng = np.random.default_rng(10)
    kinds = {"often": 30, "now_and_then": 45, "once": 45, "gone": 30}
    kind = np.repeat(list(kinds), list(kinds.values()))
    ids = [str(10_001 + number) for number in range(len(kind))]
    lines = _purchases(rng, dict(zip(ids, kind, strict=True)))
    lines = pd.concat([lines, _dirt(rng, lines)]).sort_values(["InvoiceDate", "Invoice"], kind="stable")
    late = lines["InvoiceDate"] >= "2011-11-01"
    both = lines["InvoiceDate"].between("2011-10-24", "2011-11-01")  # in both exports
    log = pd.concat([lines[~late], lines[both | late]])
    log.to_csv(HERE / "shop.csv", index=False, lineterminator="\n")
    _people(rng, ids, kind).to_csv(HERE / "customers.csv", index=False, lineterminator="\n")


def _purchases(rng: np.random.Generator, kinds: dict[str, str]) -> pd.DataFrame:
    begin = pd.Timestamp("2010-12-01")
    orders = {"often": (6, 11), "now_and_then": (2, 5), "once": (1, 2), "gone": (2, 4)}
    prices = {f"{20_000 + code}": round(float(price), 2) for code, price in enumerate(rng.uniform(0.5, 9, 24))}
    codes = list(prices)
    rows, invoice = [], 500_000
    for customer, kind in kinds.items():
        taste = codes[:12] if rng.random() < 0.5 else codes[12:]
        country = "United Kingdom" if rng.random() < 0.8 else str(rng.choice(["France", "Germany", "Norway"]))
        last = 120 if kind == "gone" else 373
        for day in np.sort(rng.integers(0, last, rng.integers(*orders[kind]))):
            invoice += 1
            when = begin + pd.Timedelta(days=int(day), minutes=int(rng.integers(540, 1080)))
            for code in rng.choice(taste, rng.integers(1, 4), replace=False):
                pieces = int(rng.integers(1, 30 if kind == "often" else 9))
                rows.append((invoice, code, f"ITEM {code}", pieces, when, prices[code], customer, country))
    names = ["Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country"]
    lines = pd.DataFrame(rows, columns=names)
    order = lines["InvoiceDate"].rank(method="dense").astype(int)
    return lines.assign(Invoice=(500_000 + order).astype(str), InvoiceDate=lines["InvoiceDate"].astype(str))


def _dirt(rng: np.random.Generator, lines: pd.DataFrame) -> pd.DataFrame:
    """Something for every rule of cleaning."""
    some = lines.sample(60, random_state=1).reset_index(drop=True)
    later = (pd.to_datetime(some["InvoiceDate"]) + pd.Timedelta(hours=2)).astype(str)
    cancelled = some.assign(InvoiceDate=later, Invoice="C" + some["Invoice"], Quantity=-some["Quantity"])
    return pd.concat(
        [
            cancelled[:12],  # netted
            cancelled[12:18].assign(Price=99.0),  # of something never bought
            some[18:26],  # a copy
            some[26:34].assign(**{"Customer ID": ""}),
            some[34:40].assign(StockCode="POST", Description="POSTAGE", Quantity=1, Price=18.0),
            some[40:42].assign(StockCode="M", Description="Manual", Quantity=1, Price=5.0),
            some[42:44].assign(**{"Customer ID": ""}, Invoice="A506401", StockCode="B", Quantity=1, Price=-40.0),
            some[44:48].assign(Price=0.0),
            some[48:52].assign(Quantity=-1, Price=0.0, **{"Customer ID": ""}),
        ]
    )


def _people(rng: np.random.Generator, ids: list[str], kind: np.ndarray) -> pd.DataFrame:
    age = {"often": 45, "now_and_then": 35, "once": 28, "gone": 58}
    count = len(ids)
    return pd.DataFrame(
        {
            "customer_id": ids,
            "age": [int(age[one] + change) for one, change in zip(kind, rng.integers(-8, 9, count), strict=True)],
            "annual_income": rng.integers(15, 120, count),
            "spending_score": rng.integers(1, 100, count),
            "gender": rng.choice(["Male", "Female"], count),
        }
    )


# --- scorers and recipes ------------------------------------------------------------------------------


def make_scorers() -> None:
    shutil.rmtree(SCORERS, ignore_errors=True)
    SCORERS.mkdir()
    os.chdir(HERE)
    types: set[str] = set()
    classes: set[str] = set()
    for name, overrides in CASES.items():
        told = make_case(name, overrides)
        types |= set(told["scorer_types"])
        classes |= set(told["recipe_classes"])
        print(f"{name}: {told['segments']}", flush=True)
    classes |= make_learners()
    lacking = (set(TRUSTED_TYPES) - types) | (recipe_dataclasses() - classes)
    if lacking:
        raise SystemExit(f"Nothing here holds {', '.join(sorted(lacking))}.")


def make_case(name: str, overrides: tuple[str, ...]) -> dict[str, object]:
    config = composed(*overrides)
    plan, source = build_plan(config), build_source(config)
    dataset = source.read(ibis.duckdb.connect())
    result = segment(plan, describe(plan, dataset, Steps()), Steps())
    scorer, recipe = dump_scorer(result.segmenter.scorer_), dump_recipe(recipe_of(result))
    (SCORERS / f"{name}.skops").write_bytes(scorer)
    (SCORERS / f"{name}.recipe.plain").write_bytes(recipe)
    expected = expectation(name, scorer, recipe, source.read(ibis.duckdb.connect()))
    expected.to_parquet(SCORERS / f"{name}.parquet")
    known = expected[expected["described"]]
    as_of = result.described.features.as_of
    told = {
        "made_by": segmentlab.__version__,
        "sha256": digest_of(scorer),
        "recipe_sha256": digest_of(recipe),
        "overrides": list(overrides),
        "data": [one.partition("=")[2] for one in overrides if one.endswith(".csv")],
        "features": list(result.segmenter.scorer_.features),
        "trained_as_of": None if as_of is None else as_of.isoformat(),
        "segments": {str(key): int(count) for key, count in known["name"].value_counts().items()},
        "scorer_types": sorted(get_untrusted_types(data=scorer)),
        "recipe_classes": sorted(classes_of(recipe)),
    }
    (SCORERS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    return told


def expectation(name: str, scorer: bytes, recipe: bytes, dataset: object) -> pd.DataFrame:
    """What the files, read back, make of the data; and of customers who are not in it.

    `described` marks those whom the recipe describes. The others have no lines: rows of features, between
    and beyond those of the shop, that the model never saw.
    """
    read_scorer = load_scorer_file(SCORERS / f"{name}.skops", digest_of(scorer))
    read_recipe = load_recipe_file(SCORERS / f"{name}.recipe.plain", digest_of(recipe))
    scored = place(read_recipe, read_scorer, dataset, None, EVERYTHING, Steps()).customers
    from segmentlab.transactions.dataset import CustomersOnly
    from segmentlab.transactions.until import clean_until

    if isinstance(dataset, CustomersOnly):
        known = read_recipe.features.describe_customers(dataset.customers)
    else:
        cleaned, day = clean_until(dataset, read_recipe.cleaning, None)
        known = read_recipe.features.describe(cleaned.transactions, day, dataset.customers)
    rng = np.random.default_rng(0)
    between = (known.sample(10, random_state=1).to_numpy() + known.sample(10, random_state=2).to_numpy()) / 2
    beyond = known.sample(5, random_state=3).to_numpy() * rng.uniform(0.5, 3, (5, 1))
    new = pd.DataFrame(np.vstack([between, beyond]), columns=known.columns)
    new.index = pd.Index([f"new {number}" for number in range(len(new))], name="customer_id")
    rows = pd.concat([known, new])
    answer = read_scorer.assign(rows)
    assert answer["segment"][: len(known)].tolist() == scored["segment"].tolist()
    return rows.join(answer).assign(described=rows.index.isin(known.index))


def make_learners() -> set[str]:
    """Feature sets that have not learnt yet. No run stores them; a recipe file could."""
    sets = {
        "products": Products(), "geography": Geography(), "pivot": Pivot("pieces", "product_id"),
        "basket": Basket(), "behaviour": Behaviour(),
    }  # fmt: skip
    data = dump_recipe(Recipe({}, FeatureRecipe((), sets), "digest of nothing", None))
    (SCORERS / "learners.recipe.plain").write_bytes(data)
    return classes_of(data)


def classes_of(recipe: bytes) -> set[str]:
    """The classes that stand in a plain file."""
    with ZipFile(BytesIO(recipe)) as archive:
        return set(_classes(json.loads(archive.read(plain.TREE))))


def _classes(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("object"), list):
            yield node["object"][0]
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _classes(child)


def recipe_dataclasses() -> set[str]:
    """Every dataclass that a recipe file may name, but those that hold frames of a run and errors' values."""
    found = set()
    for package in PACKAGES:
        module = importlib.import_module(package)
        below = pkgutil.walk_packages(getattr(module, "__path__", []), f"{package}.")
        for name in [package, *(one.name for one in below)]:
            for value in vars(importlib.import_module(name)).values():
                if isinstance(value, type) and is_dataclass(value) and value.__module__ == name:
                    found.add(f"{name}.{value.__qualname__}")
    return found - {"segmentlab.features.table.FeatureTable", "segmentlab.features.finite.Broken"}


def composed(*overrides: str) -> DictConfig:
    """The configuration of run.py, as its tests compose it."""
    register()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        return compose("run", overrides=["evaluate=quick", *overrides])


# --- the store ----------------------------------------------------------------------------------------

STORE = f"tracking.uri=sqlite:///{LAB}/mlflow.db"
HISTORY = f"history=duckdb:///{LAB}/history.duckdb"
RUN = (STORE, f"cache_folder={LAB}/cache", "report=none", *SHOP)
EVIDENCE = (
    "evaluate.bootstraps=3", "evaluate.splits=2", "evaluate.random=5", "evaluate.nulls=19",
    "evaluate.resamples=5", "evaluate.holdout_days=90",
)  # fmt: skip
SCORE = (STORE, HISTORY, *SHOP)
FORCED = ("force=true", "reason='a store for tests'")
COMMANDS = (
    ("run.py", "model=kmeans", "model.n_clusters=4", "search.n_clusters=[2,6]", "evaluate=quick", *RUN),
    ("promote.py", STORE, "run_id=LATEST", *FORCED),
    ("score.py", "as_of=2011-09-01", "output=scores/2011-09-01.parquet", *SCORE),
    ("score.py", "as_of=2011-10-15", "output=scores/2011-10-15.csv", *SCORE),
    ("run.py", "model=kmeans", "model.n_clusters=5", "search.n_clusters=[2,6]", "evaluate=quick", *EVIDENCE, *RUN),
    ("promote.py", STORE, "run_id=LATEST", *FORCED),
    ("score.py", "as_of=2011-12-01", "output=scores/2011-12-01.parquet", "least.orders=2", *SCORE),
    (
        "score.py", "as_of=2011-12-01", "table=scores", f"database=duckdb:///{LAB}/scores.duckdb", STORE,
        "history=null", *SHOP,
    ),
    (
        "run.py", "model=hierarchical", "features=[rfm,geography,products]", "features.products.components=2",
        "prepare=suggested", "cleaning=thorough", "model.n_clusters=4", "search.n_clusters=[2,4]",
        "evaluate=quick", *RUN,
    ),
    (
        "run.py", "model=kmeans", "tune=optuna", "tune.trials=6", "tune.space.model.n_clusters=[2,6]",
        f"tune.storage={LAB}/studies", "evaluate=quick", *RUN,
    ),
    ("compare.py", STORE, f"output={LAB}/comparisons"),
    ("monitor.py", STORE, HISTORY, f"output={LAB}/monitor", *SHOP),
)  # fmt: skip


def make_store() -> None:
    if LAB.exists():
        raise SystemExit(f"{LAB} is there: remove it first.")
    LAB.mkdir()
    for name in ("shop.csv", "customers.csv"):
        shutil.copyfile(HERE / name, LAB / name)
    while not FileState.of(LAB / "shop.csv").settled:
        time.sleep(0.2)
    with TemporaryDirectory() as folder:
        # No name of the machine in runs and journals.
        Path(folder, "sitecustomize.py").write_text("import platform\nplatform.node = lambda: 'lab'\n")
        for command, *arguments in COMMANDS:
            execute(folder, command, [one.replace("LATEST", latest()) for one in arguments])
    strip()
    (HERE / "store.json").write_text(json.dumps(facts(), indent=1) + "\n", encoding="utf-8")
    pack()


def latest() -> str:
    """The last segmentation; nothing before there is one."""
    if not (LAB / "mlflow.db").exists():
        return ""
    with closing(sqlite3.connect(LAB / "mlflow.db")) as database:
        kinds = "select run_uuid from tags where key = 'segmentlab.kind'"
        query = f"select run_uuid from runs where run_uuid not in ({kinds}) order by start_time desc"
        return str(database.execute(query).fetchone()[0])


def execute(folder: str, command: str, arguments: list[str]) -> None:
    own = {"LOGNAME": "lab", "PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'src'}", "MLFLOW_DISABLE_TELEMETRY": "true"}
    done = subprocess.run(
        [sys.executable, str(ROOT / "src" / command), *arguments],
        env={**os.environ, **own}, cwd=LAB, capture_output=True, text=True, check=False,
    )  # fmt: skip
    print(f"{command} {' '.join(arguments)}: {done.returncode}\n{done.stdout[-600:]}{done.stderr}", flush=True)
    if done.returncode not in ((0, 1) if command == "monitor.py" else (0,)):
        raise SystemExit(done.returncode)


def strip() -> None:
    """Pictures, pages and locks go: no command reads them."""
    for path in sorted(LAB.rglob("*"), reverse=True):
        if path.is_dir() and (path.name == "__pycache__" or path in (LAB / "comparisons", LAB / "monitor")):
            shutil.rmtree(path)
        elif path.is_file() and path.suffix in (".html", ".png", ".lock"):
            path.unlink()
    for path in sorted(LAB.rglob("*"), reverse=True):
        if path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    with closing(sqlite3.connect(LAB / "mlflow.db")) as database:
        database.execute("pragma journal_mode = delete")
        database.execute("vacuum")


def facts() -> dict[str, object]:
    """Which run is which, so that nobody has to search."""
    with closing(sqlite3.connect(LAB / "mlflow.db")) as database:
        ask = lambda query: database.execute(query).fetchall()  # noqa: E731
        parents = dict(ask("select run_uuid, value from tags where key = 'mlflow.parentRunId'"))
        kinds = dict(ask("select run_uuid, value from tags where key = 'segmentlab.kind'"))
        runs = ask("select run_uuid, name, status from runs order by start_time")
        return {
            "made_by": segmentlab.__version__,
            "schema": ask("select version_num from alembic_version")[0][0],
            "runs": [
                {"id": run, "name": name, "status": status, "kind": kinds.get(run, "segmentation")}
                | ({"parent": parents[run]} if run in parents else {})
                for run, name, status in runs
            ],
            "aliases": dict(ask("select alias, version from registered_model_aliases")),
            "versions": {
                str(number): run for number, run in ask("select version, run_id from model_versions")
            },
            "sha256": {
                str(path.relative_to(LAB)): hashlib.sha256(path.read_bytes()).hexdigest()
                for path in sorted((LAB / "scores").iterdir())
            },
        }


def pack() -> None:
    def nobody(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = member.mtime = 0
        member.uname = member.gname = ""
        return member

    content = BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for path in sorted(LAB.rglob("*")):
            archive.add(path, f"{LAB.name}/{path.relative_to(LAB)}", recursive=False, filter=nobody)
    with (HERE / "store.tar.gz").open("wb") as stream, gzip.GzipFile("", "wb", 9, stream, mtime=0) as packed:
        packed.write(content.getvalue())


# --- what stands in the files -------------------------------------------------------------------------


def write_names() -> None:
    """Every name of a module, class or function of ours that a stored file holds: they have to be found."""
    found: dict[str, set[str]] = {kind: set() for kind in ("scorer", "recipe", "cache", "config", "loader", "code")}
    for path in SCORERS.iterdir():
        note(found, path.name, path.read_bytes())
    with tarfile.open(HERE / "store.tar.gz") as archive:
        for member in archive.getmembers():
            if member.isfile():
                stream = archive.extractfile(member)
                assert stream is not None
                note(found, member.name, stream.read())
    told = {kind: sorted(names) for kind, names in found.items()}
    (HERE / "names.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def note(found: dict[str, set[str]], name: str, data: bytes) -> None:
    match name.rpartition("/")[2].rpartition(".")[2]:
        case "skops":
            found["scorer"] |= {one for one in get_untrusted_types(data=data) if one in TRUSTED_TYPES}
        case "plain":
            found["recipe"] |= classes_of(data)
        case "features":
            found["cache"] |= classes_of(data[64:])  # after the sum of the shelf
        case "yaml":
            found["config"] |= set(re.findall(r"_target_: (segmentlab\.[\w.]+)", data.decode()))
        case "MLmodel":
            found["loader"] |= set(re.findall(r"loader_module: ([\w.]+)", data.decode()))
        case "py":
            found["code"].add(name.partition("/code/")[2])


if __name__ == "__main__":
    if segmentlab.__version__ != "0.1.0" or not Path(segmentlab.__file__).is_relative_to(ROOT):
        raise SystemExit(f"This is {segmentlab.__version__} in {segmentlab.__file__}; 0.1.0 makes these files.")
    what = sys.argv[1:] or ["scorers", "store"]
    if "scorers" in what:
        write_data()
        make_scorers()
    if "store" in what:
        make_store()
    write_names()
