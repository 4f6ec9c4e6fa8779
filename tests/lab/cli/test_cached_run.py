"""A second run on unchanged data reads the cache, and is the same run."""

import subprocess
import time
from pathlib import Path

import pandas as pd
import pytest
from mlflow.entities import Run

from segmentlab.transactions.sources.digests import FileState
from tests.commands import Lab
from tests.watching import watched

TABLES = (
    "data/ledger.csv",
    "data/quarantine.csv",
    "data/notes.txt",
    "data/suspicious.csv",
    "segments/customers.parquet",
    "segments/profile.csv",
    "config.yaml",
)


def write_shop(path: Path) -> None:
    """Forty customers and one line that can't be read."""
    days = pd.date_range("2011-01-01 10:00", periods=160, freq="7h")
    lines = pd.DataFrame(
        {
            "customer_id": [f"{number % 40:03d}" for number in range(160)],
            "invoice_id": [str(1000 + number) for number in range(160)],
            "product_id": [f"p{number % 7}" for number in range(160)],
            "quantity": [str(1 + number % 5 * (number % 40)) for number in range(159)] + ["many"],
            "unit_price": [1.5 + number % 11 for number in range(160)],
            "timestamp": days.strftime("%Y-%m-%d %H:%M"),
        }
    )
    lines.to_csv(path, index=False)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    path = lab.folder / "shop.csv"
    write_shop(path)
    while not FileState.of(path).settled:
        time.sleep(0.1)
    return lab


def shop(lab: Lab, *arguments: str) -> list[str]:
    small = ("model.n_clusters=3", "search.n_clusters=[2,3]", "data.on_bad_rows=quarantine")
    return ["data=file", f"data.path={lab.folder / 'shop.csv'}", *small, *arguments]


def run(lab: Lab, *arguments: str) -> tuple[Run, bool, str]:
    """The run, whether anybody opened the file, and what a person saw."""
    with watched(lab.folder / "shop.csv") as opened:
        done = lab.run(*shop(lab, *arguments))
        assert done.returncode == 0, done.stderr
        return lab.runs()[0], opened(), done.stdout


@pytest.fixture(scope="module")
def first(lab: Lab) -> Run:
    logged, opened, seen = run(lab)
    assert opened
    assert "from the cache" not in seen
    assert logged.data.tags["data.cached"] == "no"
    return logged


@pytest.fixture(scope="module")
def second(lab: Lab, first: Run) -> Run:
    assert first
    logged, opened, seen = run(lab)
    assert not opened, "the raw file stays closed"
    assert "Features from the cache" in seen
    assert logged.data.tags["data.cached"] == "yes"
    return logged


@pytest.mark.slow
def test_the_record_is_the_same(lab: Lab, first: Run, second: Run) -> None:
    assert second.data.params == first.data.params
    assert second.data.tags["data.digest"] == first.data.tags["data.digest"]
    assert set(lab.files(second.info.run_id)) == set(lab.files(first.info.run_id))
    same = [name for name in first.data.metrics if not name.startswith("time/")]
    assert {name: second.data.metrics[name] for name in same} == {
        name: first.data.metrics[name] for name in same
    }
    assert first.data.metrics["data/quarantined"] == 1
    for table in TABLES:
        contents = [lab.download(logged, table).read_bytes() for logged in (first, second)]
        assert contents[0] == contents[1], table


@pytest.mark.slow
def test_without_the_cache_the_data_is_read_and_nothing_is_kept(lab: Lab, second: Run) -> None:
    before = {path: path.stat() for path in (lab.folder / "cache").iterdir()}
    logged, opened, seen = run(lab, "cache=false")
    assert opened
    assert "cache" not in seen.split("Run:")[0].replace("cache=false", "")
    assert {path: path.stat() for path in (lab.folder / "cache").iterdir()} == before
    customers = [lab.download(one, "segments/customers.parquet").read_bytes() for one in (logged, second)]
    assert customers[0] == customers[1]


@pytest.mark.slow
def test_a_profile_is_made_of_lines_and_reads_them(lab: Lab, second: Run) -> None:
    assert second
    logged, opened, _ = run(lab, "profile=true")
    assert opened
    assert logged.data.tags["data.cached"] == "yes"
    assert "data/profile.html" in set(lab.files(logged.info.run_id))


@pytest.mark.parametrize(
    ("argument", "message"),
    [("model.n_clusters=900", "900 segments need"), ("data.on_bad_rows=error", "'many'")],
    ids=["no model", "bad rows"],
)
def test_a_run_that_fails_keeps_nothing(
    lab: Lab, first: Run, tmp_path: Path, argument: str, message: str
) -> None:
    assert first
    failed = lab.run(*shop(lab), argument, f"cache_folder={tmp_path / 'cache'}")
    assert failed.returncode == 2
    assert message in failed.stderr
    assert not list(tmp_path.glob("cache/*.features*"))


@pytest.mark.slow
def test_two_runs_at_once_keep_one_entry(lab: Lab, first: Run, tmp_path: Path) -> None:
    command = lab.command(*shop(lab, f"cache_folder={tmp_path / 'cache'}"))
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=lab.folder)
        for _ in range(2)
    ]
    for process in both:
        _, problems = process.communicate(timeout=900)
        assert process.returncode == 0, problems
    assert len(list((tmp_path / "cache").glob("*.features"))) == 1
    assert not list((tmp_path / "cache").glob("*.draft"))
    metrics = [one.data.metrics["separation/silhouette"] for one in (*lab.runs()[:2], first)]
    assert len(set(metrics)) == 1


@pytest.mark.slow
def test_a_workbook_that_was_looked_at_stays_closed_in_every_run(lab: Lab, tmp_path: Path) -> None:
    write_shop(lab.folder / "for_excel.csv")
    path = tmp_path / "shop.xlsx"
    pd.read_csv(lab.folder / "for_excel.csv", dtype=str).to_excel(path, index=False)
    while not FileState.of(path).settled:
        time.sleep(0.1)
    words = (f"data.path={path}", "data.on_bad_rows=quarantine", f"cache_folder={tmp_path / 'cache'}")
    assert lab.run("data=file", *words, "look=true").returncode == 0
    with watched(path) as opened:
        done = lab.run("data=file", *words, "cleaning=thorough", "model.n_clusters=3", "report=none")
        assert done.returncode == 0, done.stderr
        assert not opened()
    assert "the data was not opened" in " ".join(done.stdout.split())
    assert lab.runs()[0].data.metrics["data/quarantined"] == 1
