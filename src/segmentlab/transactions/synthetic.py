"""A shop that never was: the embedded default, and the one dataset whose segments are known.

`docs/synthetic_world.md` describes how it is generated.
"""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
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
from segmentlab.transactions.shop.campaign import Campaign, read_campaign
from segmentlab.transactions.shop.likeliest import describe_tastes, list_likeliest
from segmentlab.transactions.shop.lives import Shares
from segmentlab.transactions.shop.people import Structure
from segmentlab.transactions.shop.pieces import FIRST_CUSTOMER, WorldPlan
from segmentlab.transactions.shop.tastes import TasteKind
from segmentlab.transactions.shop.truth import TRUTH_FIELDS
from segmentlab.transactions.shop.writer import EFFECTS, MANIFEST, TRANSACTIONS, TRUTH, write_world

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

    With `tastes` "personal" customers have favourites and ranges of their own, beside what their segment
    likes, and products come and go (`read_tastes`, `list_likeliest`). `campaign` is a file of customers by
    `group`, contact or control: who is contacted orders once more in the `campaign_days` from `campaign_day`
    on with a known chance (`read_effects`), and all else is as it would be without.
    """

    customers: int = 5000
    seed: int = 0
    structure: Structure = "planted"
    after_law: float = 0.0
    seasonal: float = 0.0
    subscribers: float = 0.0
    tastes: TasteKind = "segment"
    campaign: str | None = None
    campaign_day: str | None = None
    campaign_days: int = 60
    accept: Sequence[str] = ()
    folder: str  # worlds are kept here, each in a folder of its own

    def __post_init__(self) -> None:
        _check_whole("customers", self.customers, least=1)
        _check_whole("seed", self.seed, least=0)
        check_accepted(self.accept)
        _check_word("structure", self.structure, get_args(Structure))
        _check_word("tastes", self.tastes, get_args(TasteKind))
        _check_shares(self._shares)
        _check_whole("campaign_days", self.campaign_days, least=1)
        if (self.campaign is None) != (self.campaign_day is None):
            raise ConfigError(
                "A campaign has a file and a day: give both data.campaign=... and data.campaign_day=..., "
                "or none of them."
            )
        if self.campaign is not None and self.structure == "none":
            raise ConfigError(
                "The effect of a campaign is that of planted segments, and data.structure=none has none: "
                "leave data.campaign or data.structure out."
            )

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

    def read_effects(self) -> pd.DataFrame:
        """What the campaign was to add, and what it added, for each customer of its file.

        Returns:
            By customer: `planted`, the segment (customers whose life is known have none, and are left out);
            `group`, contact or control; `expected_orders` and `expected_spend`, the mean of what contacting
            adds, 0 for the control; `orders` and `spend`, what was added. Means of who was contacted, by
            segment, are the effects per contact.

        Example:
            >>> from tempfile import TemporaryDirectory
            >>> import pandas as pd
            >>> from segmentlab.transactions import SyntheticWorld
            >>> people = pd.DataFrame({"customer_id": ["12346", "12347"], "group": ["contact", "control"]})
            >>> with TemporaryDirectory() as folder:
            ...     file = f"{folder}/people.csv"
            ...     people.to_csv(file, index=False)
            ...     world = SyntheticWorld(
            ...         customers=50, campaign=file, campaign_day="2011-09-01", folder=folder
            ...     )
            ...     world.read_effects()["group"].tolist()
            ['contact', 'control']
        """
        effects = self._generate() / EFFECTS
        if not effects.exists():
            raise DataError(
                "This world has no campaign: give data.campaign=... (a file with customer_id and group) and "
                "data.campaign_day=..."
            )
        table: pd.DataFrame = pq.read_table(effects).to_pandas().set_index("customer_id")
        return table

    def read_tastes(self) -> pd.DataFrame:
        """The favourites of customers with a taste of their own; nothing of it lies on disk.

        Returns:
            A row per customer and favourite, the first is bought most: `customer_id`, `product_id`, `share`,
            the share of what they choose themselves while it is due, and `interval`, the days it lasts.

        Example:
            >>> from segmentlab.transactions import SyntheticWorld
            >>> world = SyntheticWorld(customers=50, tastes="personal", folder="unused")
            >>> world.read_tastes()["customer_id"].nunique()
            50
        """
        self._check_personal()
        return describe_tastes(self._make_plan())

    def list_likeliest(
        self, as_of: date, days: int = 90, top: int = 10, leave_out: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """The products that each customer buys likeliest by the truth: what no recommender can beat.

        The truth is the customer's taste, what is on sale, all that they bought before, and when they come
        for how many lines; not what these are. What a campaign adds is not in it.

        Args:
            as_of: The first day that is not known.
            days: How many days from this one on are foreseen.
            top: How many products of each.
            leave_out: Pairs of `customer_id` and `product_id` that are not listed, such as what they have.

        Returns:
            For all who came before and come again in these days, the best first: `customer_id`, `product_id`,
            `rank` and `chance`, the probability to buy it at least once.

        Example:
            >>> from datetime import date
            >>> from segmentlab.transactions import SyntheticWorld
            >>> world = SyntheticWorld(customers=50, tastes="personal", folder="unused")
            >>> best = world.list_likeliest(date(2011, 9, 1), days=90, top=1)
            >>> best["customer_id"].is_unique, bool(best["chance"].between(0, 1).all())
            (True, True)
        """
        self._check_personal()
        _check_whole("days", days, least=1)
        _check_whole("top", top, least=1)
        return list_likeliest(self._make_plan(), as_of, days, top, leave_out)

    def inputs(self) -> list[Path]:
        """The manifest, which holds the digest of all the rest."""
        return [self._generate() / MANIFEST]

    @property
    def _shares(self) -> Shares:
        return Shares(self.after_law, self.seasonal, self.subscribers)

    def _make_plan(self) -> WorldPlan:
        """All that the world hangs on; the file of a campaign is read anew each time."""
        campaign = None
        if self.campaign is not None:
            campaign = read_campaign(
                self.campaign, self.campaign_day, self.campaign_days, self.customers, FIRST_CUSTOMER
            )
        return WorldPlan(self.customers, self.seed, self.structure, self._shares, self.tastes, campaign)

    def _name_folder(self, campaign: Campaign | None) -> str:
        """Only what is not as by default is named: worlds of older versions keep their place."""
        words = [f"{name}{share:g}" for name, share in self._shares._asdict().items() if share]
        words += [self.tastes] if self.tastes != "segment" else []
        if campaign is not None:
            words += [f"campaign{campaign.digest[:16]}", f"day{campaign.day}", f"days{campaign.days}"]
        start = "-".join([self.structure, str(self.customers), *words])
        return f"{start}-seed{self.seed}-v{WORLD_VERSION}"

    def _check_personal(self) -> None:
        if self.tastes != "personal":
            raise DataError(
                "Customers of this world have no taste of their own, and what they buy next is not known "
                "beyond what their segment likes. Choose data.tastes=personal."
            )

    def _generate(self) -> Path:
        """The folder of this world, complete.

        It appears under its name by one rename, so it is never seen half written. The lock lets a
        second process wait for the first, and it falls with the process: whatever a killed one left
        under the name of a draft is nobody's, and is removed.
        """
        plan, worlds = self._make_plan(), Path(self.folder)
        key = self._name_folder(plan.campaign)
        home, draft = worlds / key, worlds / f"{key}.draft"
        if home.exists():
            return home
        try:
            worlds.mkdir(parents=True, exist_ok=True)
            with FileLock(worlds / f"{key}.lock"):
                if not home.exists():
                    shutil.rmtree(draft, ignore_errors=True)
                    write_world(draft, plan)
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


def _check_word(name: str, value: object, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"data.{name} is {value!r}; expected {' or '.join(known)}.")


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
