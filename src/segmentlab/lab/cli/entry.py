"""What every command shares: grammar, help, errors and exit codes.

0 is done, 2 is an error. An error that the user can act on is its message alone; anything else is a
defect of ours and shows its traceback.
"""

import atexit
import functools
import gc
import os
import re
import signal
import sys
import traceback
from collections.abc import Callable
from types import FrameType

from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from hydra.types import RunMode
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from segmentlab.errors import ConfigError, SegmentLabError
from segmentlab.lab.cli.guidance import complete_overlay, explain_error, write_help
from segmentlab.lab.config import ROOT, check_settings, register_settings

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


ERROR_EXIT = 2
INTERRUPTED_EXIT = 130
# An id of a run, alone or in a list, that is all digits; what is in quotes already stays as it is.
NUMBER_LIKE = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|(?<=[=\[,\s])[0-9][0-9e]*(?=\s*(?:[,\]]|$))""")


class ReportedError(Exception):
    """A failure that the job of a multirun has told already."""


def make_task(function: Callable[[DictConfig], None]) -> Callable[[DictConfig], None]:
    """Make a function a job of Hydra whose failures are told once and at once.

    In a multirun the other jobs go on, and Hydra ends the command with the first failure.
    """

    @functools.wraps(function)
    def job(config: DictConfig) -> None:
        try:
            check_settings(config)
            function(config)
        except SegmentLabError as error:
            _print_error(error)
            if HydraConfig.get().mode == RunMode.RUN:
                sys.exit(ERROR_EXIT)
            raise ReportedError from error

    return job


def entry(main: Callable[[], None], config_name: str) -> None:
    """Run a command from its arguments to its exit code."""
    pause_collector()
    signal.signal(signal.SIGTERM, _end_on_signal)
    if {"--help", "-h"} & set(sys.argv[1:]):
        sys.stdout.write(write_help(config_name))
        return
    try:
        prepare_hydra()
        sys.argv[1:] = [
            complete_overlay(_open_study_space(quote_ids(argument)))
            for argument in sorted(sys.argv[1:], key=_move_flags_first)
        ]
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra raises to us instead of printing
        main()
    except KeyboardInterrupt:
        _print_error(SegmentLabError("Stopped. A run that had begun is in the store as KILLED."))
        sys.exit(INTERRUPTED_EXIT)
    except Exception as error:
        _print_error(_explain_any_error(error, config_name))
        sys.exit(ERROR_EXIT)


def prepare_hydra() -> None:
    """What configurations need before one is composed: their types, and where the repository is."""
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)


def _explain_any_error(error: Exception, config_name: str) -> Exception | None:
    """What to tell of an error: its message, a better one than Hydra's, or all there is of a defect."""
    match error:
        case ReportedError():
            return None
        case SegmentLabError():
            return error
        case HydraException() | OmegaConfBaseException():
            return ConfigError(explain_error(error, config_name))
        case OSError():
            place, reason = error.filename or "A file", error.strerror or error
            return SegmentLabError(f"{place}: {reason}. Check that it is there, and can be read and written.")
    traceback.print_exception(error)
    return SegmentLabError("This is a defect of SegmentLab. Please report it with the lines above.")


def _move_flags_first(argument: str) -> bool:
    """Hydra takes -m only before the overrides; people type it anywhere."""
    return argument not in ("-m", "--multirun")


def quote_ids(argument: str) -> str:
    """The beginning of a run's id may look like a number: 12e345 becomes infinity, 012345 loses its zero."""
    if not argument.startswith(("run_id=", "runs=")):
        return argument
    return NUMBER_LIKE.sub(lambda found: found["quoted"] or f'"{found[0]}"', argument)


def _open_study_space(argument: str) -> str:
    """A study's space has a key for every parameter there is, so Hydra has to be told that a key is new."""
    return f"++{argument}" if argument.startswith("tune.space.") else argument


def _print_error(error: Exception | None) -> None:
    """The message, and what was noted on its way up: a run that could not be closed, for instance."""
    if error is not None:
        sys.stderr.write("\n".join([f"Error: {error}", *getattr(error, "__notes__", ())]) + "\n")


def _end_on_signal(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run like Ctrl-C: in order."""
    raise KeyboardInterrupt
