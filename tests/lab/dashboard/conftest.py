"""A shop with a champion and two snapshots, made once, for every test of the dashboard."""

import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

import segmentlab as sl
from segmentlab.lab.dashboard import DashboardSettings
from segmentlab.lab.experiment import TRIALS_FILE
from segmentlab.lab.history import History
from tests.lab.dashboard.served import make_settings

BEFORE, AFTER = date(2011, 5, 1), date(2011, 6, 1)


@pytest.fixture(autouse=True)
def own_main(monkeypatch: pytest.MonkeyPatch) -> None:
    """Streamlit makes the page's script `__main__`, which processes of later tests would run."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@dataclass(frozen=True)
class ShownShop:
    """What the dashboard of the tests is started with, and what is in it."""

    settings: DashboardSettings
    run_id: str
    customers: pd.DataFrame


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> ShownShop:
    folder = tmp_path_factory.mktemp("shown")
    log = folder / "log.csv"
    sl.make_shop(customers=300).to_csv(log, index=False)
    settings = make_settings(folder)
    found = sl.segment(
        str(log),
        evaluate="quick",
        n_clusters=4,
        report="none",
        settings={"cache_folder": str(folder / "cache")},
    )
    run_id = found.log(settings.uri)
    keep_snapshots(settings.history, found.customers)
    return ShownShop(settings, run_id, found.customers)


def keep_snapshots(history: str, customers: pd.DataFrame) -> None:
    """Two snapshots: five of the second segment order and win, three of the first are late, two are new."""
    names = customers.drop_duplicates("segment").set_index("segment")["name"]
    state = pd.DataFrame(
        {
            "customer_id": customers["customer_id"],
            "segment": customers["segment"],
            "name": customers["name"],
            "confidence": customers["confidence"],
            "revenue": 100.0,
            "scored": customers["segment"],
            "in_a_row": 1,
            "previous": pd.array([pd.NA] * len(customers), dtype="Int64"),
            "since": pd.Timestamp(BEFORE),
            "orders": 3,
            "first_order": pd.Timestamp(2010, 1, 1),
            "last_order": pd.Timestamp(2011, 4, 1),
            "late": 0.0,
            "expected": 1000.0 / (customers["segment"] + 2),
            "horizon": 90.0,
            "fits": 1,
        }
    )
    later = state.copy()
    won, lost = state.index[state["segment"] == 1][:5], state.index[state["segment"] == 0][:3]
    later.loc[won, ["segment", "name"]] = [0, names[0]]
    later.loc[won, "orders"] = 4
    later.loc[lost, ["segment", "name"]] = [1, names[1]]
    later.loc[lost, "late"] = 20.0
    kept = History(history)
    kept.keep(BEFORE, "models:/segments/1", state.iloc[:-2])
    kept.keep(AFTER, "models:/segments/1", later)


@pytest.fixture(scope="session")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> DashboardSettings:
    """A store with two runs on one shop, of four segments and of three; the latter is of a study."""
    folder = tmp_path_factory.mktemp("laboratory")
    sl.make_shop(customers=300).to_csv(folder / "log.csv", index=False)
    settings = make_settings(folder)
    with sl.Lab(
        str(folder / "log.csv"),
        settings={"cache_folder": settings.cache_folder},
        background=False,
        evaluate="quick",
        report="none",
    ) as lab:
        lab.segment(n_clusters=4).log(settings.uri)
        run_id = lab.segment(n_clusters=3).log(settings.uri)
    keep_study(settings, run_id, folder)
    return settings


def keep_study(settings: DashboardSettings, run_id: str, folder: Path) -> None:
    """What a study leaves with its run, as far as the dashboard reads it."""
    client = MlflowClient(settings.uri)
    client.set_tag(run_id, "study.name", "kmeans-1")
    client.set_tag(run_id, "study.ended", "all 3 trials are done")
    client.log_param(run_id, "tune.objectives", "['separation/silhouette', 'separation/davies_bouldin']")
    trials = pd.DataFrame(
        {
            "number": [0, 1, 2],
            "state": "scored",
            "feasible": [True, True, False],
            "reason": [None, None, "the smallest segment has 1 %"],
            "seconds": 0.1,
            "on_front": [True, True, False],
            "chosen": [False, True, False],
            "model": ["kmeans", "kmeans", "hdbscan"],
            "kmeans.n_clusters": [4.0, 3.0, None],
            "hdbscan.min_cluster_size": [None, None, 5.0],
            "separation/silhouette": [0.5, 0.4, 0.6],
            "separation/davies_bouldin": [0.8, 0.7, 0.9],
        }
    )
    (folder / "tables").mkdir()
    trials.to_csv(folder / TRIALS_FILE, index=False)
    client.log_artifact(run_id, str(folder / TRIALS_FILE), "tables")
