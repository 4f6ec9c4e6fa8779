"""The table of snapshots: what each said of each customer."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segmentlab.flow import SNAPSHOT_SIDES, Movement
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
_SELECT_SNAPSHOT: Final = f"select * from {HISTORY_TABLE} where as_of = :as_of"  # noqa: S608  our own name
_PAIR: Final = [f"{what}_{side}" for side in SNAPSHOT_SIDES for what in ("segment", "name")]
_COUNT_MOVES: Final = f"""
select
    a.segment as segment_before, a.name as name_before, b.segment as segment_after, b.name as name_after,
    count(*) as customers, sum(coalesce(b.revenue, a.revenue)) as revenue
from (select * from {HISTORY_TABLE} where as_of = :before) a
full outer join (select * from {HISTORY_TABLE} where as_of = :after) b on a.customer_id = b.customer_id
group by a.segment, a.name, b.segment, b.name
"""  # noqa: S608
STATE_SCHEMA: Final = pa.schema(
    {
        "customer_id": pa.string(),
        "segment": pa.int64(),
        "name": pa.string(),
        "confidence": pa.float64(),
        "revenue": pa.float64(),
        "scored": pa.int64(),
        "in_a_row": pa.int64(),
        "previous": pa.int64(),
        "since": pa.timestamp("us"),
    }
)


class History:
    """Snapshots by their date. A snapshot is there as a whole or not at all, and once.

    `url` is `duckdb:///<file>` or the address of a database as SQLAlchemy writes it.
    """

    def __init__(self, url: str) -> None:
        self.database = HistoryDatabase(url)

    def keep(self, as_of: date, model: str, state: pd.DataFrame) -> None:
        """Keep the state after a snapshot in place of whatever was kept for that date."""
        self.keep_blocks(as_of, model, [state])

    def keep_blocks(self, as_of: date, model: str, blocks: Iterable[pd.DataFrame]) -> None:
        """The same of a state that comes some thousand customers at a time."""
        with self.database.transaction() as session:
            session.execute(_CREATE_HISTORY, {})
            session.execute(f"delete from {HISTORY_TABLE} where as_of = :as_of", {"as_of": as_of})  # noqa: S608
            for state in blocks:
                since = pd.to_datetime(state["since"]).dt.date
                kinds = {"previous": "Int64"}
                rows = state.astype(kinds).assign(as_of=as_of, model=model, since=since)
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

    def copy_before(self, as_of: date, path: Path) -> bool:
        """Write the last snapshot before that date as Parquet, a part of it in memory at a time.

        Returns:
            Whether there is one.
        """
        earlier = [known for known in self.snapshots() if known < as_of]
        if not earlier:
            return False
        with self.database.transaction() as session, pq.ParquetWriter(path, STATE_SCHEMA) as writer:
            for block in session.read_blocks(_SELECT_SNAPSHOT, {"as_of": earlier[-1]}):
                state = _restore_types(block)[STATE_SCHEMA.names]
                writer.write_table(pa.Table.from_pandas(state, STATE_SCHEMA, preserve_index=False))
        return True

    def compare(self, before: date, after: date) -> Movement:
        """Who moved between two snapshots, counted where they are.

        The revenue at stake is what is known of it now; for customers who are gone, what was known then.
        """
        with self.database.transaction() as session:
            session.execute(_CREATE_HISTORY, {})
            moves = session.read(_COUNT_MOVES, {"before": before, "after": after})
        kinds = {f"segment_{side}": "Int64" for side in SNAPSHOT_SIDES}
        moves = moves.astype({**kinds, "customers": "int64", "revenue": "float64"})
        return Movement(before, after, moves.sort_values(_PAIR, ignore_index=True))  # databases order nulls

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
    return _restore_types(session.read(f"{_SELECT_SNAPSHOT} order by customer_id", {"as_of": as_of}))


def _restore_types(found: pd.DataFrame) -> pd.DataFrame:
    """The types of a state, whatever the database makes of them."""
    kinds = {"segment": "int64", "scored": "int64", "in_a_row": "int64", "previous": "Int64"}
    return found.astype({**kinds, "since": "datetime64[us]", "as_of": "datetime64[us]", "revenue": "float64"})
