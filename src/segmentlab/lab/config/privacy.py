"""What a command writes may hold customers: it is for its owner alone, unless the user says otherwise."""

import os
from pathlib import Path
from typing import Final

from segmentlab.errors import ConfigError

UMASK_VARIABLE: Final = "SEGMENTLAB_UMASK"
OWNER_ALONE: Final = 0o077  # files 0600, folders 0700


def keep_private() -> None:
    """Take from everybody else what this process and those that it starts make, temporary files as well.

    Files that are there already stay as they are. A group that shall read them is let in by the variable, as
    in SEGMENTLAB_UMASK=027.
    """
    os.umask(_read_umask(os.environ.get(UMASK_VARIABLE)))


def create_private_file(path: Path) -> None:
    """An empty file that its owner alone may read, whatever the umask of the process: Python has its own."""
    path.touch(mode=0o666 if UMASK_VARIABLE in os.environ else 0o600)


def _read_umask(given: str | None) -> int:
    if given is None:
        return OWNER_ALONE
    try:
        wanted = int(given, 8)
    except ValueError:
        wanted = -1
    if not 0 <= wanted <= 0o777:
        raise ConfigError(
            f"{UMASK_VARIABLE}={given} is no umask: write 077, or 027 for a group that may read."
        )
    return wanted
