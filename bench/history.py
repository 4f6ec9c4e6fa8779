"""How long a history of many days takes to answer, and to take a day once more.

python bench/history.py [customers] [days]
"""

import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb

from segmentlab.lab.history import HISTORY_TABLE, History

FIRST = date(2025, 1, 1)
# Every tenth customer is elsewhere each day.
FILL = f"""
insert into {HISTORY_TABLE} by name
select date '{FIRST}' + d::integer as as_of, 'models:/segments/1' as model, 'C' || c as customer_id,
    ((c + d // 10) % 5)::integer as segment, 'Segment ' || ((c + d // 10) % 5) as name,
    (c % 100) / 100 as confidence, c * 1.5 as revenue, ((c + d // 10) % 5)::integer as scored,
    1 as in_a_row, null::integer as previous, date '{FIRST}' as since, (c % 9)::integer as orders,
    date '2024-01-01' as first_order, date '2024-06-01' as last_order, (c % 7) - 3.0 as late,
    c * 0.1 as expected, 90.0 as horizon, 1 as fits
from range(?) customers(c), range(?) days(d)
order by d
"""  # noqa: S608  our own name


def measure(what: str, do: Callable[[], object]) -> None:
    """Print how long something takes."""
    begun = time.perf_counter()
    do()
    print(f"{what}: {time.perf_counter() - begun:.2f} s")


def main(customers: int = 100_000, days: int = 365) -> None:
    """Fill a history, then ask everything that pages and commands ask."""
    last = FIRST + timedelta(days=days - 1)
    before = last - timedelta(days=1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "history.duckdb"
        history = History(f"duckdb:///{path}")
        history.at(FIRST)  # makes the table
        with duckdb.connect(path) as connection:
            connection.execute(FILL, [customers, days])
        print(f"{customers:,} customers, {days} days: {path.stat().st_size / 2**20:,.0f} MB")
        measure("the days that are there", history.snapshots)
        measure("a day", lambda: history.at(last))
        measure("who moved", lambda: history.compare(before, last))
        measure("who moved since last time", lambda: history.compare_last(last))
        measure("who moved in the year", lambda: history.compare(FIRST, last))
        measure("the segments of a day", lambda: history.summarise(last))
        measure("the customers behind a move", lambda: history.list_moved(before, last, (0, 1), 100))
        state = history.at(last)
        measure("a day once more", lambda: history.keep(last, "models:/segments/1", state))
        measure("the next day", lambda: history.keep(last + timedelta(days=1), "models:/segments/1", state))
        measure("a customer is forgotten", lambda: history.forget("C77"))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
