"""`log=json`: every line that a command says is an object, and the last tells how it ended."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.cli.journal import find_form
from segmentlab.lab.config.folders import ROOT
from tests.commands import SMALL, Lab
from tests.warm import run_warm

Line = dict[str, Any]


def test_the_form_is_typed_or_a_variable_of_the_environment() -> None:
    assert find_form("run", ["model=kmeans"], {}) == "text"
    assert find_form("run", ["log=json"], {}) == "json"
    assert find_form("run", ["log=text"], {"SEGMENTLAB_LOG": "json"}) == "text"
    assert find_form("notebook", ["log=runs.log"], {}) == "text", "its log= is a file"
    assert find_form("notebook", ["log=runs.log"], {"SEGMENTLAB_LOG": "json"}) == "json"
    with pytest.raises(ConfigError, match="log=yaml: write text or json"):
        find_form("run", ["log=yaml"], {})


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


def perform(lab: Lab, command: str, *words: str, **environment: str) -> tuple[int, list[Line], list[Line]]:
    """The exit code, and the lines of both streams, each an object with what is in all of them."""
    own = [f"tracking.uri={lab.uri}", f"cache_folder={lab.folder / 'cache'}"]
    own += [f"history=duckdb:///{lab.folder / 'history.duckdb'}"]
    own += [f"data.folder={lab.folder / 'worlds'}", SMALL]
    script = str(ROOT / "src" / f"{command}.py")
    done = run_warm([sys.executable, script, *own, *words], lab.folder, {**os.environ, **environment})
    streams = [[json.loads(line) for line in text.splitlines()] for text in (done.stdout, done.stderr)]
    for line in (*streams[0], *streams[1]):
        assert {"time", "level", "command", "run", "day", "step", "message"} <= set(line)
        assert line["command"] == command
    return done.returncode, streams[0], streams[1]


@pytest.mark.slow
def test_every_line_of_a_run_a_scoring_and_a_look_is_an_object(lab: Lab) -> None:
    code, said, complained = perform(lab, "run", "evaluate=quick", "report=none", "log=json")
    run = lab.runs()[0].info.run_id
    assert (code, complained) == (0, [])
    assert_told(said, 0, run, {"data", "clean", "fit", "record"})

    words = (f"model_uri={run}", "output=scored.csv", "as_of=2011-09-01")
    code, said, complained = perform(lab, "score", *words, SEGMENTLAB_LOG="json")
    assert (code, complained) == (0, [])
    assert_told(said, 0, run, {"model", "data", "place", "write"}, day="2011-09-01")

    words = (f"model_uri={run}", "output=looks", "days=90", "refit=false", "log=json")
    code, said, complained = perform(lab, "monitor", *words)
    assert (code, complained) == (1, [])
    assert_told(said, 1, lab.runs()[0].info.run_id, {"data", "report", "record"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("log=json", "model=kmean"), "model=kmean: there is no such option"),
        (("log=json", "model.n_clusters=abc"), "model: The 'n_clusters' parameter"),
        (("log=json", "data=file", f"data.path={Path('nowhere.csv')}"), "nowhere.csv: no such file"),
    ],
)
def test_an_error_is_one_object(lab: Lab, words: tuple[str, ...], message: str) -> None:
    given = ("history=null", "evaluate=quick") if "data=file" in words else ()
    script = str(ROOT / "src" / "run.py")
    store = f"tracking.uri={lab.uri}"
    done = run_warm([sys.executable, script, store, *given, *words], lab.folder)
    (told,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (told["level"], told["command"]) == ("error", "run")
    assert message in told["message"]
    last = [json.loads(line) for line in done.stdout.splitlines()][-1]
    assert (done.returncode, last["exit"], last["level"]) == (2, 2, "error")


def assert_told(said: list[Line], code: int, run: str, steps: set[str], day: str = "2011-12-10") -> None:
    """The run and the day once they are known, and the seconds of every step, each and all together."""
    *_, result, last = said
    assert (result["run"], result["day"]) == (run, day)
    assert (last["exit"], last["run"], last["day"]) == (code, run, day)
    assert steps <= set(last["steps"])
    assert last["seconds"] >= max(last["steps"].values())
    ended = {line["step"] for line in said if "seconds" in line and line is not last}
    assert ended == set(last["steps"])
