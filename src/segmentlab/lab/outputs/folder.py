"""Files for people in a folder: each whole or not there, and for nobody's eyes but the owner's."""

import os
from collections.abc import Mapping
from pathlib import Path
from shutil import disk_usage
from typing import Final

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.lab.config import create_private_file
from segmentlab.lab.outputs.parts import sync_to_disk
from segmentlab.lab.tracking import name_file, write_table
from segmentlab.redaction import redact_known

LEAST_ROOM: Final = 1_000_000  # bytes; with less even a small output does not end


def check_room(path: Path, what: str) -> None:
    """Refuse a file that can't be written where it shall be, before anything is computed for it."""
    probe = path.with_name(f".{path.name}.probe")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
        room = disk_usage(path.parent).free
    except OSError as error:
        raise ConfigError(
            f"{what} can't be written: {error.strerror}. Name a file in a folder of yours."
        ) from error
    if room < LEAST_ROOM:
        raise ConfigError(
            f"{what} can't be written: its disk is full, {room:,} bytes are left. Make room, or name another."
        )


def check_output_folder(folder: Path, key: str = "output") -> Path:
    """The folder, if it is one that can be written to, or can be made: told before anything is computed."""
    place = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not (place.is_dir() and os.access(place, os.W_OK | os.X_OK)):
        raise ConfigError(f"{key}={folder}: {place} is no folder that can be written to. Name another.")
    return folder


def write_private_files(folder: Path, files: Mapping[str, pd.DataFrame | str]) -> None:
    """Write tables (.csv, .parquet) and texts below the folder.

    Each is written under another name, readable by its owner alone, and renamed when it is on the disk: who
    looks while a command is killed sees the last one or the next. In CSV no cell is a formula.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        place = folder / name
        draft = place.with_name(f".draft-{place.name}")
        draft.unlink(missing_ok=True)
        create_private_file(draft)
        with name_file(place):
            if isinstance(content, str):
                draft.write_text(redact_known(content), encoding="utf-8")
            else:
                write_table(content, draft)
            sync_to_disk(draft)
            draft.replace(place)
