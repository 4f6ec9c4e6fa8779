"""A shop that never was: the embedded default, and the one dataset whose segments are known.

`docs/synthetic_world.md` describes how it is generated.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import pandas as pd
import pyarrow.parquet as pq
from filelock import FileLock
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.books.accept import check_accepted
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.schema import FIELDS
from segmentlab.transactions.shop.people import Structure
from segmentlab.transactions.shop.writer import MANIFEST, TRANSACTIONS, TRUTH, write_world

# Raise it with every change to the generator: worlds on disk are found by their parameters and this.
WORLD_VERSION: Final = 1


@dataclass(frozen=True, kw_only=True)
class SyntheticWorld:
    """A world by its parameters: generated when it is first asked for, kept on disk from then on.

    `customers` sets the size, about 50 lines each. With `structure` "planted" the customers belong to
    known segments; with "none" they are one population that has the same margins, and any segment
    found there is an artefact. The same parameters give the same bytes.
    """

    customers: int = 5000
    seed: int = 0
    structure: Structure = "planted"
    accept: Sequence[str] = ()
    folder: str  # worlds are kept here, each in a folder of its own

    def __post_init__(self) -> None:
        _check_whole("customers", self.customers, least=1)
        _check_whole("seed", self.seed, least=0)
        check_accepted(self.accept)
        if self.structure not in get_args(Structure):
            known = " or ".join(get_args(Structure))
            raise ConfigError(f"data.structure is {self.structure!r}; expected {known}.")

    def read(self, engine: BaseBackend) -> Dataset:
        """Open the world on the engine; generate it before if it is not on disk."""
        home = self._generate()
        types = {field.name: field.dtype for field in FIELDS}
        manifest = json.loads((home / MANIFEST).read_text(encoding="utf-8"))
        return Dataset(
            name="synthetic",
            source=str(home),
            digest=manifest["digest"],
            transactions=engine.read_parquet(str(home / TRANSACTIONS / "part-*.parquet")).cast(types),
            accept=tuple(self.accept),
            truth=_read_truth(home) if self.structure == "planted" else None,
        )

    def inputs(self) -> list[Path]:
        """The manifest, which holds the digest of all the rest."""
        return [self._generate() / MANIFEST]

    def _generate(self) -> Path:
        """The folder of this world, complete.

        It appears under its name by one rename, so it is never seen half written. The lock lets a
        second process wait for the first, and it falls with the process: whatever a killed one left
        under the name of a draft is nobody's, and is removed.
        """
        worlds = Path(self.folder)
        key = f"{self.structure}-{self.customers}-seed{self.seed}-v{WORLD_VERSION}"
        home, draft = worlds / key, worlds / f"{key}.draft"
        if home.exists():
            return home
        try:
            worlds.mkdir(parents=True, exist_ok=True)
            with FileLock(worlds / f"{key}.lock"):
                if not home.exists():
                    shutil.rmtree(draft, ignore_errors=True)
                    write_world(draft, self.customers, self.seed, self.structure)
                    draft.rename(home)
        except OSError as error:
            raise DataError(
                f"The synthetic world can't be written to {worlds}: {error}. "
                "Make room or make it writable, or name another folder with data.folder=..."
            ) from error
        return home


def _check_whole(name: str, value: object, least: int) -> None:
    if type(value) is not int or value < least:
        raise ConfigError(f"data.{name} is {value!r}; expected a whole number, at least {least}.")


def _read_truth(home: Path) -> pd.Series:
    """The planted segment of each customer."""
    frame: pd.DataFrame = pq.read_table(home / TRUTH).to_pandas()
    return frame.set_index("customer_id")["planted"]
