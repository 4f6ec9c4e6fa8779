"""`python src/run.py`, from the command line to the store."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow.entities import Run

from tests.commands import SMALL, Lab


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def done(lab: Lab) -> subprocess.CompletedProcess[str]:
    """The command that everybody types first."""
    return lab.run("model=kmeans", "features=rfm", SMALL, "report=full")


@pytest.fixture(scope="module")
def logged(lab: Lab, done: subprocess.CompletedProcess[str]) -> Run:
    assert done.returncode == 0, done.stderr
    return next(run for run in lab.runs() if run.info.run_name == "synthetic rfm kmeans k=5 customers=300")


def test_the_terminal_shows_segments_metrics_cleaning_and_what_to_type_next(
    done: subprocess.CompletedProcess[str],
) -> None:
    assert done.stderr == ""
    for expected in (
        "Fitting the segments ...",
        "Champions",
        "separation/silhouette",
        "cancellation",
        "make ui",
    ):
        assert expected in done.stdout
    assert "\x1b" not in done.stdout, "plain text where there is no terminal"


def test_the_answer_comes_before_what_speaks_for_it(done: subprocess.CompletedProcess[str]) -> None:
    """People read segments, money and separation while evidence, products and report are made."""
    answer, rest = done.stdout.split("Evaluating ...")
    for shown in ("Champions", "revenue", "separation/silhouette"):
        assert shown in answer
    assert "separation/silhouette" not in rest, "told once"
    assert "truth/adjusted_rand" in rest


def test_a_run_begins_without_what_its_answer_does_not_need() -> None:
    unneeded = "{'mlflow', 'sqlalchemy', 'optuna', 'matplotlib', 'skops', 'umap', 'hdbscan'}"
    script = f"import sys, segmentlab.lab.cli.run; assert not {unneeded} & set(sys.modules)"
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=900)


def test_known_customers_are_segmented_before_the_store_is_opened(lab: Lab, logged: Run) -> None:
    """Opening it takes longer than the segments do; a run that breaks before is kept all the same."""
    assert logged
    before = len(lab.runs())
    again = lab.run("model=kmeans", "features=rfm", SMALL)
    assert again.returncode == 0, again.stderr
    assert again.stdout.index("separation/silhouette") < again.stdout.index("Opening the store ...")
    broken = lab.run("model=kmeans", "features=rfm", SMALL, "model.n_clusters=900")
    assert broken.returncode == 2
    assert "Opening the store ..." in broken.stdout
    assert [run.info.status for run in lab.runs()[:2]] == ["FAILED", "FINISHED"]
    assert len(lab.runs()) == before + 2
    assert lab.runs()[1].data.tags["data.cached"] == "yes"


@pytest.mark.slow
def test_ctrl_c_after_the_answer_keeps_a_complete_quick_run(lab: Lab, logged: Run) -> None:
    """The draws would take minutes; whoever has read the answer need not wait for them."""
    command = lab.command(SMALL, "evaluate=full", "evaluate.bootstraps=20000", "report=full")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line)
            if said.count("Evaluating ...\n") == 1 and line.startswith("Evaluating"):
                process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0
    assert "Stopped: the run is kept with what evaluate=quick measures. Ctrl-C again ends it.\n" in said
    run = lab.runs()[0]
    assert run.info.status == "FINISHED"
    quick = {name for name in logged.data.metrics if not name.startswith("time/")}
    assert {name for name in run.data.metrics if not name.startswith("time/")} == quick
    assert set(lab.files(run.info.run_id)) == set(lab.files(logged.info.run_id))
    assert any("nothing was drawn" in line for line in said)


def test_the_run_has_its_params_metrics_and_tags(logged: Run) -> None:
    assert logged.info.status == "FINISHED"
    params = logged.data.params
    assert (params["model"], params["features"], params["model.n_clusters"], params["seed"]) == (
        "kmeans", "rfm", "5", "0",
    )  # fmt: skip
    assert {
        "separation/silhouette", "separation/silhouette_macro", "separation/davies_bouldin",
        "separation/calinski_harabasz", "separation/coverage", "segments/count", "segments/smallest_share",
        "assignment/self_agreement", "truth/adjusted_rand", "time/fit", "time/clean",
    } <= set(logged.data.metrics)  # fmt: skip
    assert logged.data.metrics["assignment/self_agreement"] == 1
    assert {"segmentlab.code", "segmentlab.command", "version.scikit-learn", "data.digest"} <= set(
        logged.data.tags
    )
    assert {"look", "report", "engine.threads", "evaluate.sample"}.isdisjoint(params), (
        "what is as the options say or decides nothing is in config.yaml alone"
    )
    assert not [key for key, value in params.items() if "sqlite" in value], (
        "the store's address is no parameter"
    )


def test_the_run_has_its_artifacts(lab: Lab, logged: Run) -> None:
    files = set(lab.files(logged.info.run_id))
    figures = (
        "segment_sizes",
        "profile_heatmap",
        "projection_2d",
        "k_scan",
        "silhouette_plot",
    )
    assert {f"figures/{name}.png" for name in figures} <= files
    assert {
        "config.yaml", "report/report.html", "segments/profile.csv", "segments/customers.parquet",
        "segments/customers.csv", "segments/segments.csv", "segments/value.csv",
        "segments/features.csv", "segments/countries.csv", "segments/months.csv",
        "segments/rules.csv",
        "data/ledger.csv", "data/suspicious.csv", "tables/k_scan.csv", "figures/ledger_waterfall.png",
    } <= files  # fmt: skip


def test_the_tables_agree_with_each_other(lab: Lab, logged: Run) -> None:
    ledger = pd.read_csv(lab.download(logged, "data/ledger.csv"))
    profile = pd.read_csv(lab.download(logged, "segments/profile.csv"))
    customers = pd.read_parquet(lab.download(logged, "segments/customers.parquet"))
    assert list(ledger["rule"].iloc[[0, -1]]) == ["read", "kept"]
    assert ledger["rows"].iloc[0] == ledger["rows"].iloc[1:].sum()
    assert profile["customers"].sum() == len(customers) == ledger["customers"].iloc[-1]
    assert profile["revenue"].sum() == pytest.approx(ledger["revenue"].iloc[-1], abs=0.01)
    assert customers["rfm_monetary"].sum() == pytest.approx(ledger["revenue"].iloc[-1], abs=0.01)
    assert list(customers.columns[:4]) == ["customer_id", "segment", "name", "confidence"]
    assert customers.groupby("segment")["rfm_monetary"].mean().is_monotonic_decreasing


@pytest.mark.filterwarnings("ignore:.*Any type hint is inferred")  # MLflow's remark on its own wrapper
def test_the_logged_model_places_customers(lab: Lab, logged: Run) -> None:
    mlflow.set_tracking_uri(lab.uri)
    model = mlflow.pyfunc.load_model(f"runs:/{logged.info.run_id}/model")
    customers = pd.read_parquet(lab.download(logged, "segments/customers.parquet"))
    answer = model.predict(customers[["rfm_recency", "rfm_frequency", "rfm_monetary"]])
    for told in ("segment", "name"):
        assert answer[told].tolist() == customers[told].tolist()
    assert model.metadata.get_input_schema().input_names() == ["rfm_recency", "rfm_frequency", "rfm_monetary"]
    assert model.input_example is not None


def test_planted_segments_are_found(logged: Run) -> None:
    assert logged.data.metrics["truth/adjusted_rand"] > 0.85


@pytest.mark.slow
def test_another_folder_and_another_home_change_nothing(lab: Lab, logged: Run, tmp_path: Path) -> None:
    elsewhere = Lab(tmp_path)
    again = elsewhere.run("model=kmeans", "features=rfm", SMALL, HOME=str(tmp_path))
    assert again.returncode == 0, again.stderr
    twin = elsewhere.runs()[0]
    same = [key for key in logged.data.metrics if not key.startswith("time/")]
    assert {key: twin.data.metrics[key] for key in same} == {key: logged.data.metrics[key] for key in same}
    tables = [
        pd.read_parquet(place.download(run, "segments/customers.parquet"))
        for place, run in ((lab, logged), (elsewhere, twin))
    ]
    pd.testing.assert_frame_equal(*tables, check_exact=True)
    assert not list(Path(tmp_path).glob(".hydra")), "Hydra litters nothing"


@pytest.mark.slow
def test_a_multirun_keeps_a_run_for_each_job(lab: Lab, logged: Run) -> None:
    before = {run.info.run_id for run in lab.runs()} | {logged.info.run_id}
    many = lab.run("-m", "model.n_clusters=2,3", SMALL, f"hydra.sweep.dir={lab.folder / 'sweep'}")
    assert many.returncode == 0, many.stderr
    new = [run for run in lab.runs() if run.info.run_id not in before]
    assert sorted(run.data.params["model.n_clusters"] for run in new) == ["2", "3"]
    assert sorted(str(run.info.run_name) for run in new) == [
        f"synthetic rfm kmeans k={k} customers=300" for k in (2, 3)
    ]


@pytest.mark.slow
def test_a_multirun_goes_on_after_a_failure_and_tells_it(lab: Lab) -> None:
    many = lab.run("-m", "model.n_clusters=900,2", SMALL, f"hydra.sweep.dir={lab.folder / 'sweep'}")
    assert many.returncode == 2
    assert "900 segments need at least 900 customers" in many.stderr
    assert [run.info.status for run in lab.runs()[:2]] == ["FINISHED", "FAILED"]


@pytest.mark.slow
def test_in_a_terminal_the_progress_is_live(lab: Lab, logged: Run) -> None:
    assert logged
    ours, theirs = pty.openpty()
    with subprocess.Popen(lab.command(SMALL), stdout=theirs, stderr=theirs, cwd=lab.folder) as process:
        os.close(theirs)
        seen = read_all(ours)
    assert process.returncode == 0
    assert "✓\x1b[0m Fitting the segments" in seen


@pytest.mark.parametrize(
    "number",
    [
        pytest.param(signal.SIGINT, id="Ctrl-C"),
        pytest.param(signal.SIGTERM, id="SIGTERM", marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_is_killed_in_the_store(number: signal.Signals, lab: Lab, logged: Run) -> None:
    assert logged
    before = len(lab.runs())
    # A quick run has nothing to leave out. Stopped early: a scan of many slow fits keeps it busy.
    command = lab.command(SMALL, "model.n_init=2000", "search.n_clusters=[2,60]")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        for line in process.stdout:
            if line.startswith("Evaluating"):
                process.send_signal(number)
        assert "Stopped" in process.stderr.read()
    assert process.returncode == 130
    assert len(lab.runs()) == before + 1
    assert lab.runs()[0].info.status == "KILLED"


def read_all(descriptor: int) -> str:
    """Everything a terminal was shown, until the other side closes it."""
    seen = b""
    while True:
        try:
            seen += os.read(descriptor, 4096)
        except OSError:
            return seen.decode()


@pytest.mark.slow
def test_a_long_step_says_how_far_it_has_come(lab: Lab, tmp_path: Path) -> None:
    long = lab.run("data.customers=20001", f"data.folder={tmp_path}", "search.n_clusters=[5,5]")
    assert long.returncode == 0, long.stderr
    assert "part 3 of 3 written" in long.stdout


@pytest.mark.slow
def test_a_profile_of_the_data_comes_with_the_run_that_asks_for_it(lab: Lab, logged: Run) -> None:
    assert "data/profile.html" not in set(lab.files(logged.info.run_id))
    assert lab.run(SMALL, "profile=true").returncode == 0
    run = lab.runs()[0]
    assert {"data/profile.html", "data/columns.csv", "data/products.csv"} <= set(lab.files(run.info.run_id))
    countries = pd.read_csv(lab.download(run, "data/countries.csv"))
    ledger = pd.read_csv(lab.download(run, "data/ledger.csv"))
    assert countries["lines"].sum() == ledger["rows"].iloc[0]
