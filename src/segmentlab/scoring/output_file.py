"""Scores as a file that is always a whole one, with its manifest beside it."""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.scoring.manifest import KIND
from segmentlab.tracking.tables import write_table
from segmentlab.transactions.sources.file_state import content_digest

ENDINGS: Final = (".parquet", ".csv")


@dataclass(frozen=True)
class OutputFile:
    """`scored.parquet` or `scored.csv`, and `scored.parquet.manifest.json` beside it.

    Both are written under other names and renamed. A scoring that is killed before that leaves the last
    output and its manifest as they were. The manifest goes first, and names the digest of its output: one
    that is killed between the two renames leaves the last output whole, and its next run puts things right.
    """

    path: Path
    overwrite: bool

    def __post_init__(self) -> None:
        if self.path.suffix not in ENDINGS:
            raise ConfigError(f"output={self.path}: write a file that ends in {' or '.join(ENDINGS)}.")

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.path.with_name(f"{self.path.name}.manifest.json")

    def check(self) -> None:
        """Refuse a file that no scoring has written, before anything is computed."""
        if self.path.is_dir():
            raise ConfigError(
                f"output={self.path} is a folder: name a file in it, as in {self.path}/scored.parquet."
            )
        if self.path.exists() and not self.overwrite and not self._is_ours():
            raise ConfigError(
                f"output={self.path} is there, and no scoring wrote it ({self.manifest_path.name} is not "
                "beside it). Name another file, or replace it with overwrite=true."
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, scored: pd.DataFrame, manifest: Mapping[str, Any]) -> str:
        """Replace what is there, and tell where it is."""
        with self._alone():
            self.check()
            draft = self._draft(self.path.suffix)
            write_table(scored, draft)
            _settle(draft)
            told = {**manifest, "output": {"rows": len(scored), "sha256": content_digest(draft).hex()}}
            description = self._draft(".json")
            description.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
            _settle(description)
            description.replace(self.manifest_path)
            draft.replace(self.path)
        return f"{self.path}, with {self.manifest_path.name} beside it"

    def _draft(self, ending: str) -> Path:
        """One name for every draft: what a killed scoring left is written over by the next."""
        return self.path.with_name(f".{self.path.name}.draft{ending}")

    def _is_ours(self) -> bool:
        try:
            found = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return isinstance(found, dict) and found.get("kind") == KIND

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Two scorings at once: the second is told. The lock goes with its process, however that ends."""
        from filelock import FileLock, Timeout

        lock = FileLock(self.path.with_name(f".{self.path.name}.lock"))
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise ConfigError(
                f"output={self.path}: another scoring is writing it. Wait until it has ended."
            ) from None
        try:
            yield
        finally:
            lock.release()


def _settle(path: Path) -> None:
    """On the disk before it gets its name: a machine that stops leaves no empty file under a good name."""
    with path.open("rb") as stream:
        os.fsync(stream.fileno())
