"""What is wrong is said in one message: exit code 2, no traceback, what to do, and nothing left behind."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bad_input.corpus import SCRIPTS, Case, Laboratory, read_corpus
from tests.commands import SMALL, Lab

CORPUS = list(read_corpus())
COMMANDS = (
    "run",
    "compare",
    "promote",
    "score",
    "monitor",
    "nightly",
    "update",
    "serve",
    "baskets",
    "campaign",
    "forget",
    "notebook",
    "ui",
    "app",
)


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory: pytest.TempPathFactory) -> Laboratory:
    return Laboratory.make(tmp_path_factory.mktemp("laboratory"))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Path]:
    """A folder of the case's own; what it closed is opened again, so that it can be cleared away."""
    folder = tmp_path / "here"
    folder.mkdir()
    yield folder
    for path in [folder, *folder.rglob("*")]:
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o700)


@pytest.mark.parametrize(
    "case",
    [pytest.param(case, id=case.name, marks=[] if case.quick else [pytest.mark.slow]) for case in CORPUS],
)
def test_what_is_wrong_is_said(laboratory: Laboratory, here: Path, tmp_path: Path, case: Case) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    told = laboratory.do(case, here, temporary)
    assert told.code == case.exit, told.said
    for defect in ("Traceback", "defect of SegmentLab", "Error executing job"):
        assert defect not in told.said
    for words in case.says:
        assert words in told.said
    assert not told.left


def test_every_entry_is_in_the_corpus() -> None:
    entries = Counter(case.entry for case in CORPUS)
    assert len(CORPUS) >= 250
    assert set(entries) == {*COMMANDS, *SCRIPTS}
    assert min(entries.values()) >= 7
    commands = [(case.entry, case.words, case.code, str(case.files), str(case.made)) for case in CORPUS]
    assert len(set(commands)) == len(CORPUS), "no two are alike"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


def test_a_look_shows_the_reading_and_runs_nothing(lab: Lab, tmp_path: Path) -> None:
    path, before = tmp_path / "shop.csv", len(lab.runs())
    path.write_text(
        "customer,date,qty,price,description,note\n007,13/02/2010,1,2,=cmd() <script> [red],my own\n"
    )
    looked = lab.run("data=file", f"data.path={path}", "look=true", COLUMNS="200")
    assert looked.returncode == 0, looked.stderr
    said = ("customer_id = 'customer'", "day first: %d/%m/%Y")
    for shown in (*said, "007", "=cmd() <script> [red]", "my own"):
        assert shown in looked.stdout
    assert len(lab.runs()) == before


def test_rows_set_aside_lie_beside_the_run(lab: Lab, tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    lines = [f"{customer},{2010 + customer % 7}-01-13,{1 + customer % 30},2" for customer in range(1, 40)]
    path.write_text("\n".join(["customer,date,qty,price", *lines, "=cmd(),2011-01-01,many,2"]))
    done = lab.run(
        "data=file", f"data.path={path}", "data.on_bad_rows=quarantine", "leave_out=[rfm_frequency]"
    )
    assert done.returncode == 0, done.stderr
    run = lab.runs()[0]
    assert run.data.metrics["data/quarantined"] == 1
    assert "41" in lab.download(run, "data/quarantine.csv").read_text()
    assert "year first" in lab.download(run, "data/notes.txt").read_text()


def test_a_run_that_fails_after_its_data_is_read_is_kept_with_the_reason(lab: Lab) -> None:
    refused = lab.run(SMALL, "model.n_clusters=900")
    assert refused.returncode == 2, refused.stdout + refused.stderr
    run = lab.runs()[0]
    assert run.info.status == "FAILED"
    assert "900 segments need at least 900 customers" in run.data.tags["segmentlab.failure"]
    assert run.data.params["model.n_clusters"] == "900"
    assert set(lab.files(run.info.run_id)) == {"config.yaml"}
