"""The table of snapshots: what each said of each customer."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Final

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segmentlab.errors import StoreError
from segmentlab.flow import PAIR_COLUMNS, Movement, MoveReason
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
# What older versions did not keep: where there is nothing in them, it is not known.
LATER_COLUMNS: Final = {
    "orders": "integer",
    "first_order": "date",
    "last_order": "date",
    "late": "double precision",
    "expected": "double precision",
    "horizon": "double precision",  # the days within which it is expected
    "fits": "integer",  # whether the name of the segment is true of the customer: 1 or 0
}
_COLUMNS: Final = ", ".join(f"{name} {kind}" for name, kind in (HISTORY_COLUMNS | LATER_COLUMNS).items())
_CREATE_HISTORY: Final = (
    f"create table if not exists {HISTORY_TABLE} ({_COLUMNS}, primary key (as_of, customer_id))"
)
# DuckDB finds a day by what it keeps of every block, and is ten times slower to write one that has a key.
_CREATE_WITHOUT_KEY: Final = f"create table if not exists {HISTORY_TABLE} ({_COLUMNS})"
_COUNT_TWICE: Final = (
    f"select count(*) - count(distinct customer_id) as twice from {HISTORY_TABLE} where as_of = :as_of"  # noqa: S608
)
_SELECT_SNAPSHOT: Final = f"select * from {HISTORY_TABLE} where as_of = :as_of"  # noqa: S608  our own name
_CENT: Final = 0.005
_FIND_REASON: Final = f"""case
    when a.customer_id is null and b.first_order >= :before then '{MoveReason.FIRST_ORDER}'
    when a.customer_id is null and b.first_order < :before then '{MoveReason.NOT_SCORED}'
    when a.customer_id is null then '{MoveReason.UNKNOWN}'
    when b.customer_id is null then '{MoveReason.GONE}'
    when a.segment = b.segment then null
    when b.fits = 0 then '{MoveReason.UNTRUE_NAME}'
    when a.orders is null or b.orders is null then '{MoveReason.UNKNOWN}'
    when b.orders > a.orders or b.last_order > a.last_order then '{MoveReason.ORDERED}'
    when b.orders < a.orders or b.revenue < a.revenue - {_CENT} then '{MoveReason.TAKEN_BACK}'
    when a.model <> b.model then '{MoveReason.OTHER_MODEL}'
    when a.scored = b.segment then '{MoveReason.HELD_BACK}'
    when b.late > 0 then '{MoveReason.LATE}'
    else '{MoveReason.NO_ORDER}' end"""
# What was expected long ago of somebody who is still here is no news; of who is gone it is all there is.
_FIND_EXPECTED: Final = "case when b.customer_id is null then a.expected else b.expected end"
# Expected spend changed where the same laws say both.
_COUNT_MOVES: Final = """
select
    a.segment as segment_before, a.name as name_before, b.segment as segment_after, b.name as name_after,
    {reason} as reason,
    count(*) as customers, sum(coalesce(b.revenue, a.revenue)) as revenue,
    sum({expected}) as expected, count({expected}) as known,
    sum(a.expected) as expected_before, count(a.expected) as known_before,
    sum(case when a.model = b.model and a.horizon = b.horizon then b.expected - a.expected end) as change,
    sum(case when b.orders > a.orders then b.orders - a.orders else 0 end) as orders,
    max(b.horizon) as horizon
from (select {columns} from {table} where as_of = :before) a
full outer join (select {columns} from {table} where as_of = :after) b on a.customer_id = b.customer_id
group by a.segment, a.name, b.segment, b.name, {reason}
"""
UNSURE: Final = 0.25  # a confidence below it: the customer stands near a border
_SUMMARISE: Final = """
select segment, name, count(*) as customers, sum(revenue) as revenue, sum(expected) as expected,
    count(expected) as known, sum(case when confidence < :unsure then 1 else 0 end) as unsure,
    max(horizon) as horizon
from (select {columns} from {table} where as_of = :as_of) a
group by segment, name order by segment, name
"""
_LIST_MOVED: Final = """
select coalesce(b.customer_id, a.customer_id) as customer_id, {reason} as reason,
    coalesce(b.revenue, a.revenue) as revenue, {expected} as expected, b.confidence as confidence
from (select {columns} from {table} where as_of = :before) a
full outer join (select {columns} from {table} where as_of = :after) b on a.customer_id = b.customer_id
where {conditions}
order by coalesce({expected}, b.revenue, a.revenue, 0) desc, 1 limit {most}
"""
_MOVES: Final = {
    **dict.fromkeys(("segment_before", "segment_after"), "Int64"),
    **dict.fromkeys(("customers", "known", "known_before", "orders"), "int64"),
    **dict.fromkeys(("revenue", "expected", "expected_before", "change", "horizon"), "float64"),
}
_STATE: Final = {
    **dict.fromkeys(("segment", "scored", "in_a_row"), "int64"),
    **dict.fromkeys(("previous", "orders", "fits"), "Int64"),
    **dict.fromkeys(("since", "as_of", "first_order", "last_order"), "datetime64[us]"),
    **dict.fromkeys(("revenue", "late", "expected", "horizon"), "float64"),
}
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

    `url` is `duckdb:///<file>` or the address of a database as SQLAlchemy writes it. One that is `read_only`
    makes no table, and has no snapshots where there is none.
    """

    def __init__(self, url: str, *, read_only: bool = False) -> None:
        self.database = HistoryDatabase(url, read_only=read_only)

    @property
    def _create(self) -> str:
        return _CREATE_WITHOUT_KEY if self.database.is_duckdb else _CREATE_HISTORY

    def keep(self, as_of: date, model: str, state: pd.DataFrame) -> None:
        """Keep the state after a snapshot in place of whatever was kept for that date."""
        self.keep_blocks(as_of, model, [state])

    def keep_blocks(self, as_of: date, model: str, blocks: Iterable[pd.DataFrame]) -> None:
        """The same of a state that comes some thousand customers at a time."""
        self._add_later_columns()
        with self.database.transaction() as session:
            session.execute(f"delete from {HISTORY_TABLE} where as_of = :as_of", {"as_of": as_of})  # noqa: S608
            for state in blocks:
                session.append(HISTORY_TABLE, _make_rows(state.assign(as_of=as_of, model=model)))
            if twice := int(session.read(_COUNT_TWICE, {"as_of": as_of})["twice"].iloc[0]):
                raise StoreError(
                    f"history=: {twice:,} customers stand twice in the scoring of {as_of}, so nothing of it "
                    "was kept. This is a defect of SegmentLab; please report it."
                )

    def at(self, as_of: date) -> pd.DataFrame:
        """The snapshot of that date; empty where there is none."""
        with self.database.transaction() as session:
            session.execute(self._create, {})
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
        """Who moved between two snapshots and why, counted where they are.

        Money is what is known of it now; for customers who are gone, what was known then.
        """
        with self.database.transaction() as session:
            self._make_table(session)
            count = _COUNT_MOVES.format(
                reason=_FIND_REASON,
                expected=_FIND_EXPECTED,
                columns=_write_columns(session),
                table=HISTORY_TABLE,
            )
            moves = session.read(count, {"before": before, "after": after}).astype(_MOVES)
        horizon = moves.pop("horizon").max()
        ordered = moves.sort_values([*PAIR_COLUMNS, "reason"], ignore_index=True)  # databases order nulls
        return Movement(before, after, ordered, None if pd.isna(horizon) else float(horizon))

    def compare_last(self, until: date) -> Movement | None:
        """Who moved between the last two snapshots up to that day; None where there are not two."""
        known = [snapshot for snapshot in self.snapshots() if snapshot <= until]
        return self.compare(*known[-2:]) if len(known) > 1 else None

    def snapshots(self) -> list[date]:
        """The dates that there are snapshots of, the first one first."""
        if self.database.is_empty:
            return []
        with self.database.transaction() as session:
            if not self._make_table(session):
                return []
            known = session.read(f"select distinct as_of from {HISTORY_TABLE} order by as_of", {})  # noqa: S608
        return [moment.date() for moment in pd.to_datetime(known["as_of"])]

    def summarise(self, as_of: date) -> pd.DataFrame:
        """A row for each segment of a snapshot, added up where it is: people and money.

        Returns:
            `segment`, `name`, `customers`, `revenue`, `expected` with `known`, `unsure` (a confidence below
            `UNSURE`), and the `horizon` in days.
        """
        with self.database.transaction() as session:
            self._make_table(session)
            ask = _SUMMARISE.format(columns=_write_columns(session), table=HISTORY_TABLE)
            found = session.read(ask, {"as_of": as_of, "unsure": UNSURE})
        types = dict.fromkeys(("segment", "customers", "known", "unsure"), "int64")
        return found.astype({**types, **dict.fromkeys(("revenue", "expected", "horizon"), "float64")})

    def list_moved(
        self, before: date, after: date, segments: tuple[int | None, int | None], most: int
    ) -> pd.DataFrame:
        """The customers behind a move, those with most money first: None is a side on which they are not."""
        conditions = [
            f"{side}.segment = :{name}" if segment is not None else f"{side}.customer_id is null"
            for side, name, segment in zip("ab", ("from_", "to_"), segments, strict=True)
        ]
        values = {name: one for name, one in zip(("from_", "to_"), segments, strict=True) if one is not None}
        with self.database.transaction() as session:
            self._make_table(session)
            ask = _LIST_MOVED.format(
                reason=_FIND_REASON,
                expected=_FIND_EXPECTED,
                columns=_write_columns(session),
                table=HISTORY_TABLE,
                conditions=" and ".join(conditions),
                most=int(most),
            )
            found = session.read(ask, {"before": before, "after": after, **values})
        return found.astype({"revenue": "float64", "expected": "float64"})

    def _make_table(self, session: HistorySession) -> bool:
        """See to it that there is a table, and tell whether there is one."""
        if self.database.read_only:
            return session.has_table(HISTORY_TABLE)
        session.execute(self._create, {})
        return True

    def forget(self, customer_id: str) -> int:
        """Delete every row of one customer, and tell how many there were."""
        if self.database.is_empty:
            return 0
        who = {"customer_id": customer_id}
        where = f"from {HISTORY_TABLE} where customer_id = :customer_id"
        with self.database.transaction() as session:
            session.execute(self._create, {})
            found = session.read(f"select count(*) as kept {where}", who)
            session.execute(f"delete {where}", who)
        return int(found["kept"].iloc[0])

    def _add_later_columns(self) -> None:
        """Make a table of an older version one of this, all columns or none; its rows stay as they are.

        A transaction of its own: DuckDB does not replace rows in one that has changed their table.
        """
        with self.database.transaction() as session:
            session.execute(self._create, {})
            session.execute(f"delete from {HISTORY_TABLE} where 1 = 0", {})  # noqa: S608  SQLite begins here
            for name, kind in _list_lacking(session).items():
                session.execute(f"alter table {HISTORY_TABLE} add column {name} {kind}", {})


def _list_lacking(session: HistorySession) -> dict[str, str]:
    """The columns that a table of an older version has not, with their types."""
    there = session.read(f"select * from {HISTORY_TABLE} where 1 = 0", {})  # noqa: S608
    return {name: kind for name, kind in LATER_COLUMNS.items() if name not in there}


def _write_columns(session: HistorySession) -> str:
    """All columns of a snapshot; nothing stands in those that a table of an older version has not."""
    lacking = _list_lacking(session)
    columns = [*HISTORY_COLUMNS, *(name for name in LATER_COLUMNS if name not in lacking)]
    return ", ".join([*columns, *(f"cast(null as {kind}) as {name}" for name, kind in lacking.items())])


def _make_rows(state: pd.DataFrame) -> pd.DataFrame:
    """A state as the table takes it, without columns of which nothing is known: they would have no type."""
    known = [name for name in LATER_COLUMNS if name in state and state[name].notna().any()]
    rows = state[[*HISTORY_COLUMNS, *known]].astype({"previous": "Int64"})
    for name in ("since", *(name for name in known if LATER_COLUMNS[name] == "date")):
        days = pd.to_datetime(rows[name])
        rows[name] = days.dt.date.astype(object).where(days.notna(), None)
    return rows


def _read_snapshot(session: HistorySession, as_of: date) -> pd.DataFrame:
    return _restore_types(session.read(f"{_SELECT_SNAPSHOT} order by customer_id", {"as_of": as_of}))


def _restore_types(found: pd.DataFrame) -> pd.DataFrame:
    """The types of a state, whatever the database makes of them."""
    missing = {name: None for name in LATER_COLUMNS if name not in found}
    return found.assign(**missing).astype(_STATE)
