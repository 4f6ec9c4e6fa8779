"""How fast a large world is made, against only writing tables that are already there.

Both halves write the same Parquet to the same disk in the same run with the same number of threads, so
the ratio is the price of drawing the world. Peak memory is that of a fresh process.

    python bench/world.py [--customers 100000] [--folder DIR]
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from segmentlab.transactions.shop import pieces, writer

ROUNDS = 3
MOST_PIECES_IN_MEMORY = 10  # the comparison is per row, so a sample of the tables will do
GENERATE = """
import sys
from pathlib import Path
from segmentlab.transactions.shop.pieces import WorldPlan
from segmentlab.transactions.shop.writer import write_world
write_world(Path(sys.argv[1]), WorldPlan(int(sys.argv[2])))
"""


def main() -> None:
    """Measure in turns and print the best of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=100_000, help="about 50 lines each")
    parser.add_argument("--folder", help="where to write; a temporary folder by default")
    options = parser.parse_args()

    count = min(MOST_PIECES_IN_MEMORY, pieces.count_pieces(options.customers))
    plan = pieces.WorldPlan(options.customers)
    tables = [pieces.draw_piece(number, plan).transactions for number in range(count)]
    table_rows = sum(table.num_rows for table in tables)
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        written = min(_write_only(tables, folder) for _ in range(ROUNDS)) / table_rows
        made = [_generate(folder / f"world{round_}", options.customers) for round_ in range(ROUNDS)]
        parts = list((folder / "world0" / writer.TRANSACTIONS).iterdir())
        rows = sum(pq.read_metadata(part).num_rows for part in parts)
        megabytes = sum(part.stat().st_size for part in parts) / 1e6
    best = min(made)
    peak = _peak_gigabytes(options.customers, options.folder)
    print(f"{rows:,} rows, {megabytes:,.0f} MB of Parquet")
    print(f"generate and write  {rows / best:12,.0f} rows/s  {megabytes / best:8.1f} MB/s")
    print(f"write only          {1 / written:12,.0f} rows/s  {megabytes / rows / written:8.1f} MB/s")
    print(f"ratio of the times  {best / rows / written:12.2f}")
    print(f"peak memory         {peak:12.2f} GB")


def _write_only(tables: list[pa.Table], folder: Path) -> float:
    def write(number: int) -> None:
        writer.write_part(folder / f"only-{number}.parquet", tables[number])

    start = time.perf_counter()
    with ThreadPoolExecutor(max_workers=writer.count_workers()) as pool:
        list(pool.map(write, range(len(tables))))
    return time.perf_counter() - start


def _generate(folder: Path, customers: int) -> float:
    start = time.perf_counter()
    writer.write_world(folder, pieces.WorldPlan(customers))
    return time.perf_counter() - start


def _peak_gigabytes(customers: int, parent: str | None) -> float:
    with tempfile.TemporaryDirectory(dir=parent) as folder:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run(
            [sys.executable, "-c", GENERATE, f"{folder}/world", str(customers)], check=True, env=environment
        )
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e9


if __name__ == "__main__":
    main()
