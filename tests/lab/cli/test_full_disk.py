"""A disk that is full, and a file that may not be written: it is named, and nothing half-done is left."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from segmentlab.lab.config.folders import ROOT
from tests.commands import SMALL, Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store with one run."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run(SMALL, "report=none")
    assert done.returncode == 0, done.stderr
    return lab


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own without any room; only who may mount one can try."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if sys.platform != "linux" or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("nobody may mount a small disk here")
    (disk / "filler").write_bytes(b"0" * 60_000)
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def perform(lab: Lab, command: str, *words: str) -> tuple[int, str]:
    """The exit code of a command, and its errors."""
    own = [f"data.folder={lab.folder / 'worlds'}", SMALL, f"cache_folder={lab.folder / 'cache'}"]
    own += [] if command == "baskets" else [f"tracking.uri={lab.uri}"]
    done = run_warm([sys.executable, str(ROOT / "src" / f"{command}.py"), *own, *words], lab.folder)
    return done.returncode, done.stderr


def test_scores_are_refused_before_anything_is_computed(lab: Lab, full: Path) -> None:
    run = f"model_uri={lab.runs()[0].info.run_id}"
    code, said = perform(lab, "score", run, f"output={full / 'scored.csv'}", "history=null")
    assert (code, said.count("\n")) == (2, 1), said
    assert f"output={full / 'scored.csv'} can't be written: its disk is full" in said
    code, said = perform(lab, "score", run, "output=scored.csv", f"history=duckdb:///{full / 'h.duckdb'}")
    assert (code, "its disk is full" in said) == (2, True), said
    assert [path.name for path in full.iterdir()] == ["filler"]
    assert not list(lab.folder.glob("*scored*"))


def test_the_file_is_named_and_the_run_closed(lab: Lab, full: Path) -> None:
    code, said = perform(lab, "baskets", f"output={full / 'baskets'}")
    assert (code, said.count("\n")) == (2, 1), said
    assert f"{full / 'baskets'}/baskets.html: No space left on device. Make room on its disk" in said

    run = f"model_uri={lab.runs()[0].info.run_id}"
    looks = (f"output={full / 'looks'}", "days=90", "refit=false", "history=null")
    code, said = perform(lab, "monitor", run, *looks)
    assert (code, said.count("\n")) == (2, 1), said
    assert f"{full / 'looks'}/monitor.html: No space left on device" in said
    assert {one.info.status for one in lab.runs()} == {"FINISHED", "FAILED"}
    assert not list(full.rglob(".draft*"))


def test_a_run_whose_files_find_no_room_is_closed(lab: Lab, full: Path) -> None:
    folder = lab.folder / "elsewhere"
    folder.mkdir()
    (folder / "artifacts").symlink_to(full, target_is_directory=True)
    other = Lab(folder)
    done = other.run(SMALL, "report=none", f"data.folder={lab.folder / 'worlds'}")
    assert done.returncode == 2, done.stdout
    assert "No space left on device" in done.stderr
    assert str(full) in done.stderr
    assert [one.info.status for one in other.runs()] == ["FAILED"]


def test_a_folder_that_may_not_be_written_is_refused_first(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    run = f"model_uri={lab.runs()[-1].info.run_id}"
    code, said = perform(lab, "score", run, f"output={tmp_path / 'file' / 'scored.csv'}", "history=null")
    assert (code, "can't be written" in said) == (2, True), said
    if os.getuid():
        (tmp_path / "closed").mkdir(mode=0o500)
        code, said = perform(
            lab, "score", run, f"output={tmp_path / 'closed' / 'scored.csv'}", "history=null"
        )
        assert (code, "Permission denied" in said) == (2, True), said
