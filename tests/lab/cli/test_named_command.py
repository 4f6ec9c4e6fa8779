"""`segmentlab run ...` and `python -m segmentlab run ...`: one name in front of every command."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from segmentlab import __version__
from segmentlab.lab.cli.entry import COMMANDS
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.config.help_page import write_command_list, write_help


def typed(*words: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "segmentlab", *words]
    return subprocess.run(line, capture_output=True, text=True, check=False, cwd=folder, timeout=900)


def test_alone_it_lists_every_command_with_a_line_each() -> None:
    done, asked = typed(), typed("--help")
    assert done.stdout == asked.stdout
    lines = [line.split(maxsplit=1) for line in done.stdout.splitlines() if re.match("  [a-z]", line)]
    assert [name for name, _ in lines] == list(COMMANDS)
    assert all(len(told) > 30 for _, told in lines)
    assert done.returncode == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_eighty_columns(command: str) -> None:
    assert [line for line in write_help(command).splitlines() if len(line) > 80] == []
    assert [line for line in write_command_list(list(COMMANDS)).splitlines() if len(line) > 80] == []


def test_help_cuts_no_word() -> None:
    told = " ".join(write_help("run").split())
    for path in (ROOT / "conf" / "engine").glob("*.yaml"):
        assert path.read_text().splitlines()[0].removeprefix("# ") in told


def test_it_says_its_version() -> None:
    for words in ([], ["run", "model=kmeans"], ["compare"]):
        done = typed(*words, "--version")
        assert (done.returncode, done.stdout) == (0, f"segmentlab {__version__}\n")


def test_bash_completes_commands_and_choices(tmp_path: Path) -> None:
    """As bash asks: the line up to the cursor, from which the function makes its suggestions."""
    script = f"""
        segmentlab() {{ {sys.executable} -m segmentlab "$@"; }}
        eval "$(segmentlab -sc install=bash)"
        for line in 'segmentlab pro' 'segmentlab run model=db' 'segmentlab run model=dbscan model.e'; do
            COMP_LINE=$line COMP_POINT=${{#line}} COMP_WORDS=($line)
            _segmentlab
            echo "${{COMPREPLY[*]}}"
        done
        complete -p segmentlab
    """
    done = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path, timeout=900
    )
    assert done.stdout.splitlines() == [
        "promote", "dbscan", "model.eps=", "complete -o default -o nospace -F _segmentlab segmentlab"
    ]  # fmt: skip


def test_an_unknown_command_is_told_the_nearest() -> None:
    done = typed("promot", "run_id=x")
    assert (done.returncode, done.stderr) == (2, "Error: promot is no command. Did you mean promote?\n")
    assert typed("model=kmeans").returncode == 2


def test_every_command_is_its_script() -> None:
    for command in COMMANDS:
        script = ROOT / "src" / f"{command}.py"
        assert f'run_command("{command}")' in script.read_text(encoding="utf-8")


def test_help_and_errors_speak_as_it_was_typed(tmp_path: Path) -> None:
    assert typed("run", "--help", folder=tmp_path).stdout.startswith("segmentlab run [group=option]")
    done = typed("run", "model.n_cluster=3", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "Error: model.n_cluster: there is no such parameter. Did you mean model.n_clusters?\n"
    )
