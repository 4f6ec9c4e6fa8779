"""A run is made again from what it left in the store."""

import json
import tarfile
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from segmentlab.errors import ConfigError, DataError
from segmentlab.lab.cli.run import run_experiment
from segmentlab.lab.config.setup import Setup, compose_setup
from segmentlab.lab.experiment.again import repeat_run
from tests.commands import SMALL, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def shop(lab: Lab) -> Path:
    """The lines of sixty customers."""
    path = lab.folder / "shop.csv"
    write_shop(path, 60)
    return path


def write_shop(path: Path, customers: int) -> None:
    lines = [
        f"{who},{2010 + day % 2}-{1 + day % 12:02}-13,{1 + who * day % 7},{2 + who % 5}"
        for who in range(1, customers + 1)
        for day in range(1 + who % 6)
    ]
    path.write_text("\n".join(["customer,date,qty,price", *lines]))
    people = [
        f"{who},{18 + who * 7 % 50},{'Male' if who % 2 else 'Female'},{15 + who},{who * 37 % 100}"
        for who in range(1, 151)
    ]
    path.with_name("people.csv").write_text(
        "\n".join(["CustomerID,Age,Gender,Annual Income,Spending Score", *people])
    )


def make(lab: Lab, *words: str) -> Run:
    """The run of a command, made in this process."""
    own = [f"cache_folder={lab.folder / 'cache'}", "report=none"]
    run_experiment(compose(lab, *own, *words))

    return list_runs(lab)[0]


def list_runs(lab: Lab) -> list[Run]:
    """The runs of all experiments, the newest first, without the trials of studies."""
    client = lab.client()
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    return [run for run in client.search_runs(everywhere) if "data.digest" in run.data.tags]


def labels(client: MlflowClient, run: Run, folder: Path) -> pd.DataFrame:
    path = client.download_artifacts(run.info.run_id, "segments/customers.parquet", str(folder))
    return pd.read_parquet(path, columns=["customer_id", "segment", "name"])


def assert_repeats(
    lab: Lab, run: Run, again: Run, folder: Path, changed: Sequence[str] = (), of: Run | None = None
) -> None:
    """The run left the same as the one that it repeats, and says so."""
    client = lab.client()
    pd.testing.assert_frame_equal(labels(client, run, folder), labels(client, again, folder))
    assert again.data.tags["again.run"] == (of or run).info.run_id
    assert again.data.tags["again.segments"].startswith("The same segments for all")
    assert again.data.metrics["again/different"] == 0
    left_out = {"again", *changed}
    params = [
        {key: value for key, value in one.data.params.items() if not key.startswith(tuple(left_out))}
        for one in (run, again)
    ]
    assert params[0] == params[1]


@pytest.fixture(scope="module")
def plain(lab: Lab) -> Run:
    """A run in which little is as it is by default."""
    return make(
        lab, SMALL, f"data.folder={lab.folder / 'worlds'}", "evaluate=quick", "evaluate.refit_sample=2000",
        "model=dbscan", "model.min_samples=5", "features=[rfm,rhythm]", "leave_out=[rfm_recency]", "seed=3",
        "as_of=2011-10-01", "names=german", "projection=pca", "prepare=standard", "outliers=cap",
        "one_time=apart", "view=pca", "profile=true",
    )  # fmt: skip


def test_what_little_is_as_by_default_comes_again(lab: Lab, plain: Run, tmp_path: Path) -> None:
    worlds = f"data.folder={lab.folder / 'worlds'}"
    again = make(lab, f"again={plain.info.run_id[:8]}", worlds)
    assert_repeats(lab, plain, again, tmp_path)
    assert f"python src/run.py again={plain.info.run_id} " in again.data.tags["segmentlab.command"]
    assert_repeats(lab, plain, make(lab, f"again={again.info.run_id}", worlds), tmp_path, of=again)


def test_what_is_typed_beside_it_changes_the_run(lab: Lab, plain: Run) -> None:
    """A value goes wherever it is used; of a group that is chosen anew nothing is left."""
    setup = compose(lab, f"again={plain.info.run_id}", "model=kmeans", "model.n_clusters=6", "seed=7")
    assert setup.choices["model"] == "kmeans"
    assert dict(setup.config.model) == {
        "_target_": "sklearn.cluster.KMeans", "n_clusters": 6, "n_init": 25, "tol": 1e-6, "random_state": 7,
    }  # fmt: skip
    assert (setup.config.as_of, list(setup.config.features)) == ("2011-10-01", ["rfm", "rhythm"])
    assert [word for word in setup.typed if not word.startswith("tracking")] == [
        f"again={plain.info.run_id}", "model=kmeans", "model.n_clusters=6", "seed=7",
    ]  # fmt: skip


def test_places_are_those_of_this_machine(lab: Lab, plain: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "mlruns" in compose(lab, f"again={plain.info.run_id}").config.data.folder
    monkeypatch.setenv("SEGMENTLAB_DATA", "/here")
    assert compose(lab, f"again={plain.info.run_id}", "data=mall").config.data.local == "/here"


def compose(lab: Lab, *words: str) -> Setup:
    return compose_setup(repeat_run([f"tracking.uri={lab.uri}", *words]))


@pytest.mark.parametrize(
    "words",
    [
        # The options of three groups are replaced by what the overlay has written.
        ("experiment=0004", "data=file", "data.path=shop.csv"),
        ("experiment=0006b", "data.path=people.csv", "evaluate.sample=150"),
        # A study chooses another model than the one that was named.
        ("data=file", "data.path=shop.csv", "tune=optuna", "tune.trials=4", "tune.models=[hierarchical]",
         "tune.least_share=0", "prepare=standard"),
    ],
    ids=["an overlay", "customers only", "a study"],
)  # fmt: skip
@pytest.mark.slow
def test_other_kinds_of_runs_come_again(
    words: tuple[str, ...], lab: Lab, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(shop.parent)
    run = make(lab, *words, "evaluate=quick")
    again = make(lab, f"again={run.info.run_id}")
    assert_repeats(
        lab, run, again, tmp_path, changed=["tune", "model", "search"] if "tune=optuna" in words else []
    )
    assert again.data.params["tune"] == "none"


@pytest.mark.slow
def test_runs_of_released_versions_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their configurations name classes where they were; the last is of a study."""
    for version in (Path(__file__).resolve().parents[2] / "stored").iterdir():
        told = json.loads((version / "store.json").read_text())
        with tarfile.open(version / "store.tar.gz") as archive:
            archive.extractall(tmp_path, filter="data")
        lab = Lab(next(tmp_path.glob("lab*")))
        monkeypatch.chdir(lab.folder)
        for run_id in [run["id"] for run in told["runs"] if run["kind"] == "segmentation"][-2:]:
            again = make(lab, f"again={run_id[:12]}")
            assert again.data.tags["again.segments"].startswith("The same segments for all 150 customers")
            assert "segmentlab.modelling.preparation" not in again.data.params["prepare._args_"]


@pytest.mark.slow
def test_data_that_moved_or_changed_is_told(
    lab: Lab, shop: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("lines.csv")
    path.write_bytes(shop.read_bytes())
    run = make(lab, "data=file", f"data.path={path}", "evaluate=quick", "model.n_clusters=3")
    before = len(list_runs(lab))
    write_shop(path, 50)
    with pytest.raises(DataError, match="Give the data as it was") as changed:
        make(lab, f"again={run.info.run_id}")
    digest = run.data.tags["data.digest"]
    assert str(changed.value).count(digest) == 1
    path.unlink()
    with pytest.raises(DataError, match="no such file") as missing:
        make(lab, f"again={run.info.run_id}")
    assert digest in missing.value.__notes__[0]
    assert len(list_runs(lab)) == before, "nothing was recorded"
    moved = make(lab, f"again={run.info.run_id}", f"data.path={shop}")
    assert_repeats(lab, run, moved, tmp_path, changed=["data.path"])
    write_shop(path, 50)
    capsys.readouterr()
    other = make(lab, f"again={run.info.run_id}", f"data.path={path}")
    assert "Other data: run" in capsys.readouterr().out
    assert "again.segments" not in other.data.tags


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["again=abcdef"], "again: no finished run among .* has the id or the name 'abcdef'"),
        (["again=a", "again=b"], "again= takes one run"),
        (["again=a", "experiment=0001"], "no experiment= beside it"),
    ],
)
@pytest.mark.usefixtures("plain")
def test_what_can_not_be_repeated(lab: Lab, words: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        compose(lab, *words)


def test_only_a_command_repeats(plain: Run) -> None:
    with pytest.raises(ConfigError, match="repeats runs"):
        compose_setup([f"again={plain.info.run_id}"])
