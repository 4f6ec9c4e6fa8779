"""The notebook at the edge: commands of notes are run where the store lacks them, and tables filled in."""

import shlex
import subprocess
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from statistics import mean
from typing import Final

from omegaconf import DictConfig

from segmentlab.errors import ConfigError, SegmentLabError
from segmentlab.lab.cli import print_line
from segmentlab.lab.config import Setup, list_process_words, write_start
from segmentlab.lab.notebook.jobs import find_command, list_jobs, perform_job, prepare_worker
from segmentlab.lab.notebook.note import Note, read_notes
from segmentlab.lab.notebook.notebook_runs import NotebookRuns, make_command_key
from segmentlab.lab.notebook.tables import TableSpec, make_note_table
from segmentlab.lab.tracking import open_store

RECENT_JOBS: Final = 40  # runs whose pace tells how long the rest will take
NOTEBOOK_EXPERIMENT: Final = "notebook"  # the experiment of the overlays

Job = tuple[str, ...]


def make_notebook(setup: Setup) -> None:
    """Run what is not there yet, make every table of the chosen notes, and write the notes at the end."""
    config = setup.config
    if config.workers is not None and config.workers < 1:
        raise ConfigError(f"workers={config.workers}: write 1 or more.")
    notes = read_notes(Path(config.folder), config.notes)
    commands = {line: find_command(line) for note in notes for line in note.commands}
    tables = sum(len(note.specs) for note in notes)  # one that is none is told before anything is made
    tracker = open_store(config.uri, NOTEBOOK_EXPERIMENT, artifacts=None)
    begun = time.monotonic()
    if not config.tables_only:
        jobs = dict.fromkeys(
            job for line, command in commands.items() if command == "run" for job in list_jobs(line)
        )
        known = {} if config.again else NotebookRuns(tracker).keys
        todo = [job for job in jobs if make_command_key(job) not in known]
        print_line(
            f"{len(jobs):,} runs in {len(notes)} notes; {len(jobs) - len(todo):,} are in the store already."
        )
        _run_jobs(todo, config)
        for line in (line for line, command in commands.items() if command == "compare"):
            _run_comparison(line, config.uri)
    _fill_in_notes(notes, NotebookRuns(tracker))
    print_line(f"{tables:,} tables are up to date. Done in {(time.monotonic() - begun) / 60:.1f} minutes.")


def _run_jobs(todo: Sequence[Job], config: DictConfig) -> None:
    """The runs side by side, each told when it has ended, with an estimate of what is left."""
    log = Path(config.log)
    log.parent.mkdir(parents=True, exist_ok=True)
    workers = min(config.workers or cpu_count() or 1, max(1, len(todo)))
    context = get_context("spawn")
    turns = context.Queue()
    for turn in range(workers):
        turns.put(turn)
    recent, refused = deque[float](maxlen=RECENT_JOBS), 0
    pool = ProcessPoolExecutor(
        workers, mp_context=context, initializer=prepare_worker, initargs=(turns, workers > 1)
    )
    try:
        asked = {pool.submit(perform_job, job, config.uri, log): job for job in todo}
        for done, future in enumerate(as_completed(asked), 1):
            ended = future.result()
            recent.append(ended.seconds)
            left = mean(recent) * (len(todo) - done) / workers / 60
            refused += ended.message is not None
            told = f"{ended.seconds:.0f} s" if ended.message is None else f"refused: {ended.message}"
            name = shlex.join(asked[future])
            print_line(f"[{done:,}/{len(todo):,}] {name}: {told.splitlines()[0]}; about {left:.0f} min left")
    finally:
        pool.shutdown(wait=True, cancel_futures=True)  # after an error or Ctrl-C nothing new begins
    if refused:
        print_line(f"{refused:,} runs were refused, for the reasons above; the store has them as failed.")


def _run_comparison(line: str, uri: str) -> None:
    """A comparison is quick, and has a process of its own as on the command line."""
    words = [*list_process_words("compare"), *shlex.split(line)[2:], f"tracking.uri={uri}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603  (our own command)
    if done.returncode:
        raise SegmentLabError(f"{line}: {done.stderr.strip()}")


def _fill_in_notes(notes: Sequence[Note], kept: NotebookRuns) -> None:
    """Every table first: a note is written when all of them could be made."""
    pages = {note: note.fill([_make_table(note, spec, kept) for spec in note.specs]) for note in notes}
    for note, page in pages.items():
        if page != note.text:
            draft = note.path.with_suffix(".draft")
            draft.write_text(page, encoding="utf-8")
            draft.replace(note.path)
            print_line(f"{note.path.name}: {len(note.specs)} tables were made.")


def _make_table(note: Note, spec: TableSpec, kept: NotebookRuns) -> str:
    try:
        return make_note_table(spec, kept, _parse_overrides)
    except ConfigError as error:
        raise ConfigError(f"{note.path.name}, {error}") from error


def _parse_overrides(reference: str) -> Job:
    """`experiment=0003 seed=1`, as a note names a run."""
    (job,) = list_jobs(f"{write_start('run')} {reference}")
    return job
