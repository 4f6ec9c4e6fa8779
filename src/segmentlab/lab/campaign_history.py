"""The tables of campaigns, beside the scorings: who is in which, so that nobody is in two at once."""

import json
from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pandas as pd

from segmentlab.campaigns import CONTACT, CONTROL
from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.outputs import HistoryDatabase, HistorySession

if TYPE_CHECKING:
    from segmentlab.campaigns import CampaignPlan

CAMPAIGNS_TABLE, PEOPLE_TABLE = "campaigns", "campaign_people"
# Types and names that DuckDB, SQLite and PostgreSQL all know.
CAMPAIGN_COLUMNS: Final = {
    "name": "varchar(100) not null",
    "begins": "date not null",
    "ends": "date not null",
    "digest": "varchar(64) not null",
    "told": "text not null",
}
PEOPLE_COLUMNS: Final = {
    "campaign": "varchar(100) not null",
    "customer_id": "varchar(200) not null",
    "part": "varchar(250) not null",
    "block": "integer not null",
    "controlled": "integer not null",
    "expected": "double precision",
}
_CREATE: Final = (
    (CAMPAIGNS_TABLE, CAMPAIGN_COLUMNS, "name"),
    (PEOPLE_TABLE, PEOPLE_COLUMNS, "campaign, customer_id"),
)
_SELECT_TAKEN: Final = f"""
select p.customer_id as customer_id, p.campaign as campaign
from {PEOPLE_TABLE} p join {CAMPAIGNS_TABLE} c on p.campaign = c.name
where c.name <> :name and c.begins < :ends and c.ends > :begins
"""  # noqa: S608  our own names


class KnownCampaign(NamedTuple):
    """What the history keeps of a campaign: the facts of its plan, and everybody in it."""

    facts: Mapping[str, Any]
    people: pd.DataFrame  # customer_id, part, block, group and expected


class CampaignHistory:
    """Campaigns by their names. A campaign is there as a whole or not at all, and is never changed."""

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.database = HistoryDatabase(url, read_only=read_only)

    def find_taken(self, name: str, begins: date, ends: date) -> pd.DataFrame:
        """Who is in other campaigns that share a day with these: `customer_id` and `campaign`."""
        if self.database.is_empty:
            return pd.DataFrame({"customer_id": [], "campaign": []}, dtype="str")
        with self.database.transaction() as session:
            if not self.database.read_only:
                _create_tables(session)
            elif not session.has_table(PEOPLE_TABLE):
                return pd.DataFrame({"customer_id": [], "campaign": []}, dtype="str")
            return _read_taken(session, name, begins, ends)

    def keep(self, plan: "CampaignPlan", facts: Mapping[str, Any]) -> bool:
        """Remember a plan and everybody in it; the same plan once more changes nothing.

        Returns:
            Whether it is new.

        Raises:
            ConfigError: There is another campaign of this name.
            StoreError: Another campaign took some of these people in the meantime.
        """
        name, days = plan.rules.name, (plan.start, plan.end)
        with self.database.transaction() as session:
            _create_tables(session)
            if _has_same(session, facts):
                return False
            taken = _read_taken(session, name, *days)["customer_id"]
            if both := int(plan.people["customer_id"].isin(taken).sum()):
                raise StoreError(
                    f"name={name}: {both:,} of these people were taken by another campaign while this one "
                    "was planned. Run the command again."
                )
            row = {"name": name, "begins": plan.start, "ends": plan.end, "digest": facts["digest"]}
            session.append(CAMPAIGNS_TABLE, pd.DataFrame([{**row, "told": json.dumps(facts)}]))
            session.append(PEOPLE_TABLE, _make_people_rows(plan))
        return True

    def refuse_other(self, facts: Mapping[str, Any]) -> None:
        """Stop where a campaign of this name is there and is another, before anything is written."""
        if not self.database.is_empty:
            with self.database.transaction() as session:
                _create_tables(session)
                _has_same(session, facts)

    def read(self, name: str) -> KnownCampaign:
        """A campaign by its name."""
        names: list[str] = []
        if not self.database.is_empty:
            with self.database.transaction() as session:
                _create_tables(session)
                known = _read_campaigns(session, name)
                if len(known):
                    who = f"select * from {PEOPLE_TABLE} where campaign = :name order by customer_id"  # noqa: S608
                    people = session.read(who, {"name": name})
                    return KnownCampaign(json.loads(known["told"].iloc[0]), _restore_people(people))
                every = f"select name from {CAMPAIGNS_TABLE} order by begins, name"  # noqa: S608
                names = session.read(every, {})["name"].tolist()
        there = f"There are {', '.join(names)}." if names else "There are none yet: plan one with name=."
        raise ConfigError(f"measure={name}: the history has no such campaign. {there}")

    def forget(self, customer_id: str) -> int:
        """Delete one customer from every campaign, and tell in how many they were."""
        if self.database.is_empty:
            return 0
        who, where = {"customer_id": customer_id}, f"from {PEOPLE_TABLE} where customer_id = :customer_id"
        with self.database.transaction() as session:
            _create_tables(session)
            found = session.read(f"select count(*) as kept {where}", who)
            session.execute(f"delete {where}", who)
        return int(found["kept"].iloc[0])


def _has_same(session: HistorySession, facts: Mapping[str, Any]) -> bool:
    """Whether this very campaign is kept already; another one of its name is refused."""
    known = _read_campaigns(session, facts["name"])
    if known.empty:
        return False
    if known["digest"].iloc[0] == facts["digest"]:
        return True
    before = json.loads(known["told"].iloc[0])
    others = sorted(key for key in facts if key != "digest" and before.get(key) != facts[key])
    raise ConfigError(
        f"name={facts['name']}: a campaign of this name is planned already, from {before['start']} to "
        f"{before['end']}, and this one is another ({', '.join(others)}). Repeat its own command for the "
        f"same lists, see what it brought with measure={facts['name']}, or choose another name."
    )


def _create_tables(session: HistorySession) -> None:
    for table, columns, key in _CREATE:
        kinds = ", ".join(f"{name} {kind}" for name, kind in columns.items())
        session.execute(f"create table if not exists {table} ({kinds}, primary key ({key}))", {})


def _read_campaigns(session: HistorySession, name: str) -> pd.DataFrame:
    return session.read(f"select * from {CAMPAIGNS_TABLE} where name = :name", {"name": name})  # noqa: S608


def _read_taken(session: HistorySession, name: str, begins: date, ends: date) -> pd.DataFrame:
    return session.read(_SELECT_TAKEN, {"name": name, "begins": begins, "ends": ends}).astype("str")


def _make_people_rows(plan: "CampaignPlan") -> pd.DataFrame:
    people = plan.people[["customer_id", "part", "block", "expected"]]
    controlled = (plan.people["group"] == CONTROL).astype("int64")
    return people.assign(campaign=plan.rules.name, controlled=controlled)


def _restore_people(rows: pd.DataFrame) -> pd.DataFrame:
    group = rows["controlled"].map({0: CONTACT, 1: CONTROL})
    people = rows[["customer_id", "part", "block", "expected"]].assign(group=group)
    return people.astype({"customer_id": "str", "part": "str", "block": "int64", "expected": "float64"})
