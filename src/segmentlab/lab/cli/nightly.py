"""Every night in one command: take in what was delivered, check it, score, publish, watch, and note it down.

Whatever a killed night has done is done again and gives the same: a day takes the place of itself in the
history and in a table, a file is taken in once, and the ledger comes last.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

from omegaconf import DictConfig
from rich.console import Console

from segmentlab.errors import ConfigError, DataError, StoreError
from segmentlab.flow import StepTimer
from segmentlab.lab.cli.monitor import LOOK_EXIT, build_look
from segmentlab.lab.cli.night_desk import NightDesk
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.score import build_output
from segmentlab.lab.cli.screen import make_table, open_console, print_prose
from segmentlab.lab.config import Setup, parse_day
from segmentlab.lab.nights import InboxFile, Night, NightLedger, NightState, find_last_scored, list_due_days
from segmentlab.lab.outputs import OutputFile, OutputTable

REFUSED_EXIT: Final = 3
EXITS: Final = {NightState.DONE: 0, NightState.LOOK: LOOK_EXIT, NightState.REFUSED: REFUSED_EXIT}


def run_nights(setup: Setup) -> None:
    """Do this night, and those before it that were missed, in their order.

    Exits with 1 where somebody should look, and with 3 where what was delivered for today was refused.
    """
    config = setup.config
    output, today = build_output(config), parse_day(config.today, "today")
    if today is None or config.fill < 0:
        raise ConfigError("today= takes today or a date such as 2011-12-10, and fill= days from 0 up.")
    build_look(config, today)  # what can be refused is refused first
    with _hold_lock(config), show_progress() as narrator:
        done, waiting = _spend_nights(config, output, today, StepTimer(narrator.begin))
    show_nights(done, waiting)
    code = EXITS[done[-1].state]
    if not code and (waiting or any(night.state != NightState.DONE for night in done)):
        code = LOOK_EXIT
    if code:
        sys.exit(code)


def _spend_nights(
    config: DictConfig, output: OutputFile | OutputTable, today: date, steps: StepTimer
) -> tuple[list[Night], list[InboxFile]]:
    """The nights that were due, and the files that wait for somebody."""
    ledger = NightLedger(config.history)
    days = _list_days(ledger, today, config.fill)
    try:
        desk = NightDesk.open(config, output, days[0], today, steps)
    except DataError as error:
        night = Night(today, NightState.REFUSED, config.model_uri, "", 0, 0, 0, 0, "", str(error))
        ledger.keep(night)
        return [night], []
    done = [desk.spend(day) for day in days]
    return done, [] if desk.inbox is None else desk.inbox.list_refused()


def _list_days(ledger: NightLedger, today: date, fill: int) -> list[date]:
    nights = ledger.list_nights()
    last = find_last_scored(nights)
    if last is not None and last.day > today:
        raise ConfigError(
            f"today={today}: {last.day} was scored already, and no older day comes after it. To score a day "
            "of the past, use score.py with an output and a history of its own."
        )
    return list_due_days(nights, today, fill)


def show_nights(
    nights: Sequence[Night], waiting: Sequence[InboxFile], console: Console | None = None
) -> None:
    """A row for each night, in full what was refused last, and what waits for somebody."""
    console = console or open_console()
    rows = [(str(night.day), str(night.state), f"{night.new_lines:,}", _shorten(night)) for night in nights]
    headings = ("day", "state", "new lines", "told")
    console.print(make_table(headings, rows, title="Nights", left=("day", "state", "told")))
    refused = [night for night in nights if not night.is_scored]
    if refused:
        print_prose(f"{refused[-1].day} was refused: {refused[-1].told}", console)
    for one in waiting:
        print_prose(f"{one.name} was refused, and waits: {one.told}", console)


def _shorten(night: Night) -> str:
    """Of what was refused the first reason; all of them stand below, once."""
    lines = night.told.splitlines() or [""]
    return next((line for line in lines if line.startswith("- ")), lines[0])


@contextmanager
def _hold_lock(config: DictConfig) -> Iterator[None]:
    """One night at a time; the lock goes with its process, however that ends."""
    from filelock import FileLock, Timeout

    place = Path(config.page).absolute().parent  # the page comes with the first look
    place.mkdir(parents=True, exist_ok=True)
    lock = FileLock(place / ".nightly.lock")
    try:
        lock.acquire(timeout=config.wait)
    except Timeout:
        raise StoreError(
            f"Another night was at work for {config.wait:g} seconds (wait=). Try again when it has ended."
        ) from None
    try:
        yield
    finally:
        lock.release()
