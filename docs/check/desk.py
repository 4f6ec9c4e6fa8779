"""A desk: a copy of the repository, with a small shop, where a page is followed word by word.

The commands' text stays as it is. What is small is the shop: the copy's own configuration has 600 customers
and few draws. Nothing of the reader's is touched: store, cache, worlds and outputs lie in the copy.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Timer
from typing import IO

from docs.check.pages import Command
from docs.check.warm import Line, WarmPython, read_line
from segmentlab.lab.config.folders import ROOT

LEFT = (".git", ".venv", "mlruns", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis", "outputs")
STAMPS = ("python", "run", "dev", "spark")  # for make: all of it is installed
PRIVATE = ("MLFLOW_TRACKING_URI", "SEGMENTLAB_DATABASE", "SEGMENTLAB_SCORES", "LOKY_MAX_CPU_COUNT")
# Evidence starts a process per processor, which loads all libraries again; commands that are typed have them.
ALONE = {"LOKY_MAX_CPU_COUNT": "1"}
# A server of MLflow would start four processes for its pages, and eight more that wait for jobs.
LEAN_SERVER = {"MLFLOW_WORKERS": "1", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
PATIENCE = 600  # seconds for a command; a busy machine is no defect

# file, what it says, what the copy says instead
SMALLER = (
    ("conf/data/synthetic.yaml", "customers: 5000", "customers: 600"),
    ("conf/run.yaml", "report: full", "report: summary"),
    ("conf/run.yaml", "horizons: [30, 90, 365]", "horizons: [90]"),
    ("conf/run.yaml", "weeks: 4 ", "weeks: null "),
    ("conf/evaluate/standard.yaml", "bootstraps: 20", "bootstraps: 2"),
    ("conf/evaluate/standard.yaml", "splits: 5", "splits: 2"),
    ("conf/evaluate/standard.yaml", "seeds: 4", "seeds: 2"),
    ("conf/evaluate/standard.yaml", "random: 20", "random: 2"),
    ("conf/evaluate/standard.yaml", "resamples: 100", "resamples: 30"),
    ("conf/evaluate/standard.yaml", "views: 2", "views: 0"),
    ("conf/evaluate/standard.yaml", "gaps: 3000", "gaps: 300"),
    ("conf/evaluate/standard.yaml", "cutoffs: 3", "cutoffs: 1"),
    ("conf/evaluate/full.yaml", "bootstraps: 100", "bootstraps: 4"),
    ("conf/evaluate/full.yaml", "splits: 50", "splits: 5"),
    ("conf/evaluate/full.yaml", "nulls: 100", "nulls: 19"),
    ("conf/evaluate/full.yaml", "views: 20", "views: 1"),
    ("conf/tune/optuna.yaml", "trials: 100", "trials: 12"),
)

# What a run does where nobody says how much evidence it is to gather.
USUAL_EVIDENCE = "evaluate: standard"

# What pages that begin in the middle take for granted: two runs, the first of them champion, and a scoring.
LIVED_IN = (
    "python src/run.py model.n_clusters=4",
    "python src/promote.py",
    "python src/run.py",
    "python src/score.py as_of=2011-09-01 output=before.parquet",
)


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    command: Command
    code: int
    output: str
    seconds: float = 0

    @property
    def failed(self) -> bool:
        """Whether it did not do what the page says. With exit code 1 a look answers, and does not fail."""
        answers = (0, 1) if "monitor.py" in self.command.text else (0,)
        return self.code not in answers


def _find_left(folder: str, names: list[str]) -> set[str]:
    """What a reader's copy has not; a folder of ours may be called like one that runs leave at the top."""
    return {name for name in names if name in LEFT and Path(folder) == ROOT}


@dataclass
class Desk:
    """A folder with two kept copies of the repository, one new and one lived in, and one to work on."""

    folder: Path
    goods: Path  # files that a page's reader brings along: shop.csv and the like
    small: bool = True
    environment: dict[str, str] = field(default_factory=dict)
    typed: frozenset[Command] = frozenset()  # the others are forked from a process that has begun already
    _warm: list[WarmPython] = field(default_factory=list)

    @property
    def place(self) -> Path:
        """Where commands run; always the same, for a store knows its files by their full path."""
        return self.folder / "segmentlab"

    def lay(self) -> None:
        """Copy the repository, and make the small shop its default."""
        shutil.copytree(ROOT, self._kept("new"), ignore=_find_left)
        shutil.copytree(self.goods, self._kept("new"), dirs_exist_ok=True)
        self._link_the_environment()
        for file, said, says in SMALLER if self.small else ():
            _rewrite(self._kept("new"), file, said, says)

    def live_in(self) -> None:
        """Do what the readers of most pages have done before."""
        self.clear("new")
        python = self.place / ".venv/bin/python"
        self._warm.append(WarmPython.start(python, self.place, self.variables()))
        for text in LIVED_IN:
            done = self.run(Command("docs/check/desk.py", 0, text))
            if done.failed:
                raise ValueError(f"what pages begin with failed: {text}\n{done.output}")
        shutil.copytree(self.place, self._kept("lived_in"), symlinks=True)

    def clear(self, state: str) -> None:
        """Make the working copy what it was, new or lived in."""
        shutil.rmtree(self.place, ignore_errors=True)
        shutil.copytree(self._kept(state), self.place, symlinks=True)

    def leave_evidence_out(self) -> None:
        """Runs of the working copy gather evidence where their command asks for it, and else none."""
        _rewrite(self.place, "conf/run.yaml", USUAL_EVIDENCE, "evaluate: quick")

    def write(self, file: str, text: str) -> None:
        """Add a file that a page shows."""
        path = self.place / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, command: Command, before: str = "") -> Done:
        """Run to the end, as a person at this desk; `before` is what was exported there earlier."""
        begun = time.monotonic()
        line = read_line(command.text, before) if self._warm and not self._is_typed(command) else None
        done = self._run_warm(command, line) if line else self._run_typed(command, before)
        return replace(done, seconds=time.monotonic() - begun)

    def close(self) -> None:
        """End what waits for commands."""
        while self._warm:
            self._warm.pop().close()

    def _is_typed(self, command: Command) -> bool:
        return any((command.page, command.line) == (one.page, one.line) for one in self.typed)

    def _run_warm(self, command: Command, line: Line) -> Done:
        output = self.folder / "warm.log"
        group = self._warm[0].fork(line, self.place, output, {**self.variables(), **ALONE, **line.exported})
        late = Timer(PATIENCE, os.killpg, (group, signal.SIGKILL))
        late.start()
        code = self._warm[0].wait()
        late.cancel()
        told = output.read_text(encoding="utf-8", errors="replace")
        return Done(command, code, told + (f"\nkilled after {PATIENCE} seconds" if code == -9 else ""))

    def _run_typed(self, command: Command, before: str) -> Done:
        process = self.start(command, subprocess.PIPE, before)
        try:
            output, _ = process.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            end(process)
            output = process.communicate()[0] + f"\nno end after {PATIENCE} seconds"
        return Done(command, process.returncode, output)

    def start(self, command: Command, output: IO[str] | int, before: str = "") -> "subprocess.Popen[str]":
        """Begin, as the leader of a group, so that all that it starts can be ended with it."""
        return subprocess.Popen(  # noqa: S603
            self.arguments(command, before),
            cwd=self.place,
            env=self.variables(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def arguments(self, command: Command, before: str) -> list[str]:
        """A shell for a command, the interpreter for Python."""
        if command.language == "python":
            return [str(self.place / ".venv/bin/python"), "-c", command.text]
        return ["/bin/sh", "-c", f"{before}\n{command.text}"]

    def variables(self) -> dict[str, str]:
        """The environment of a person who has activated the copy's .venv."""
        kept = {name: value for name, value in os.environ.items() if name not in PRIVATE}
        own = {
            "PATH": f"{self.place / '.venv/bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.place / "src"),
            "MLFLOW_DISABLE_TELEMETRY": "true",
            **LEAN_SERVER,
            "COLUMNS": "100",
        }
        return {**kept, **own, **self.environment}

    def run_ids(self) -> list[str]:
        """The runs of the working copy's store, the first one first."""
        store = self.place / "mlruns" / "mlflow.db"
        if not store.is_file():
            return []
        with sqlite3.connect(store) as connection:
            return [row[0] for row in connection.execute("select run_uuid from runs order by start_time")]

    def _kept(self, state: str) -> Path:
        return self.folder / state

    def _link_the_environment(self) -> None:
        """This interpreter's packages, under the name that pages use; make finds them up to date."""
        own = self._kept("new") / ".venv"
        own.mkdir()
        for part in Path(sys.prefix).iterdir():
            if part.name not in STAMPS:
                (own / part.name).symlink_to(part)
        for stamp in STAMPS:
            (own / stamp).touch()


def _rewrite(folder: Path, file: str, said: str, says: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    if said not in text:
        raise ValueError(f"{file} no longer says '{said}': bring docs/check/desk.py up to date")
    path.write_text(text.replace(said, says), encoding="utf-8")


def end(process: "subprocess.Popen[str]") -> None:
    """End a command and all that it started: asked first, then made to."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError, subprocess.TimeoutExpired):
            os.killpg(process.pid, number)
            process.wait(timeout=20)
