"""What commands write holds customers: only its owner may read it, unless the user says otherwise."""

import os
import re
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.lab.config.folders import ROOT
from tests.commands import SMALL, Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

# The copy of our own published code that goes with a model: MLflow keeps the modes of what it copies.
OUR_CODE = re.compile(r"/artifacts/code/segmentlab/.*\.pyi?$")
EVERYBODY = stat.S_IRWXG | stat.S_IRWXO


def play(folder: Path, **environment: str) -> None:
    """What somebody does in a week, under the usual umask of a machine that many share."""
    (folder / "tmp").mkdir()
    lab = Lab(folder)
    shop = [f"cache_folder={folder / 'cache'}", f"data.folder={folder / 'worlds'}", SMALL]
    store, history = f"tracking.uri={lab.uri}", f"history=duckdb:///{folder / 'history.duckdb'}"
    variables = {**os.environ, "TMPDIR": str(folder / "tmp"), **environment}

    def perform(command: str, *words: str) -> None:
        script = str(ROOT / "src" / f"{command}.py")
        done = run_warm([sys.executable, script, *words], folder, variables)
        assert done.returncode in (0, 1), done.stderr

    study = ("tune=optuna", "tune.trials=1", f"tune.storage={folder / 'studies'}")
    perform("run", *shop, store, history, "evaluate=quick", "profile=true", "log_copies=all", *study)
    run = next(run.info.run_id for run in lab.runs() if "trial" not in run.info.run_name)
    perform("promote", store, f"run_id={run}", "force=true", "reason=first")
    for day in ("2011-09-01", "2011-12-01"):
        perform("score", *shop, store, history, "output=out/scored.parquet", f"as_of={day}")
    perform(
        "score", *shop, store, history, "table=scores", "database=sqlite:///scores.db", "as_of=2011-12-01"
    )
    perform("monitor", *shop, store, history, "output=looks/monitor", "days=90", "refit=false")
    perform("campaign", *shop, store, history, "name=spring", "budget=50", "output=campaigns")
    perform("baskets", *shop, "output=looks/baskets")
    perform("compare", store, "output=looks/comparison")
    perform(
        "forget",
        history,
        "lines=null",
        "taken=null",
        f"customer='{find_customer(folder)}'",
        "files=[out/scored.parquet]",
    )


def find_customer(folder: Path) -> str:
    """Anybody who was scored."""
    return str(pd.read_parquet(folder / "out" / "scored.parquet")["customer_id"].iloc[0])


def find_open(folder: Path) -> Iterator[tuple[str, str]]:
    """Everything below the folder that somebody else may read, with its mode."""
    for path in sorted(folder.rglob("*")):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & EVERYBODY and not OUR_CODE.search(str(path)):
            yield str(path.relative_to(folder)), oct(mode)


@pytest.fixture
def usual_umask() -> Iterator[None]:
    """Of most machines; commands inherit it."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("usual_umask")
def test_nobody_else_reads_what_was_written(tmp_path: Path) -> None:
    play(tmp_path)
    # Made by this test, before any command.
    assert dict(find_open(tmp_path)).keys() - {"tmp"} == set()
    for name in (
        "mlflow.db",
        "history.duckdb",
        "scores.db",
        "out/scored.parquet",
        "looks/monitor/monitor.html",
    ):
        assert (tmp_path / name).is_file(), name


@pytest.mark.usefixtures("usual_umask")
def test_a_group_is_let_in_by_a_variable_and_nonsense_refused(tmp_path: Path) -> None:
    script = str(ROOT / "src" / "baskets.py")
    words = [f"cache_folder={tmp_path / 'cache'}", f"data.folder={tmp_path / 'worlds'}", SMALL, "output=out"]
    done = run_warm([sys.executable, script, *words], tmp_path, {**os.environ, "SEGMENTLAB_UMASK": "027"})
    assert done.returncode == 0, done.stderr
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == 0o750
    assert stat.S_IMODE((tmp_path / "out" / "baskets.html").stat().st_mode) == 0o640
    done = run_warm([sys.executable, script, *words], tmp_path, {**os.environ, "SEGMENTLAB_UMASK": "all"})
    assert done.returncode == 2
    assert "SEGMENTLAB_UMASK=all is no umask" in done.stderr
