"""How long the dashboard takes: its first view with a million customers, and each step of the marketer.

`python bench/dashboard.py` makes up a history of a million customers and measures what the first page reads
of it. `python bench/dashboard.py --uri sqlite:////<folder>/mlflow.db --history duckdb:////<folder>/history.duckdb`
opens every page of a store twice: as it is first, and as each further step is.
"""

import argparse
import sys
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from segmentlab.lab.history import History  # noqa: E402  (the checkout's own)
from tests.lab.dashboard.served import list_errors, make_settings, open_page  # noqa: E402

CUSTOMERS = 1_000_000
NAMES = ["Champions", "Loyal", "On time", "Cooling", "Dormant"]
PAGES = ("segments", "changes", "customers", "products", "campaign")
DAYS = (date(2011, 11, 10), date(2011, 12, 10))


def make_history(url: str, customers: int) -> None:
    """Two snapshots in which a tenth of everybody moved."""
    random = np.random.default_rng(0)
    segment = random.integers(0, len(NAMES), customers)
    kept = History(url)
    for place, day in enumerate(DAYS):
        moved = random.random(customers) < 0.1 * place
        segment = np.where(moved, random.integers(0, len(NAMES), customers), segment)
        state = pd.DataFrame(
            {
                "customer_id": np.char.add("c", np.arange(customers).astype(str)),
                "segment": segment,
                "name": np.array(NAMES)[segment],
                "confidence": random.random(customers),
                "revenue": random.gamma(1, 500, customers),
                "scored": segment,
                "in_a_row": 1,
                "previous": pd.array([pd.NA] * customers, dtype="Int64"),
                "since": pd.Timestamp(day - timedelta(days=30)),
                "orders": 3 + moved,
                "first_order": pd.Timestamp(2010, 1, 1),
                "last_order": pd.Timestamp(2011, 4, 1),
                "late": 0.0,
                "expected": random.gamma(1, 100, customers),
                "horizon": 90.0,
                "fits": 1,
            }
        )
        kept.keep(day, "models:/segments/1", state)


def measure(what: str, job: Callable[[], object], times: int = 3) -> None:
    """The best of several, which a busy machine disturbs least."""
    seconds, busy = [], []
    for _ in range(times):
        begin, worked = time.perf_counter(), time.process_time()
        job()
        seconds.append(time.perf_counter() - begin)
        busy.append(time.process_time() - worked)
    print(f"{what:<44} {min(seconds):6.2f} s, of processors {min(busy):.2f} s", flush=True)


def measure_history(customers: int) -> None:
    """What the first page asks a history of so many customers."""
    with TemporaryDirectory() as folder:
        url = f"duckdb:///{folder}/history.duckdb"
        make_history(url, customers)
        history = History(url, read_only=True)
        print(f"{customers:,} customers, two snapshots")
        measure("days", history.snapshots)
        measure("a snapshot by segment", lambda: history.summarise(DAYS[1]))
        measure("who moved", lambda: history.compare(*DAYS))
        measure("the people of a move", lambda: history.list_moved(*DAYS, (0, 1), 1000))


def measure_pages(uri: str, history: str) -> None:
    """Every page of the marketer, first and again."""
    settings = make_settings(Path.cwd(), uri=uri, history=history)
    for page in PAGES:
        begin = time.perf_counter()
        opened = open_page(f"marketer.{page}", settings)
        first = time.perf_counter() - begin
        measure(f"{page}: {first:.2f} s at first, then", opened.run)
        for error in list_errors(opened):
            print(f"    {error}")


def main() -> None:
    """One or the other."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--uri")
    parser.add_argument("--history", default="duckdb:///nowhere.duckdb")
    chosen = parser.parse_args()
    if chosen.uri is None:
        measure_history(chosen.customers)
    else:
        measure_pages(chosen.uri, chosen.history)


if __name__ == "__main__":
    main()
