"""What every command shares: grammar, help, errors and exit codes.

0 is done, 2 is an error. An error that the user can act on is its message alone; anything else is a
defect of ours and shows its traceback.
"""

import functools
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

from segmentlab.command import collector
from segmentlab.command.guidance import explain, overlay
from segmentlab.command.help import help_text
from segmentlab.errors import ConfigError, SegmentLabError
from segmentlab.repository import ROOT
from segmentlab.settings import check, register

ERROR = 2
INTERRUPTED = 130
# An id of a run, alone or in a list, that is all digits; what is in quotes already stays as it is.
NUMBERS = re.compile(r"""(?P<quoted>"[^"]*"|'[^']*')|(?<=[=\[,\s])[0-9][0-9e]*(?=\s*(?:[,\]]|$))""")


class ToldError(Exception):
    """A failure that the job of a multirun has told already."""


def task(function: Callable[[DictConfig], None]) -> Callable[[DictConfig], None]:
    """Make a function a job of Hydra whose failures are told once and at once.

    In a multirun the other jobs go on, and Hydra ends the command with the first failure.
    """

    @functools.wraps(function)
    def job(config: DictConfig) -> None:
        try:
            check(config)
            function(config)
        except SegmentLabError as error:
            _tell(error)
            if HydraConfig.get().mode == RunMode.RUN:
                sys.exit(ERROR)
            raise ToldError from error

    return job


def entry(main: Callable[[], None], config_name: str) -> None:
    """Run a command from its arguments to its exit code."""
    collector.pause()
    signal.signal(signal.SIGTERM, _terminate)
    if {"--help", "-h"} & set(sys.argv[1:]):
        sys.stdout.write(help_text(config_name))
        return
    try:
        prepare_hydra()
        sys.argv[1:] = [
            overlay(_opened(ids_as_text(argument))) for argument in sorted(sys.argv[1:], key=_flags_first)
        ]
        os.environ.setdefault("HYDRA_FULL_ERROR", "1")  # Hydra raises to us instead of printing
        main()
    except KeyboardInterrupt:
        _tell(SegmentLabError("Stopped. A run that had begun is in the store as KILLED."))
        sys.exit(INTERRUPTED)
    except Exception as error:
        _tell(_in_words(error, config_name))
        sys.exit(ERROR)


def prepare_hydra() -> None:
    """What configurations need before one is composed: their types, and where the repository is."""
    register()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)


def _in_words(error: Exception, config_name: str) -> Exception | None:
    """What to tell of an error: its message, a better one than Hydra's, or all there is of a defect."""
    match error:
        case ToldError():
            return None
        case SegmentLabError():
            return error
        case HydraException() | OmegaConfBaseException():
            return ConfigError(explain(error, config_name))
        case OSError():
            place, reason = error.filename or "A file", error.strerror or error
            return SegmentLabError(f"{place}: {reason}. Check that it is there, and can be read and written.")
    traceback.print_exception(error)
    return SegmentLabError("This is a defect of SegmentLab. Please report it with the lines above.")


def _flags_first(argument: str) -> bool:
    """Hydra takes -m only before the overrides; people type it anywhere."""
    return argument not in ("-m", "--multirun")


def ids_as_text(argument: str) -> str:
    """The beginning of a run's id may look like a number: 12e345 becomes infinity, 012345 loses its zero."""
    if not argument.startswith(("run_id=", "runs=")):
        return argument
    return NUMBERS.sub(lambda found: found["quoted"] or f'"{found[0]}"', argument)


def _opened(argument: str) -> str:
    """A study's space has a key for every parameter there is, so Hydra has to be told that a key is new."""
    return f"++{argument}" if argument.startswith("tune.space.") else argument


def _tell(error: Exception | None) -> None:
    """The message, and what was noted on its way up: a run that could not be closed, for instance."""
    if error is not None:
        sys.stderr.write("\n".join([f"Error: {error}", *getattr(error, "__notes__", ())]) + "\n")


def _terminate(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends a run like Ctrl-C: in order."""
    raise KeyboardInterrupt
