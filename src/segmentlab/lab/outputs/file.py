"""Scores as a file that is always a whole one, with its manifest beside it."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.lab.outputs.manifest import SCORES_KIND, Ready, subtract_deleted
from segmentlab.lab.outputs.parts import (
    compute_output_digest,
    copy_parts,
    drop_from_parts,
    name_former,
    remove_output,
    replace_output,
    sync_to_disk,
)
from segmentlab.lab.tracking import defuse_table, write_table

OUTPUT_ENDINGS: Final = (".parquet", ".csv")


@dataclass(frozen=True)
class OutputFile:
    """`scored.parquet` or `scored.csv`, and `scored.parquet.manifest.json` beside it.

    Of customers who stay in Spark it is a folder of Parquet files.

    Both are written under other names and renamed. A scoring that is killed before that leaves the last
    output and its manifest as they were. The manifest goes first, and names the digest of its output: one
    that is killed between the two renames leaves the last output whole, and its next run puts things right.
    """

    path: Path
    overwrite: bool
    older: bool = False  # whether an older day may take the place of a later one

    def __post_init__(self) -> None:
        if self.path.suffix not in OUTPUT_ENDINGS:
            raise ConfigError(f"output={self.path}: write a file that ends in {' or '.join(OUTPUT_ENDINGS)}.")

    @property
    def manifest_path(self) -> Path:
        """Where the manifest is."""
        return self.path.with_name(f"{self.path.name}.manifest.json")

    def check(self) -> None:
        """Refuse a file that no scoring has written, before anything is computed."""
        if self.path.is_dir() and not self._is_ours():
            raise ConfigError(
                f"output={self.path} is a folder: name a file in it, as in {self.path}/scored.parquet."
            )
        if self.path.exists() and not self.overwrite and not self._is_ours():
            raise ConfigError(
                f"output={self.path} is there, and no scoring wrote it ({self.manifest_path.name} is not "
                "beside it). Name another file, or replace it with overwrite=true."
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def check_day(self, as_of: date | None) -> None:
        """Refuse to put scores of an older day where those of a later one are: a job may have come late."""
        found = self._read_manifest()
        there = None if found is None else found.get("as_of")
        if as_of is None or there is None or self.older or date.fromisoformat(there) <= as_of:
            return
        raise ConfigError(
            f"output={self.path} has the scores of {there}, and these are older: as of {as_of}. Name another "
            "file, or put them in its place with overwrite=older."
        )

    def check_takes_parts(self) -> None:
        """Refuse what can't be a folder of Parquet files."""
        if not self._is_parquet:
            raise ConfigError(
                f"output={self.path}: Spark writes more customers than engine.most_here, as a folder of "
                "Parquet files. Name one that ends in .parquet, or raise engine.most_here."
            )

    def write(self, scored: pd.DataFrame, manifest: Mapping[str, Any], ready: Ready = None) -> str:
        """Replace what is there, and tell where it is; `ready` is called when it only has to get its name."""
        return self._replace(lambda draft: write_table(scored, draft), len(scored), manifest, ready)

    def write_parts(self, folder: Path, rows: int, manifest: Mapping[str, Any], ready: Ready = None) -> str:
        """Replace what is there by a folder of Parquet files with so many rows, and tell where it is."""
        return self._replace(lambda draft: copy_parts(folder, draft), rows, manifest, ready)

    def _replace(
        self,
        make: Callable[[Path], None],
        rows: int,
        manifest: Mapping[str, Any],
        ready: Ready,
    ) -> str:
        with self._lock():
            self.check()
            day = manifest.get("as_of")
            self.check_day(day and date.fromisoformat(day))  # now that nobody else can write
            draft = self._name_draft(self.path.suffix)
            remove_output(draft)
            try:
                make(draft)
                sync_to_disk(draft)
                if ready is not None:
                    ready()
            except BaseException:
                remove_output(draft)  # it holds customers
                raise
            self._describe({**manifest, "output": {"rows": rows, "sha256": compute_output_digest(draft)}})
            replace_output(draft, self.path)
        return f"{self.path}, with {self.manifest_path.name} beside it"

    def check_is_there(self) -> None:
        """Refuse what no scoring has written: its rows are not ours to delete."""
        if not self.path.exists() or not self._is_ours():
            raise ConfigError(
                f"files: {self.path} is no file that a scoring wrote, or {self.manifest_path.name} is not "
                "beside it. Correct files=, or delete the customer there yourself."
            )

    def forget(self, customer_id: str) -> int:
        """Write the file anew without a customer, and tell how many rows that took.

        The manifest follows, unless it tells of another output than this one: then a scoring was killed
        before it was done, or a deletion was, and writing the same rows again puts that right.
        """
        with self._lock():
            self.check_is_there()
            draft = self._name_draft(self.path.suffix)
            for left in (draft, name_former(self.path)):  # a killed scoring may have left the customer there
                remove_output(left)
            gone = self._drop_customer(draft, customer_id)
            if not gone:
                remove_output(draft)
                return 0
            sync_to_disk(draft)
            told = json.loads(self.manifest_path.read_text(encoding="utf-8"))
            if told["output"]["sha256"] == compute_output_digest(self.path):
                rows = told["output"]["rows"] - gone
                told["output"] |= {"rows": rows, "sha256": compute_output_digest(draft)}
                self._describe(subtract_deleted(told, gone))
            replace_output(draft, self.path)
        return gone

    def _drop_customer(self, draft: Path, customer_id: str) -> int:
        """Write the rows of all others, and tell how many that leaves out. CSV stays the text that it is."""
        if self.path.is_dir():
            return drop_from_parts(self.path, draft, customer_id)
        if self._is_parquet:
            rows = pd.read_parquet(self.path)
        else:
            rows = pd.read_csv(self.path, dtype=str, keep_default_na=False)
            customer_id = str(defuse_table(pd.DataFrame({"customer_id": [customer_id]})).iloc[0, 0])
        others = rows["customer_id"] != customer_id
        if self._is_parquet:
            rows[others].to_parquet(draft, index=False)
        else:
            rows[others].to_csv(draft, index=False)
        return int((~others).sum())

    def _describe(self, told: Mapping[str, Any]) -> None:
        """Put the manifest beside the output that is about to get its name."""
        description = self._name_draft(".json")
        description.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
        sync_to_disk(description)
        description.replace(self.manifest_path)

    @property
    def _is_parquet(self) -> bool:
        return self.path.suffix == ".parquet"

    def _name_draft(self, ending: str) -> Path:
        """One name for every draft: what a killed scoring left is written over by the next."""
        return self.path.with_name(f".{self.path.name}.draft{ending}")

    def _is_ours(self) -> bool:
        return self._read_manifest() is not None

    def _read_manifest(self) -> dict[str, Any] | None:
        """What is beside a file that a scoring wrote; nothing beside any other."""
        try:
            found = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) and found.get("kind") == SCORES_KIND else None

    @contextmanager
    def _lock(self) -> Iterator[None]:
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
