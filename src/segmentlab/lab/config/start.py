"""How a command is typed where this process was started: as a script of the checkout, or by our own name."""

import shutil
import sys
from pathlib import Path
from typing import Final

from segmentlab.lab.config.folders import IN_CHECKOUT, PACKAGE, ROOT

NAME: Final = PACKAGE.name  # of the package, and of the command that it installs


def write_start(command: str) -> str:
    """How a command begins in messages and records, on whatever machine: `python src/run.py`.

    Whoever came in by `segmentlab run` or `python -m segmentlab`, or has no checkout, reads `segmentlab run`.
    """
    return f"{NAME} {command}" if _is_started_by_name() else f"python src/{command}.py"


def list_process_words(command: str) -> list[str]:
    """The words by which this process can start a command, whatever folder it is in."""
    if not _is_started_by_name():
        return [sys.executable, str(ROOT / "src" / f"{command}.py")]
    return [sys.executable, "-m", NAME, command]


def write_local_start(command: str) -> str:
    """How a command begins when it is typed in this folder, the environment activated or not."""
    if not _is_started_by_name():
        return f"{_shorten_python()} {_shorten(ROOT / 'src' / f'{command}.py')}"
    script = Path(sys.executable).with_name(NAME)
    if shutil.which(NAME) == str(script):
        return f"{NAME} {command}"
    return f"{_shorten(script) if script.exists() else f'{_shorten_python()} -m {NAME}'} {command}"


def write_viewer() -> str:
    """What to type to look at the runs in MLflow's pages."""
    return f"{NAME} ui" if _is_started_by_name() else "make ui"


def _is_started_by_name() -> bool:
    script = Path(sys.argv[0])
    return not IN_CHECKOUT or script.stem == NAME or script == PACKAGE / "__main__.py"


def _shorten_python() -> str:
    """This interpreter."""
    return "python" if shutil.which("python") == sys.executable else _shorten(Path(sys.executable))


def _shorten(path: Path) -> str:
    """As seen from this folder, where it lies in it."""
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else str(path)
