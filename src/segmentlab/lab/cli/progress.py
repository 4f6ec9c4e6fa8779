"""What a person sees while a command works: its steps, and inside a long one what the core logs of it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.status import Status

from segmentlab.lab.cli.journal import Journal, find_journal
from segmentlab.lab.cli.screen import open_console, print_line, print_prose

STEP_NAMES = {
    "store": "Opening the store",
    "known": "Looking for the data",
    "deliveries": "Taking in what was delivered",
    "data": "Reading the data",
    "profile": "Profiling the data",
    "clean": "Cleaning the transactions",
    "features": "Computing features",
    "facts": "Gathering what customers did",
    "purchases": "Counting who bought what",
    "holdout": "Going back before the holdout",
    "tune": "Tuning",
    "choose": "Judging the front",
    "fit": "Fitting the segments",
    "evaluate": "Evaluating",
    "segments": "Profiling the segments",
    "products": "Choosing what to recommend",
    "value": "Looking ahead",
    "baskets": "Finding what goes together",
    "stock": "Looking at what to have in stock",
    "report": "Drawing the report",
    "record": "Recording the run",
    "state": "Opening what is kept",
    "add": "Adding new lines",
    "settle": "Bringing customers up to date",
    "follow": "Moving the centres",
    "model": "Loading the model",
    "place": "Placing the customers",
    "history": "Looking at the scoring before",
    "write": "Writing the scores",
    "goal": "Finding the people",
    "rehearsal": "Looking at people like them before",
    "plan": "Planning",
    "measure": "Measuring",
    "compare": "Comparing",
    "remember": "Remembering the campaign",
    "lists": "Writing the lists",
    "tables": "Writing page and tables",
}


class Narrator(logging.Handler):
    """Plain lines: one per step, one per message of the core."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self.console = console
        self.step = ""

    def begin(self, step: str) -> None:
        """A step begins, and the one before it has ended."""
        self.step = STEP_NAMES[step]
        print_line(f"{self.step} ...", self.console)

    def emit(self, record: logging.LogRecord) -> None:
        """How far a long step has come."""
        print_prose(f"  {record.getMessage()}", self.console)

    def end(self) -> None:
        """The last step has ended."""


class LiveNarrator(Narrator):
    """One line that moves, and a tick for each step that has ended."""

    def __init__(self, console: Console, status: Status) -> None:
        super().__init__(console)
        self.status = status

    def begin(self, step: str) -> None:
        """Tick the step before, and show this one."""
        self.end()
        self.step = STEP_NAMES[step]
        self.status.update(f"{self.step} ...")

    def emit(self, record: logging.LogRecord) -> None:
        """How far it has come, on the same line. What has to be known stays."""
        if record.levelno >= logging.WARNING:
            super().emit(record)
        else:
            self.status.update(f"{self.step}: {record.getMessage()}")

    def end(self) -> None:
        """Leave a tick, once."""
        if self.step:
            self.console.print(f"[green]✓[/green] {self.step}")
            self.step = ""


class JournalNarrator(Narrator):
    """Steps with their names in code and their seconds, messages with their level."""

    def __init__(self, console: Console, journal: Journal) -> None:
        super().__init__(console)
        self.journal = journal

    def begin(self, step: str) -> None:
        """A step begins."""
        self.journal.begin(step)
        super().begin(step)

    def emit(self, record: logging.LogRecord) -> None:
        """A message of the core."""
        self.journal.write(self.journal.said, record.levelname.lower(), record.getMessage())

    def end(self) -> None:
        """The last step has ended."""
        self.journal.end()


@contextmanager
def show_progress(console: Console | None = None) -> Iterator[Narrator]:
    """Yields who tells of the steps."""
    console, journal = console or open_console(), find_journal()
    if journal is not None:
        with _listen_to_logs(JournalNarrator(console, journal)) as narrator:
            yield narrator
    elif console.is_terminal:
        with (
            console.status("Starting ...") as status,
            _listen_to_logs(LiveNarrator(console, status)) as narrator,
        ):
            yield narrator
    else:
        with _listen_to_logs(Narrator(console)) as narrator:
            yield narrator


@contextmanager
def _listen_to_logs(narrator: Narrator) -> Iterator[Narrator]:
    core = logging.getLogger("segmentlab")
    core.setLevel(logging.INFO)
    core.addHandler(narrator)
    try:
        yield narrator
        narrator.end()
    finally:
        core.removeHandler(narrator)
