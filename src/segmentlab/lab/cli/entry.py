"""What every command shares: grammar, help, errors and exit codes.

0 is done, 2 is an error. An error that the user can act on is its message alone; anything else is a
defect of ours and shows its traceback.
"""

import atexit
import gc
import importlib
import os
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from types import FrameType

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from segmentlab import __version__
from segmentlab.errors import ConfigError, SegmentLabError
from segmentlab.lab.cli.completion import BASH_SCRIPT, COMPLETION_FLAGS, find_unfinished_command
from segmentlab.lab.config import (
    AGAIN_WORD,
    CONF,
    check_settings,
    explain_error,
    find_nearest_name,
    prepare_hydra,
    prepare_words,
    read_setup,
    write_command_list,
    write_help,
)

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
ERROR_EXIT = 2
INTERRUPTED_EXIT = 130
# The job of each command. What is slow to import waits until its configuration is known to be right.
COMMANDS = {
    "run": "segmentlab.lab.cli.run:run_experiment",
    "compare": "segmentlab.lab.cli.compare:compare_runs",
    "promote": "segmentlab.lab.cli.promote:promote_run",
    "score": "segmentlab.lab.cli.score:score_customers",
    "update": "segmentlab.lab.cli.update:update_scores",
    "monitor": "segmentlab.lab.cli.monitor:monitor_model",
    "baskets": "segmentlab.lab.cli.baskets:find_basket_rules",
    "campaign": "segmentlab.lab.cli.campaign:run_campaign",
    "forget": "segmentlab.lab.cli.forget:forget_customer",
    "notebook": "segmentlab.lab.notebook.make:make_notebook",
    "ui": "segmentlab.lab.cli.ui:show_pages",
    "app": "segmentlab.lab.dashboard.start:start_dashboard",
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
        prepare_hydra()
        words = prepare_words(sys.argv[1:], name)
        sys.argv[1:] = _repeat_run(words) if name == "run" else words
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra raises to us instead of printing
        hydra.main(version_base="1.3", config_path=str(CONF), config_name=name)(_make_job(name))()
    except KeyboardInterrupt:
        _print_error(SegmentLabError("Stopped. A run that had begun is in the store as KILLED."))
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:
        _print_error(_explain_any_error(error, name))
        sys.exit(ERROR_EXIT)


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
            module, _, function = COMMANDS[name].partition(":")
            getattr(importlib.import_module(module), function)(read_setup(name, config))
        except Exception as error:
            told = _explain_failure(error)
            if told is None:
                raise
            _print_error(told)
            if HydraConfig.get().mode == RunMode.RUN:
                sys.exit(ERROR_EXIT)
            raise ReportedError from error

    return job


def _explain_failure(error: Exception) -> SegmentLabError | None:
    """What a person can act on; nothing of an error that Hydra or Python has to tell of."""
    if isinstance(error, SegmentLabError):
        return error
    from segmentlab.transactions import explain_full_memory

    return explain_full_memory(error)


def _explain_any_error(error: Exception, config_name: str) -> Exception | None:
    """What to tell of an error: its message, a better one than Hydra's, or all there is of a defect."""
    match error:
        case ReportedError():
            return None
        case SegmentLabError():
            return error
        case HydraException() | OmegaConfBaseException():
            return ConfigError(explain_error(error, config_name, sys.argv[1:]))
        case OSError():
            place, reason = error.filename or "A file", error.strerror or error
            return SegmentLabError(f"{place}: {reason}. Check that it is there, and can be read and written.")
    traceback.print_exception(error)
    return SegmentLabError("This is a defect of SegmentLab. Please report it with the lines above.")


def _print_error(error: Exception | None) -> None:
    """The message, and what was noted on its way up: a run that could not be closed, for instance."""
    if error is not None:
        sys.stderr.write("\n".join([f"Error: {error}", *getattr(error, "__notes__", ())]) + "\n")


def _end_on_signal(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run in order, whatever it is at."""
    raise EndedBySignal
