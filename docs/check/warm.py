"""Commands of Python forked from a process that has loaded the libraries: seconds less each.

This file is also the program of that process. It reads one request after the other, forks, says which
process it became, and says how that one ended.
"""

import atexit
import gc
import importlib
import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import NamedTuple

LOADED = (
    "matplotlib.backends.backend_agg",
    "mlflow.store.tracking.sqlalchemy_store",
    "numba",
    "plotly.graph_objects",
    "skops.io",
    "sklearn.cluster",
    "sklearn.ensemble",
    "segmentlab.lab.cli.baskets",
    "segmentlab.lab.cli.campaign",
    "segmentlab.lab.cli.compare",
    "segmentlab.lab.cli.monitor",
    "segmentlab.lab.cli.promote",
    "segmentlab.lab.cli.run",
    "segmentlab.lab.cli.score",
    "segmentlab.lab.tuning.study",
)
SCRIPT = re.compile(r"(?:\.venv/bin/)?python (src/\w+\.py)\b")
OF_A_SHELL = re.compile(r"[|;&<>$`*?]")  # what only a shell understands
LAUNCHER = "hydra/launcher="  # a fork waits for its idle processes until they end by themselves, for minutes


class Line(NamedTuple):
    """What a shell would start: a script, its arguments, and what was exported before."""

    words: list[str]
    exported: dict[str, str]


def read_line(text: str, before: str) -> Line | None:
    """A command as the words of a script; None where it takes a shell, or is no script of ours."""
    text = text.replace("\\\n", " ")  # a line that goes on in the next
    if not SCRIPT.match(text) or OF_A_SHELL.search(text + before) or LAUNCHER in text:
        return None
    exported = [word for word in shlex.split(before, comments=True) if word != "export"]
    pairs = [word.partition("=") for word in exported]
    return Line(shlex.split(text, comments=True)[1:], {name: value for name, _, value in pairs})


def find_script(text: str) -> str | None:
    """The script that a command runs, where it is one of ours."""
    found = SCRIPT.match(text)
    return found.group(1) if found else None


@dataclass
class WarmPython:
    """An interpreter that waits in a folder with everything loaded, until it is closed."""

    process: "subprocess.Popen[str]"

    @classmethod
    def start(cls, python: Path, folder: Path, variables: Mapping[str, str]) -> "WarmPython":
        """Begin to load, and come back at once."""
        line = [str(python), __file__, *LOADED]
        pipe = subprocess.PIPE
        own = dict(variables)
        return cls(subprocess.Popen(line, cwd=folder, env=own, stdin=pipe, stdout=pipe, text=True))  # noqa: S603

    def fork(self, line: Line, folder: Path, output: Path, variables: Mapping[str, str]) -> int:
        """Begin a command, as the leader of a group; the number of its process."""
        request = {"words": line.words, "folder": str(folder), "output": str(output), "env": dict(variables)}
        assert self.process.stdin
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return self._read()

    def wait(self) -> int:
        """The exit code of the command, once it has ended."""
        return self._read()

    def close(self) -> None:
        """End the interpreter; it has nothing to clean up."""
        with self.process:  # which closes its pipes
            self.process.kill()

    def _read(self) -> int:
        assert self.process.stdout
        told = self.process.stdout.readline()
        if not told:
            raise ChildProcessError("the process that commands are forked from has ended")
        return int(told)


def _serve(loaded: list[str]) -> None:
    """Fork for every request, and wait for the fork."""
    del sys.path[0]  # this folder, whose files are nobody's libraries
    for name in loaded:
        importlib.import_module(name)
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w")
    for request in iter(sys.stdin.readline, ""):
        # It ends as processes of multiprocessing do: threads that libraries began before are not here.
        forked = get_context("fork").Process(target=_run_script, kwargs=json.loads(request))
        forked.start()
        print(forked.pid, file=answers, flush=True)
        forked.join()
        print(forked.exitcode, file=answers, flush=True)


def _run_script(words: list[str], folder: str, output: str, env: dict[str, str]) -> None:
    """What the interpreter does with a script, in a process that has begun already."""
    os.setsid()
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    for number, stream in ((os.open(os.devnull, os.O_RDONLY), 0), (written, 1), (written, 2)):
        os.dup2(number, stream)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.argv[:] = words
    sys.path.insert(0, str(Path(words[0]).parent.absolute()))
    try:
        runpy.run_path(words[0], run_name="__main__")
    finally:
        atexit._run_exitfuncs()  # noqa: SLF001 - a script's end has them, that of multiprocessing leaves them out


if __name__ == "__main__":
    _serve(sys.argv[1:])
