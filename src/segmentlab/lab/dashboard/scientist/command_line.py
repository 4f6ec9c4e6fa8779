"""The command that does the same as what is shown, and its process where the dashboard may write."""

import atexit
import os
import shlex
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import streamlit as st

from segmentlab.lab.config import compose_setup, list_process_words, write_start
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.redaction import redact_text

STORE_VARIABLE: Final = "MLFLOW_TRACKING_URI"  # arguments are for everybody on the machine to read
SHOWN_LINES: Final = 12
EVERY: Final = 1.0  # seconds between two looks at a process
UNUSUAL_WIDTH: Final = {"COLUMNS": "100"}  # of the terminal that there is not


def write_line(settings: DashboardSettings, command: str, words: Sequence[str]) -> str:
    """The line as it is typed; the store is named where it is not the usual one, without its password."""
    usual = compose_setup([]).config.tracking
    named = [] if settings.uri == usual.uri else [f"tracking.uri={redact_text(settings.uri)}"]
    named += _name_experiment(settings, usual.experiment)
    return " ".join([write_start(command), *map(shlex.quote, [*words, *named])])


def show_line(settings: DashboardSettings, command: str, words: Sequence[str]) -> None:
    """What to type for the same in a terminal."""
    st.caption("The command line that does the same:")
    st.code(write_line(settings, command, words), language="bash", wrap_lines=True)


def _name_experiment(settings: DashboardSettings, usual: str) -> list[str]:
    return [] if settings.experiment == usual else [f"tracking.experiment={settings.experiment}"]


class CommandProcess:
    """A command of ours at work; it ends with the dashboard. What it says is kept in a file of its own."""

    def __init__(self, settings: DashboardSettings, command: str, words: Sequence[str]) -> None:
        handle, name = tempfile.mkstemp(prefix="segmentlab-", suffix=".log")  # for nobody else to read
        self._log = Path(name)
        with os.fdopen(handle, "w") as log:
            self._process = subprocess.Popen(  # noqa: S603  (our own command; words are no shell's)
                [*list_process_words(command), *words, f"tracking.experiment={settings.experiment}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env={**os.environ, **UNUSUAL_WIDTH, STORE_VARIABLE: settings.uri},
            )
        atexit.register(self.end)

    @property
    def exit_code(self) -> int | None:
        """How it ended; nothing while it works."""
        return self._process.poll()

    def end(self) -> None:
        """Have it stop, as Ctrl-C would; what it said is forgotten."""
        if self._process.poll() is None:
            self._process.terminate()
            self._process.wait()
        self._log.unlink(missing_ok=True)

    def read_lines(self) -> list[str]:
        """What it said last."""
        if not self._log.exists():
            return []
        return self._log.read_text("utf-8", errors="replace").splitlines()


def offer_process(settings: DashboardSettings, label: str, command: str, words: Sequence[str]) -> None:
    """A button that starts the command, off where the dashboard may not write; and how it is getting on."""
    running = _find_process(command)
    busy = running is not None and running.exit_code is None
    pressed = st.button(
        label,
        key=f"start {command}",
        type="primary",
        disabled=busy or not settings.write,
        help=None if settings.write else "The dashboard only shows. Start it with write=true to use this.",
    )
    if not settings.write:
        st.caption(
            f"“{label}” is off, because the dashboard was started to look only. Start it with "
            "`write=true`, or type the command above."
        )
    if pressed:
        if running is not None:
            running.end()
        st.session_state[_key(command)] = CommandProcess(settings, command, words)
        st.rerun()
    if running is not None:
        _watch(command)


def _key(command: str) -> str:
    return f"process {command}"


def _find_process(command: str) -> CommandProcess | None:
    found: CommandProcess | None = st.session_state.get(_key(command))
    return found


def _watch(command: str) -> None:
    """How far it has come; it is looked at again until it has ended."""
    running = _find_process(command)
    working = running is not None and running.exit_code is None
    st.fragment(_show_progress, run_every=EVERY if working else None)(command, working)


def _show_progress(command: str, was_working: bool) -> None:
    running = _find_process(command)
    if running is None:
        return
    lines, code = running.read_lines(), running.exit_code
    if code is None:
        st.status(lines[-1] if lines else "Starting ...", state="running")
        if st.button("Stop", key=f"stop {command}"):
            running.end()
            st.rerun()
    elif was_working:
        st.cache_data.clear()  # the store has changed
        st.rerun()
    elif code == 0:
        st.success("Done.", icon=":material/check:")
    else:
        st.error(f"It ended without a result (exit code {code}).", icon=":material/error:")
    if lines:
        with st.expander("What it said", expanded=code not in (None, 0)):
            st.code(
                "\n".join(lines[-SHOWN_LINES:] if code is None else lines), language=None, wrap_lines=True
            )
