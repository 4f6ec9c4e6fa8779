"""All lines of the customers who are asked for, at hand: those of the log, and those that were posted."""

import threading
from collections.abc import Collection, Iterable
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentlab.lab.live.line_store import make_table
from segmentlab.lab.live.purchase import Purchase
from segmentlab.transactions import LINE_TOTAL

OWNER: Final = "customer_id"


class RowsByCustomer:
    """The rows of a table, to be taken customer by customer."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table.sort_by(OWNER).combine_chunks()
        owners = self.table[OWNER]
        changes = pc.fill_null(pc.not_equal(owners[1:], owners[:-1]), False).to_numpy()
        starts = np.concatenate([[0], np.flatnonzero(changes) + 1]) if len(owners) else np.empty(0, int)
        ends = np.append(starts[1:], len(owners))[: len(starts)]
        names = owners.take(pa.array(starts)).to_pylist()
        self.places = dict(zip(names, zip(starts.tolist(), ends.tolist(), strict=True), strict=True))

    def __contains__(self, customer: str) -> bool:
        return customer in self.places

    def take(self, customers: Iterable[str]) -> pa.Table:
        """Their rows."""
        parts = [self.places[one] for one in customers if one in self.places]
        rows = [np.arange(start, end) for start, end in parts]
        return self.table.take(pa.array(np.concatenate(rows))) if rows else self.table.slice(0, 0)


class CustomerLines:
    """What each customer bought and gave back. Lines are added by one thread and read by another."""

    def __init__(self, log: pa.Table, posted: pa.Table, last: datetime | None) -> None:
        self.schema = log.schema
        self._log = RowsByCustomer(log)
        self._posted = RowsByCustomer(self._shape(posted))
        self._since: dict[str, list[Purchase]] = {}
        self._writing = threading.Lock()
        latest = pc.max(posted["timestamp"]).as_py()
        self.last = max((moment for moment in (last, latest) if moment is not None), default=None)

    def __contains__(self, customer: str) -> bool:
        return customer in self._since or customer in self._log or customer in self._posted

    @property
    def customers(self) -> int:
        """How many have lines."""
        return len(self._log.places.keys() | self._posted.places.keys() | self._since.keys())

    def sample(self, most: int) -> list[str]:
        """Some customers of the log, from all over it."""
        known = list(self._log.places)
        return known[:: len(known) // most + 1]

    def add(self, lines: Iterable[Purchase]) -> None:
        """Lines that were posted just now."""
        with self._writing:
            for line in lines:
                self._since.setdefault(line.customer_id, []).append(line)
                self.last = line.timestamp if self.last is None else max(self.last, line.timestamp)

    def gather(self, customers: Collection[str]) -> pa.Table:
        """Every line of theirs."""
        with self._writing:
            since = [line for one in customers for line in self._since.get(one, ())]
        posted = self._shape(make_table(since))
        return pa.concat_tables([self._log.take(customers), self._posted.take(customers), posted])

    def tell_day(self) -> date:
        """The day after the last line, as a scoring without `as_of` takes it."""
        return ((self.last or datetime.now()) + timedelta(days=1)).date()

    def _shape(self, posted: pa.Table) -> pa.Table:
        """Posted lines with the columns of the log: what it does not know is not kept here."""
        posted = posted.append_column(LINE_TOTAL.name, pc.multiply(posted["quantity"], posted["unit_price"]))
        columns = [
            posted[field.name].cast(field.type)
            if field.name in posted.column_names
            else pa.nulls(len(posted), field.type)
            for field in self.schema
        ]
        return pa.table(columns, schema=self.schema)
