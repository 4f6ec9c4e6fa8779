"""What a command says: lines for people, or one object of JSON per line, and never a secret in either."""

import io
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final, TextIO

from segmentlab.errors import ConfigError
from segmentlab.redaction import redact_known

FORMS: Final = ("text", "json")
FORM_VARIABLE: Final = "SEGMENTLAB_LOG"  # for every command; log= says it for one
FORM_WORD: Final = "log="
# Of these `log=` is a file, and has been before there was a form.
OWN_LOG: Final = ("notebook", "app")


@dataclass
class Journal:
    """Lines of JSON, each with what is known by then of the command: its run, its day, its step."""

    command: str
    said: TextIO  # where lines go
    facts: dict[str, str | None] = field(default_factory=lambda: {"run": None, "day": None, "step": None})
    seconds: dict[str, float] = field(default_factory=dict)  # of each step that has ended
    begun: float = field(default_factory=time.perf_counter)
    _step_begun: float = 0.0

    def write(self, target: TextIO, level: str, message: str, **more: object) -> None:
        """One line."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        told = {"time": now, "level": level, "command": self.command, **self.facts, "message": message}
        target.write(redact_known(json.dumps({**told, **more}, ensure_ascii=False)) + "\n")
        target.flush()

    def begin(self, step: str) -> None:
        """A step begins; the one before it has ended."""
        self.end()
        self.facts["step"], self._step_begun = step, time.perf_counter()

    def end(self) -> None:
        """The step has ended, and says how long it took."""
        step = self.facts["step"]
        if step is not None:
            taken = time.perf_counter() - self._step_begun
            self.seconds[step] = round(self.seconds.get(step, 0.0) + taken, 3)
            self.write(self.said, "info", f"{step} has ended", seconds=round(taken, 3))
            self.facts["step"] = None

    def close(self, code: int) -> None:
        """The last line: how it ended, and how long everything took."""
        self.facts["step"] = None
        whole = round(time.perf_counter() - self.begun, 3)
        level = "error" if code > 1 else "info"
        told = {"exit": code, "seconds": whole, "steps": self.seconds}
        self.write(self.said, level, f"ended with {code}", **told)


_OPEN: Final[list[Journal]] = []  # of the command that runs, where it writes JSON


def find_journal() -> Journal | None:
    """The journal of the command that runs; nothing where it writes for people."""
    return _OPEN[-1] if _OPEN else None


def note_facts(run: str | None = None, day: date | str | None = None) -> None:
    """What every line from now on says: the run, and the day that is looked at."""
    journal = find_journal()
    if journal is not None:
        told = {"run": run, "day": None if day is None else str(day)}
        journal.facts |= {key: value for key, value in told.items() if value is not None}


def tell_error(message: str) -> None:
    """What went wrong: one line of JSON, however many lines it has for people."""
    journal = find_journal()
    if journal is None:
        sys.stderr.write(f"{message}\n")
    else:
        journal.write(_real(sys.stderr), "error", message.strip())


class Outlet(io.TextIOBase):
    """A stream of the process without its secrets."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream

    def write(self, text: str) -> int:
        """Pass it on."""
        self.stream.write(redact_known(text))
        return len(text)

    def flush(self) -> None:
        """At once."""
        self.stream.flush()

    def isatty(self) -> bool:
        """Whether somebody looks at it."""
        return self.stream.isatty()

    def fileno(self) -> int:
        """What the system calls it."""
        return self.stream.fileno()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Which letters it takes."""
        return self.stream.encoding


class LineOutlet(Outlet):
    """A stream of which every line becomes an object of JSON."""

    def __init__(self, stream: TextIO, journal: Journal, level: str) -> None:
        super().__init__(stream)
        self.journal, self.level, self._rest = journal, level, ""

    def write(self, text: str) -> int:
        """Each line that is whole and has something in it."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(str.strip, lines):
            self.journal.write(self.stream, self.level, line.rstrip())
        return len(text)

    def isatty(self) -> bool:
        """JSON is for programs."""
        return False

    def end(self) -> None:
        """What has not ended with a line is one."""
        self.write("\n")


def _real(stream: TextIO) -> TextIO:
    return stream.stream if isinstance(stream, Outlet) else stream


def find_form(command: str, words: Sequence[str], variables: Mapping[str, str] = os.environ) -> str:
    """`json` or `text`, known before a configuration is: its errors are told in that form, too."""
    typed = [] if command in OWN_LOG else [word for word in words if word.lstrip("+").startswith(FORM_WORD)]
    form = typed[-1].partition("=")[2].strip("'\"") if typed else variables.get(FORM_VARIABLE, FORMS[0])
    if form not in FORMS:
        name = FORM_WORD if typed else f"{FORM_VARIABLE}="
        raise ConfigError(f"{name}{form}: write {' or '.join(FORMS)}.")
    return form


def check_form(command: str, config: Mapping[Any, Any]) -> None:
    """Refuse a form that an overlay asks for: lines were written before it was read."""
    form = "text" if find_journal() is None else "json"
    if command not in OWN_LOG and config["log"] != form:
        raise ConfigError(
            f"log={config['log']}: an overlay is read too late for it. Type log={config['log']}, or set "
            f"{FORM_VARIABLE}."
        )


@contextmanager
def open_journal(command: str, form: str) -> Iterator[None]:
    """Everything that the process says passes here until the command has ended."""
    before = sys.stdout, sys.stderr
    if form == "text":
        sys.stdout, sys.stderr = Outlet(before[0]), Outlet(before[1])
        try:
            yield
        finally:
            sys.stdout, sys.stderr = before
        return
    journal = Journal(command, before[0])
    outlets = LineOutlet(before[0], journal, "info"), LineOutlet(before[1], journal, "warning")
    sys.stdout, sys.stderr = outlets
    _OPEN.append(journal)
    code = 1
    try:
        yield
        code = 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else 0 if ending.code is None else 1
        raise
    finally:
        for outlet in outlets:
            outlet.end()
        journal.close(code)
        _OPEN.pop()
        sys.stdout, sys.stderr = before
