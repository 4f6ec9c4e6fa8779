"""What every command shares: grammar, help, errors and exit codes.

0 is done, 2 is an error. An error that the user can act on is its message alone; anything else is a
defect of ours and shows its traceback.
"""

import atexit
import errno
import gc
import importlib
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from segmentlab import __version__
from segmentlab.errors import ConfigError, SegmentLabError
from segmentlab.lab.cli.completion import BASH_SCRIPT, COMPLETION_FLAGS, find_unfinished_command
from segmentlab.lab.cli.journal import check_form, find_form, note_facts, open_journal, tell_error
from segmentlab.lab.config import (
    AGAIN_WORD,
    CONF,
    check_settings,
    explain_error,
    find_nearest_name,
    keep_private,
    prepare_hydra,
    prepare_words,
    read_setup,
    write_command_list,
    write_help,
)
from segmentlab.redaction import redact_text

# When the garbage collector works.
#
# Imported code is made of hundreds of thousands of objects that live to the end. Searching them for
# garbage, while they load and once more at exit, took a third of a short run's time.


def pause_collector() -> None:
    """No search while libraries load, and none through what is left at exit."""
    gc.disable()
    atexit.register(gc.freeze)


def resume_collector() -> None:
    """What is loaded by now stays; what comes after is looked after as usual.

    Once: of several runs in a process, what one has left is no code for the next.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()


VERSION = f"segmentlab {__version__}\n"
CONTROLS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f]"
)  # in a message they are the data's, and steer terminals
ENDLESS = re.compile(r"\S{600,}")  # what no name is, but a spoilt line may be
SHOWN_LETTERS = 200
ERROR_EXIT = 2
INTERRUPTED_EXIT = 130
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # a disk, a share of it, a file
# The job of each command. What is slow to import waits until its configuration is known to be right.
COMMANDS = {
    "run": "segmentlab.lab.cli.run:run_experiment",
    "compare": "segmentlab.lab.cli.compare:compare_runs",
    "promote": "segmentlab.lab.cli.promote:promote_run",
    "score": "segmentlab.lab.cli.score:score_customers",
    "nightly": "segmentlab.lab.cli.nightly:run_nights",
    "update": "segmentlab.lab.cli.update:update_scores",
    "monitor": "segmentlab.lab.cli.monitor:monitor_model",
    "baskets": "segmentlab.lab.cli.baskets:find_basket_rules",
    "campaign": "segmentlab.lab.cli.campaign:run_campaign",
    "forget": "segmentlab.lab.cli.forget:forget_customer",
    "notebook": "segmentlab.lab.notebook.make:make_notebook",
    "ui": "segmentlab.lab.cli.ui:show_pages",
    "app": "segmentlab.lab.dashboard.start:start_dashboard",
    "serve": "segmentlab.lab.live.start:serve_purchases",
}


class ReportedError(Exception):
    """A failure that the job of a multirun has told already."""


def run_named_command() -> None:
    """`segmentlab run model=kmeans`: the first word is the command, the others are for it."""
    match sys.argv[1:]:
        case [] | ["--help" | "-h", *_]:
            sys.stdout.write(write_command_list(list(COMMANDS)))
        case ["--version", *_]:
            sys.stdout.write(VERSION)
        case [flag, "install=bash"] if flag in COMPLETION_FLAGS:
            sys.stdout.write(BASH_SCRIPT)
        case [flag, "query=bash"] if flag in COMPLETION_FLAGS:
            complete_line()
        case [name, *others] if name in COMMANDS:
            sys.argv[1:] = others
            run_command(name)
        case [name, *_]:
            _print_error(ConfigError(f"{name} is no command. {find_nearest_name(name, list(COMMANDS))}"))
            sys.exit(ERROR_EXIT)


def complete_line() -> None:
    """The words that may stand at the end of the line that is being typed."""
    name = find_unfinished_command(list(COMMANDS))
    if name is None:
        sys.stdout.write(" ".join(COMMANDS))
    else:
        run_command(name)


class EndedBySignal(KeyboardInterrupt):
    """Somebody ends the process: unlike Ctrl-C, it is no answer to what is on the screen."""


def run_command(name: str) -> None:
    """Run a command from its arguments to its exit code."""
    pause_collector()
    signal.signal(signal.SIGTERM, _end_on_signal)
    if {"--help", "-h"} & set(sys.argv[1:]):
        sys.stdout.write(write_help(name))
        return
    if "--version" in sys.argv[1:]:
        sys.stdout.write(VERSION)
        return
    try:
        form = find_form(name, sys.argv[1:])
    except ConfigError as error:
        _print_error(error)
        sys.exit(ERROR_EXIT)
    with open_journal(name, form):
        _run_to_the_end(name)


def _run_to_the_end(name: str) -> None:
    """The command with its exit code, whatever happens in it."""
    try:
        keep_private()
        prepare_hydra()
        words = prepare_words(sys.argv[1:], name)
        sys.argv[1:] = _say_mode(_repeat_run(words) if name == "run" else words)
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra raises to us instead of printing
        hydra.main(version_base="1.3", config_path=str(CONF), config_name=name)(_make_job(name))()
    except KeyboardInterrupt:
        _print_error(SegmentLabError("Stopped. A run that had begun is in the store as KILLED."))
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:
        _print_error(_explain_any_error(error, name))
        sys.exit(ERROR_EXIT)


def _say_mode(words: list[str]) -> list[str]:
    """One run, where no flag says otherwise: to find that out Hydra would compose everything once more."""
    is_said = any(word.startswith(("-", "hydra.mode")) for word in words)
    return words if is_said else ["--run", *words]


def _repeat_run(words: Sequence[str]) -> list[str]:
    """The words with what `again=` stands for. Only who repeats a run needs the store before all else."""
    if not any(word.startswith(AGAIN_WORD) for word in words):
        return list(words)
    from segmentlab.lab.experiment import repeat_run

    return repeat_run(words)


def _make_job(name: str) -> Callable[[DictConfig], None]:
    """A job of Hydra whose failures are told once and at once.

    In a multirun the other jobs go on, and Hydra ends the command with the first failure.
    """

    def job(config: DictConfig) -> None:
        try:
            check_settings(config)
            _redact_sweep()
            check_form(name, config)
            note_facts(day=config.get("as_of"))
            module, _, function = COMMANDS[name].partition(":")
            getattr(importlib.import_module(module), function)(read_setup(name, config))
        except Exception as error:  # or Hydra would repeat every word, and a password is one
            _print_error(_explain_any_error(error, name))
            if HydraConfig.get().mode == RunMode.RUN:
                sys.exit(ERROR_EXIT)
            raise ReportedError from error

    return job


def _redact_sweep() -> None:
    """Hydra keeps what was typed for a multirun in a file of its own, and that as it was typed."""
    hydra = HydraConfig.get()
    kept = Path(hydra.sweep.dir) / "multirun.yaml"
    if hydra.mode == RunMode.MULTIRUN and kept.is_file():
        kept.write_text(redact_text(kept.read_text(encoding="utf-8")), encoding="utf-8")


def _explain_any_error(error: Exception, config_name: str) -> Exception | None:
    """What to tell of an error: its message, a better one than Hydra's, or all there is of a defect."""
    match error:
        case ReportedError():
            return None
        case SegmentLabError():
            return error
        case HydraException() | OmegaConfBaseException() | YAMLError() | RecursionError():
            return ConfigError(explain_error(error, config_name, sys.argv[1:]))
        case OSError():
            return _explain_file_error(error)
    from segmentlab.transactions import explain_full_memory

    full = explain_full_memory(error)
    if full is not None:
        return full
    tell_error("".join(traceback.format_exception(error)).rstrip())
    return SegmentLabError("This is a defect of SegmentLab. Please report it with the lines above.")


def _explain_file_error(error: OSError) -> SegmentLabError:
    """Which file it is about, and what to do."""
    place, reason = error.filename or "A file", error.strerror or error
    full = error.errno in FULL or "No space left" in str(reason)
    advice = (
        "Make room on its disk, and type the command again"
        if full
        else "Check that it is there, and can be read and written"
    )
    return SegmentLabError(f"{place}: {reason}. {advice}.")


def _print_error(error: Exception | None) -> None:
    """The message, and what was noted on its way up: a run that could not be closed, for instance."""
    if error is not None:
        told = "\n".join([f"Error: {error}", *getattr(error, "__notes__", ())])
        short = ENDLESS.sub(lambda found: f"{found[0][:SHOWN_LETTERS]}...", told)
        tell_error(CONTROLS.sub(lambda found: repr(found[0])[1:-1], short))


def _end_on_signal(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run in order, whatever it is at."""
    raise EndedBySignal
