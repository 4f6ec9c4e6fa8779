"""A table of few lines that is filled again and again, and queries of it that are written once.

Ibis takes longer to write a query, and DuckDB to plan it, than it takes to answer it of some hundred lines.
"""

from itertools import count
from typing import Final

import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa

from segmentlab.transactions.engines.duckdb_backend import Backend

NAME: Final = "few"
# What plans by the lines that a table holds: a plan that outlives them would be of other lines, and DuckDB
# does not notice. One that was made over an empty table answers nothing for ever.
BY_CONTENT: Final = ("statistics_propagation", "compressed_materialization", "empty_result_pullup")


class SmallTable:
    """A table in a database of its own: whatever lines it holds, they have these columns.

    Example:
        >>> import pyarrow as pa
        >>> from segmentlab.transactions import SmallTable, WrittenQuery
        >>> few = SmallTable(pa.schema({"customer_id": pa.string(), "line_total": pa.float64()}))
        >>> spend = WrittenQuery(few, few.lines.group_by("customer_id").agg(spend=few.lines.line_total.sum()))
        >>> few.fill(pa.table({"customer_id": ["anna", "anna"], "line_total": [9.0, 4.0]}))
        >>> spend.ask().values.tolist()
        [['anna', 13.0]]
    """

    def __init__(self, schema: pa.Schema) -> None:
        # One thread: so few lines are no work to be shared, and waking others costs more than it spares.
        self.backend = Backend.open(threads=1)
        self.backend.con.execute(f"set disabled_optimizers = '{','.join(BY_CONTENT)}'")
        self.lines: ir.Table = self.backend.create_table(NAME, schema.empty_table())
        self.numbers = count()  # of the queries
        self._columns = schema.names

    def fill(self, lines: pa.Table) -> None:
        """Hold these lines in place of those that it held."""
        connection = self.backend.con
        connection.execute(f"delete from {NAME}")  # noqa: S608  our own name
        connection.register("_given", lines.select(self._columns))
        connection.execute(f"insert into {NAME} select * from _given")  # noqa: S608  our own name
        connection.unregister("_given")

    def close(self) -> None:
        """Give its memory back."""
        self.backend.disconnect()


class WrittenQuery:
    """A query of a small table, written and planned before it is asked."""

    def __init__(self, table: SmallTable, query: ir.Table) -> None:
        self._connection = table.backend.con
        self._query = query  # a table in memory that it may join lives as long as this
        self._name = f"query_{next(table.numbers)}"
        self._connection.execute(f"prepare {self._name} as {table.backend.write_query(query)}")

    def ask(self) -> pd.DataFrame:
        """What it answers of the lines that the table holds now."""
        answer = self._connection.execute(f"execute {self._name}").to_arrow_table()
        frame: pd.DataFrame = answer.to_pandas()
        return frame

    def close(self) -> None:
        """Forget the plan."""
        self._connection.execute(f"deallocate {self._name}")
