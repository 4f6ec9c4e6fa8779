"""A whole quick run on very many customers of one line each: time and peak memory.

    python bench/many_customers.py [--customers 10000000] [--folder DIR]

By hand it is DuckDB's one query, logarithms and scikit-learn's K-Means from one start, where ours takes
the best of 20 on a sample; and nothing is judged, described, drawn or kept. Each is a whole process. Nobody
came twice, which is told first: that refusal is timed too.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from segmentlab.lab.config.folders import ROOT
from side_by_side import Command, python, show

MOST_SECONDS, MOST_GIB = 300, 8
LINES = """
copy (
    select 1000000 + i customer_id, (5000000 + i)::varchar invoice_id, 1 + hash(7 * i) % 12 quantity,
        timestamp '2010-01-01' + to_seconds((hash(i) % 63072000)::bigint) as timestamp,
        round(exp(.5 + 3 * sqrt((hash(3 * i) % 1000003) / 1e6)), 2) unit_price
    from range({customers}) numbers(i)
) to '{file}'
"""
BY_HAND = """
import duckdb, numpy as np
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
table = duckdb.sql('''
    select customer_id, date_diff('day', max(timestamp)::date, date '2012-01-01') recency,
           sum(quantity * unit_price) monetary from '{file}' group by 1 order by 1
''').df()
columns = np.log1p(table[['recency', 'monetary']])
table['segment'] = KMeans(5, random_state=0).fit_predict(StandardScaler().fit_transform(columns))
print(table.groupby('segment').agg(['median', 'size']))
"""
WATCHER = """
import resource, subprocess, sys
command = sys.stdin.read().split(chr(0))
code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(code, used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20)
"""


@dataclass(frozen=True)
class Process:
    """How one process ended, how long it took, what it used of the processor and held of memory."""

    code: int
    seconds: float
    processor: float
    peak: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=10_000_000)
    parser.add_argument("--folder", help="where to write; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        file = Path(folder) / "lines.parquet"
        duckdb.sql(LINES.format(customers=options.customers, file=file))
        ended = {
            "by_hand": _watch(python(BY_HAND.format(file=file))),
            "refused": _watch(_run(file, folder)),
            "ours": _watch(_run(file, folder, "leave_out=[rfm_frequency]")),
        }
    if [process.code for process in ended.values()] != [0, 2, 0]:
        raise SystemExit(f"Unexpected ends: {ended}")
    times = {name: process.seconds for name, process in ended.items()}
    show(f"{options.customers:,} customers of one line, whole processes", times, "by_hand", {})
    for name, process in ended.items():
        print(f"  {name:<24} {process.processor:8.0f} s of processor {process.peak:8.2f} GiB at most")
    print(f"  promised for ours: {MOST_SECONDS} s and {MOST_GIB} GiB")


def _run(file: Path, folder: str, *more: str) -> Command:
    own = [f"tracking.uri=sqlite:///{folder}/mlflow.db", "cache=false", "evaluate=quick"]
    command = [sys.executable, str(ROOT / "src" / "run.py"), "model=kmeans", "features=rfm", "data=file"]
    return [*command, f"data.path={file}", *own, *more]


def _watch(command: Sequence[str]) -> Process:
    """Run a process by means of another, whose children's peak is that of this one alone."""
    start = time.perf_counter()
    code, processor, peak = subprocess.run(
        python(WATCHER), input="\0".join(command), check=True, capture_output=True, text=True
    ).stdout.split()
    return Process(int(code), time.perf_counter() - start, float(processor), float(peak))


if __name__ == "__main__":
    main()
