"""Scores of very many customers: a folder of Parquet files in place of one file, and replaced as a whole."""

import hashlib
import os
import shutil
from pathlib import Path

import pandas as pd

from segmentlab.transactions import compute_content_digest


def list_parts(path: Path) -> list[Path]:
    """The files of an output: itself, or those in it."""
    return sorted(path.glob("*.parquet")) if path.is_dir() else [path]


def copy_parts(source: Path, target: Path) -> None:
    """Copy the files of a folder, numbered in their order: the names that Spark gives are never the same."""
    target.mkdir()
    for number, part in enumerate(list_parts(source)):
        shutil.copyfile(part, target / f"part-{number:05}.parquet")


def compute_output_digest(path: Path) -> str:
    """The digest of a file; of a folder that of the digests of its files, in order."""
    digests = [compute_content_digest(part) for part in list_parts(path)]
    return hashlib.sha256(b"".join(digests)).hexdigest() if path.is_dir() else digests[0].hex()


def replace_output(draft: Path, path: Path) -> None:
    """Give a draft its name. A folder can't take the place of another at once: for a moment there is none."""
    if path.is_dir():
        remove_output(name_former(path))
        path.rename(name_former(path))
    if draft.is_dir() and path.exists():
        path.unlink()
    draft.replace(path)
    remove_output(name_former(path))


def name_former(path: Path) -> Path:
    """Where a folder is while another takes its place."""
    return path.with_name(f".{path.name}.former")


def remove_output(path: Path) -> None:
    """Remove a file or a folder, if it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync_to_disk(path: Path) -> None:
    """On the disk before it gets its name: a machine that stops leaves no empty file under a good name."""
    for part in list_parts(path):
        with part.open("rb") as stream:
            os.fsync(stream.fileno())


def drop_from_parts(folder: Path, draft: Path, customer_id: str) -> int:
    """Write all files of a folder anew without a customer, and tell how many rows that took."""
    gone = 0
    copy_parts(folder, draft)
    for part in list_parts(draft):
        rows = pd.read_parquet(part)
        others = rows["customer_id"] != customer_id
        if not others.all():
            gone += int((~others).sum())
            rows[others].to_parquet(part, index=False)
    return gone
