"""The lines that were posted, in a table: on the disk before anybody is told that they were taken."""

from collections.abc import Iterable, Sequence
from typing import Final

import pandas as pd
import pyarrow as pa

from segmentlab.lab.live.purchase import Purchase
from segmentlab.lab.outputs import LINES_TABLE, HistorySession, OpenDatabase

# Types that DuckDB, SQLite and PostgreSQL all know.
COLUMNS: Final = {
    "line_id": "varchar(200) not null primary key",
    "customer_id": "varchar(200) not null",
    "invoice_id": "varchar(200) not null",
    "product_id": "varchar(1000)",
    "description": "varchar(1000)",
    "quantity": "double precision not null",
    "unit_price": "double precision not null",
    "timestamp": "timestamp not null",
    "country": "varchar(1000)",
}
_QUOTED: Final = {f'"{name}"': kind for name, kind in COLUMNS.items()}  # a timestamp is a type too
_CREATE: Final = (
    f"create table if not exists {LINES_TABLE} "
    f"({', '.join(f'{name} {kind}' for name, kind in _QUOTED.items())})"
)
_READ: Final = f"select {', '.join(_QUOTED)} from {LINES_TABLE}"  # noqa: S608  our own name
SCHEMA: Final = pa.schema(
    {
        name: pa.float64() if "double" in kind else pa.timestamp("us") if "timestamp" in kind else pa.string()
        for name, kind in COLUMNS.items()
    }
)


class LineStore:
    """Every line that was taken, once. It is for one thread, and for one service at a time."""

    def __init__(self, url: str) -> None:
        self.database = OpenDatabase(url, "lines")

    def read(self) -> pa.Table:
        """All lines; the table is made where there is none."""
        with self.database.transaction() as session:
            session.execute(_CREATE, {})
        with self.database.transaction() as session:
            blocks = [_restore_types(block) for block in session.read_blocks(_READ, {})]
        return pa.concat_tables([SCHEMA.empty_table(), *blocks])

    def add(self, lines: Sequence[Purchase]) -> None:
        """Keep lines that are not there yet: all, or none where that fails."""
        with self.database.transaction() as session:
            session.append(LINES_TABLE, make_table(lines).to_pandas())

    def find(self, line_ids: Iterable[str]) -> dict[str, Purchase]:
        """Those of these lines that are there."""
        found: dict[str, Purchase] = {}
        with self.database.transaction() as session:
            for line_id in line_ids:
                found |= {line.line_id: line for line in _find_line(session, line_id)}
        return found

    def check(self) -> None:
        """See whether the database answers."""
        with self.database.transaction() as session:
            session.read(f"{_READ} where 1 = 0", {})

    def close(self) -> None:
        """Let others have it."""
        self.database.close()


def _find_line(session: HistorySession, line_id: str) -> list[Purchase]:
    found = session.read(f"{_READ} where line_id = :line_id", {"line_id": line_id})
    return [make_purchase(row) for row in _restore_types(found).to_pylist()]


def make_table(lines: Sequence[Purchase]) -> pa.Table:
    """Lines as the columns that they are."""
    columns = zip(*lines, strict=True) if lines else ([] for _ in SCHEMA)
    given = dict(zip(Purchase._fields, columns, strict=True))
    return pa.table({field.name: pa.array(given[field.name], field.type) for field in SCHEMA})


def make_purchase(row: dict[str, object]) -> Purchase:
    """The line that a row of the table holds."""
    return Purchase(**{name: row[name] for name in Purchase._fields})  # type: ignore[arg-type]


def _restore_types(block: pd.DataFrame) -> pa.Table:
    """The lines in our types, whatever the database makes of them."""
    moments = pd.to_datetime(block["timestamp"]).astype("datetime64[us]")
    texts = [name for name in COLUMNS if SCHEMA.field(name).type == pa.string()]
    known = {name: block[name].astype(object).where(block[name].notna(), None) for name in texts}
    return pa.Table.from_pandas(block.assign(timestamp=moments, **known), SCHEMA, preserve_index=False)
