"""Commands in processes of their own, forked from one that has loaded the libraries: seconds less each."""

import atexit
import os
import runpy
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from pathlib import Path

import psutil

LOADED = [
    "matplotlib.backends.backend_agg",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.tracking",
    "numba",
    "plotly.graph_objects",
    "pyarrow.parquet",
    "skops.io",
    "sklearn.cluster",
    "sklearn.ensemble",
    "segmentlab.lab.cli.baskets",
    "segmentlab.lab.cli.forget",
    "segmentlab.lab.cli.run",
    "segmentlab.lab.cli.compare",
    "segmentlab.lab.cli.promote",
    "segmentlab.lab.cli.score",
    "segmentlab.lab.cli.campaign",
    "segmentlab.lab.cli.monitor",
    "segmentlab.lab.cli.nightly",
    "segmentlab.lab.experiment.frontdoor",
    "segmentlab.lab.notebook.make",
    "segmentlab.lab.tuning.study",
    "tests.bad_input.warmed",
]


PATIENCE = 900  # seconds until a command that never ends fails its test; a busy machine is no defect


class Warm:
    """As `subprocess.Popen` with a script and its arguments, whose output is captured as text."""

    def __init__(self, command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None) -> None:
        self.command = list(command)
        self._folder = Path(tempfile.mkdtemp())
        self._output = ("", "")
        said, complained = self._folder / "out", self._folder / "err"
        arguments = (self.command[1:], str(cwd), dict(env or os.environ), said, complained)
        self._process = _context().Process(target=_run_script, args=arguments)
        self._process.start()

    @property
    def returncode(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float = PATIENCE) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(self.command, timeout)
        if self._folder.exists():
            texts = {path.name: path.read_text("utf-8") for path in self._folder.iterdir()}
            self._output = texts.get("out", ""), texts.get("err", "")
            shutil.rmtree(self._folder)
        return self._process.exitcode

    def wait_for(self, words: str) -> None:
        """Until it has said so, or has ended."""
        said, deadline = self._folder / "out", time.monotonic() + PATIENCE
        while self.returncode is None and not (said.exists() and words in said.read_text("utf-8")):
            self._process.join(0.05)
            assert time.monotonic() < deadline, f"never said: {words}"

    def kill(self) -> None:
        self._process.kill()

    def terminate_when_busy(self, seconds: float = 0.3) -> None:
        """Ask it to end when it has worked for so long, which is after it has settled what to do then."""
        process = psutil.Process(self._process.pid)
        begun = time.monotonic()
        while process.cpu_times().user < seconds:
            assert time.monotonic() - begun < PATIENCE, "it never began"
            time.sleep(0.02)
        self._process.terminate()

    def communicate(self, timeout: float = PATIENCE) -> tuple[str, str]:
        try:
            self.wait(timeout)
        except subprocess.TimeoutExpired:  # or this process would wait for it in the end
            self.kill()
            raise
        return self._output


def run_warm(
    command: Sequence[str], cwd: Path, env: Mapping[str, str] | None = None, timeout: float = PATIENCE
) -> subprocess.CompletedProcess[str]:
    """As `subprocess.run` with a script and its arguments, whose output is captured as text."""
    warm = Warm(command, cwd, env)
    said, complained = warm.communicate(timeout)
    return subprocess.CompletedProcess(warm.command, warm.wait(), said, complained)


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def _run_script(arguments: list[str], cwd: str, env: dict[str, str], out: Path, err: Path) -> None:
    """What the interpreter does with a script, in a process that has begun already."""
    for stream, path in ((sys.stdout, out), (sys.stderr, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND), stream.fileno())
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv[:] = arguments
    sys.path[0] = str(Path(arguments[0]).parent)
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # a script's own end has them, and that of multiprocessing leaves them out
