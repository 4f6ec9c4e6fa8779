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
from segmentlab.transactions.shop.lives import Shares
from segmentlab.transactions.shop.people import Structure
from segmentlab.transactions.shop.truth import TRUTH_FIELDS
from segmentlab.transactions.shop.writer import MANIFEST, TRANSACTIONS, TRUTH, write_world

# Raise it with every change to the generator: worlds on disk are found by their parameters and this.
WORLD_VERSION: Final = 1
ROUNDING: Final = 1e-9  # of shares that are meant to come to 1


@dataclass(frozen=True, kw_only=True)
class SyntheticWorld:
    """A world by its parameters: generated when it is first asked for, kept on disk from then on.

    `customers` sets the size, about 50 lines each. With `structure` "planted" the customers belong to
    known segments; with "none" they are one population that has the same margins, and any segment
    found there is an artefact. The same parameters give the same bytes.

    `after_law`, `seasonal` and `subscribers` are shares of the customers whose whole life is known, so that
    what is foreseen of them can be held to it (`read_truth`): who order by MBG/NBD and spend by Gamma-Gamma,
    who do so in two months of the year only, and who pay the same sum on a fixed day until they leave.
    """

    customers: int = 5000
    seed: int = 0
    structure: Structure = "planted"
    after_law: float = 0.0
    seasonal: float = 0.0
    subscribers: float = 0.0
    accept: Sequence[str] = ()
    folder: str  # worlds are kept here, each in a folder of its own

    def __post_init__(self) -> None:
        _check_whole("customers", self.customers, least=1)
        _check_whole("seed", self.seed, least=0)
        check_accepted(self.accept)
        if self.structure not in get_args(Structure):
            known = " or ".join(get_args(Structure))
            raise ConfigError(f"data.structure is {self.structure!r}; expected {known}.")
        _check_shares(self._shares)

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
            truth=_read_planted(home) if self.structure == "planted" else None,
        )

    def read_truth(self) -> pd.DataFrame:
        """What is known of each customer beforehand; the world is generated before if it is not on disk.

        Returns:
            By customer: `planted`, the segment; `kind`: planted, population (of a world without structure),
            law, seasonal or subscriber; `gap`, the mean days from one order to the next while they stay;
            `leaves`, the chance that an order is the last; `left`, the day of the last order, missing for who
            is still there after the history; `spend`, the mean pounds of an order before any is taken back;
            `season`, the day of the year on which theirs begins. What is not known is missing: of planted
            customers how they would go on, and of a world without shares everything but the segment.

        Example:
            >>> from tempfile import TemporaryDirectory
            >>> from segmentlab.transactions import SyntheticWorld
            >>> with TemporaryDirectory() as folder:
            ...     truth = SyntheticWorld(customers=50, after_law=1.0, folder=folder).read_truth()
            >>> len(truth), set(truth["kind"]), bool(truth["left"].isna().any())
            (50, {'law'}, True)
        """
        truth = self._generate() / TRUTH
        if not truth.exists():
            raise DataError(
                "Nothing is known beforehand of the customers of this world: it has no segments "
                "(data.structure=none). Give it some of whom it is, such as data.after_law=0.3."
            )
        table: pd.DataFrame = pq.read_table(truth).to_pandas().set_index("customer_id")
        known = table if "kind" in table else table.assign(kind="planted")
        known = known.reindex(columns=TRUTH_FIELDS.names[1:])
        numbers = known[["gap", "leaves", "spend", "season"]].astype("float64")
        return known.assign(left=pd.to_datetime(known["left"]), **numbers)

    def inputs(self) -> list[Path]:
        """The manifest, which holds the digest of all the rest."""
        return [self._generate() / MANIFEST]

    @property
    def _shares(self) -> Shares:
        return Shares(self.after_law, self.seasonal, self.subscribers)

    def _generate(self) -> Path:
        """The folder of this world, complete.

        It appears under its name by one rename, so it is never seen half written. The lock lets a
        second process wait for the first, and it falls with the process: whatever a killed one left
        under the name of a draft is nobody's, and is removed.
        """
        worlds = Path(self.folder)
        shares = "".join(f"-{name}{share:g}" for name, share in self._shares._asdict().items() if share)
        key = f"{self.structure}-{self.customers}{shares}-seed{self.seed}-v{WORLD_VERSION}"
        home, draft = worlds / key, worlds / f"{key}.draft"
        if home.exists():
            return home
        try:
            worlds.mkdir(parents=True, exist_ok=True)
            with FileLock(worlds / f"{key}.lock"):
                if not home.exists():
                    shutil.rmtree(draft, ignore_errors=True)
                    write_world(draft, self.customers, self.seed, self.structure, self._shares)
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


def _check_shares(shares: Shares) -> None:
    for name, share in shares._asdict().items():
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
            raise ConfigError(f"data.{name} is {share!r}; expected a share of the customers, from 0 to 1.")
    if sum(shares) > 1 + ROUNDING:
        told = " + ".join(f"data.{name}={share}" for name, share in shares._asdict().items() if share)
        raise ConfigError(
            f"{told} is more than 1; expected shares of the customers that leave room for each."
        )


def _read_planted(home: Path) -> pd.Series | None:
    """The planted segment of each customer who has one; None where nobody has."""
    frame: pd.DataFrame = pq.read_table(home / TRUTH).to_pandas()
    planted = frame.set_index("customer_id")["planted"].dropna()
    return None if planted.empty else planted
