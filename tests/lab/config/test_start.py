"""How a command is typed depends on how the process was started: by a script of the checkout, or by name."""

import sys
from pathlib import Path

import pytest

from segmentlab.lab.config import start
from segmentlab.lab.config.folders import PACKAGE, ROOT


@pytest.mark.parametrize(
    ("script", "begins"),
    [
        (ROOT / "src" / "run.py", "python src/score.py"),
        (Path("/usr/lib/python3/pytest/__main__.py"), "python src/score.py"),
        (Path("/venv/bin/segmentlab"), "segmentlab score"),
        (Path("/venv/Scripts/segmentlab.exe"), "segmentlab score"),
        (PACKAGE / "__main__.py", "segmentlab score"),
    ],
)
def test_a_command_begins_as_this_one_did(script: Path, begins: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [str(script), "model=kmeans"])
    assert start.write_start("score") == begins


def test_without_a_checkout_there_are_no_scripts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(start, "IN_CHECKOUT", False)
    assert start.write_start("run") == "segmentlab run"
    assert start.list_process_words("run") == [sys.executable, "-m", "segmentlab", "run"]


def test_here_a_command_is_typed_with_the_interpreter_that_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv" / "bin" / "python"))
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.chdir(ROOT)
    assert start.write_local_start("run") == f"{Path('.venv/bin/python')} {Path('src/run.py')}"
    monkeypatch.chdir(tmp_path)
    assert start.write_local_start("run") == f"{sys.executable} {ROOT / 'src' / 'run.py'}"
