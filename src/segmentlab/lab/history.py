"""The table of snapshots: what each said of each customer."""

from datetime import date
from typing import Final

import pandas as pd

from segmentlab.lab.outputs import HistoryDatabase, HistorySession

HISTORY_TABLE: Final = "scorings"
# Types that DuckDB, SQLite and PostgreSQL all know; a date compares as it should in each of them.
HISTORY_COLUMNS: Final = {
    "as_of": "date not null",
    "model": "varchar(200) not null",
    "customer_id": "varchar(200) not null",
    "segment": "integer not null",
    "name": "varchar(200) not null",
    "confidence": "double precision",
    "revenue": "double precision",
    "scored": "integer not null",
    "in_a_row": "integer not null",
    "previous": "integer",
    "since": "date not null",
}
_CREATE_HISTORY: Final = (
    f"create table if not exists {HISTORY_TABLE} "
    f"({', '.join(f'{name} {kind}' for name, kind in HISTORY_COLUMNS.items())}, "
    "primary key (as_of, customer_id))"
)


class History:
    """Snapshots by their date. A snapshot is there as a whole or not at all, and once.

    `url` is `duckdb:///<file>` or the address of a database as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        self.database = HistoryDatabase(url)

    def keep(self, as_of: date, model: str, state: pd.DataFrame) -> None:
        """Keep the state after a snapshot in place of whatever was kept for that date."""
        rows = state.assign(as_of=as_of, model=model, since=pd.to_datetime(state["since"]).dt.date)
        with self.database.transaction() as session:
            session.execute(_CREATE_HISTORY, {})
            session.execute(f"delete from {HISTORY_TABLE} where as_of = :as_of", {"as_of": as_of})  # noqa: S608
            session.append(HISTORY_TABLE, rows[list(HISTORY_COLUMNS)])

    def at(self, as_of: date) -> pd.DataFrame:
        """The snapshot of that date; empty where there is none."""
        with self.database.transaction() as session:
            session.execute(_CREATE_HISTORY, {})
            return _read_snapshot(session, as_of)

    def before(self, as_of: date) -> pd.DataFrame | None:
        """The last snapshot before that date: scoring a date once more starts from the same state."""
        earlier = [known for known in self.snapshots() if known < as_of]
        return self.at(earlier[-1]) if earlier else None

    def snapshots(self) -> list[date]:
        """The dates that there are snapshots of, the first one first."""
        if self.database.is_empty:
            return []
        with self.database.transaction() as session:
            session.execute(_CREATE_HISTORY, {})
            known = session.read(f"select distinct as_of from {HISTORY_TABLE} order by as_of", {})  # noqa: S608
        return [moment.date() for moment in pd.to_datetime(known["as_of"])]

    def forget(self, customer_id: str) -> int:
        """Delete every row of one customer, and tell how many there were."""
        if self.database.is_empty:
            return 0
        who = {"customer_id": customer_id}
        where = f"from {HISTORY_TABLE} where customer_id = :customer_id"
        with self.database.transaction() as session:
            session.execute(_CREATE_HISTORY, {})
            found = session.read(f"select count(*) as kept {where}", who)
            session.execute(f"delete {where}", who)
        return int(found["kept"].iloc[0])


def _read_snapshot(session: HistorySession, as_of: date) -> pd.DataFrame:
    """The types of a state, whatever the database makes of them."""
    select = f"select * from {HISTORY_TABLE} where as_of = :as_of order by customer_id"  # noqa: S608  our own name
    found = session.read(select, {"as_of": as_of})
    kinds = {"segment": "int64", "scored": "int64", "in_a_row": "int64", "previous": "Int64"}
    return found.astype({**kinds, "since": "datetime64[us]", "as_of": "datetime64[us]", "revenue": "float64"})
