"""From a large folder of Parquet to the RFM table: time and peak memory, each in a fresh process.

    python bench/large_log.py [--customers 2000000] [--folder DIR] [--limit 1]

2,000,000 customers are 100 million lines, 200,000 are 10 million. The result is the same for all: clean
lines to RFM. `ours` is the features alone, from lines, cleaned by the same query as in the others;
`ours_with_ledger` opens the files, checks every value and id, counts what was dropped, and has the
features. DuckDB may use `--limit`, by hand and in ours, and spills what is more to the same disk; the
promise is a GiB above that for the whole process. Polars is left out above 20 million lines, where it has
no such limit.
"""

import argparse
import tempfile
from pathlib import Path

from segmentlab.transactions.shop.writer import TRANSACTIONS
from side_by_side import Cost, Work, costs, python, seconds, show
from to_rfm import AS_OF, OURS_SETUP

MOST_FOR_POLARS = 400_000  # customers
BESIDE = 1.0  # GiB: Python, its libraries, and the answer
WRITE = """
from pathlib import Path
from segmentlab.transactions.shop.pieces import WorldPlan
from segmentlab.transactions.shop.writer import write_world
write_world(Path({folder!r}), WorldPlan({customers}))
"""
SQL = """
con = duckdb.connect(config={{'memory_limit': '{limit}', 'temp_directory': '{spill}'}})
con.sql('''
    select customer_id, date_diff('day', max(timestamp)::date, date '2011-12-10') recency,
           count(distinct invoice_id) frequency, sum(quantity * unit_price) monetary
    from read_parquet('{files}/*.parquet')
    where customer_id is not null and invoice_id not like 'C%' and quantity > 0 and unit_price > 0
    group by 1
''').df()
"""
POLARS = """
lines = pl.scan_parquet('{files}/*.parquet').filter(
    pl.col('customer_id').is_not_null() & ~pl.col('invoice_id').str.starts_with('C')
    & (pl.col('quantity') > 0) & (pl.col('unit_price') > 0))
lines.group_by('customer_id').agg(
    pl.col('timestamp').max().alias('last'), pl.col('invoice_id').n_unique().alias('frequency'),
    (pl.col('quantity') * pl.col('unit_price')).sum().alias('monetary')).collect(engine='streaming')
"""
OPENED = """
log = File(path='{files}').read(DuckDB(memory_limit='{limit}', spill_folder='{folder}').connect())
cleaned = clean_lines(log.transactions, rules, log.source, log.sums)
"""
FEATURES = f"build_feature_table({{'rfm': Rfm()}}, cleaned.transactions, date({AS_OF})"
FROM_LINES, FROM_SUMS = f"{FEATURES})", f"{FEATURES}, totals=cleaned.totals)"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=200_000, help="about 50 lines each")
    parser.add_argument("--folder", help="where to write; a temporary folder by default")
    parser.add_argument("--limit", type=int, default=3, help="GiB of memory that DuckDB may use")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        world = Path(name) / "world"
        # In a process of its own, for a child's peak is at least that of the parent that starts it.
        seconds(python(WRITE.format(folder=str(world), customers=options.customers)))
        works = _works(world / TRANSACTIONS, options.customers, name, options.limit)
        found = costs(options.rounds, **works)
    _show(found, options.customers, options.limit + BESIDE)


def _works(files: Path, customers: int, folder: str, limit: int) -> dict[str, Work]:
    places = {"files": files, "limit": f"{limit}GiB", "folder": folder, "spill": f"{folder}/spill"}
    opened = OPENED.format(**places)
    works = {
        "duckdb_query": Work("import duckdb, pandas", SQL.format(**places)),
        "ours": Work(OURS_SETUP + opened, FROM_LINES),
        "ours_with_ledger": Work(OURS_SETUP, opened + FROM_SUMS),
    }
    if customers <= MOST_FOR_POLARS:
        works["polars"] = Work("import polars as pl", POLARS.format(**places))
    return works


def _show(found: dict[str, Cost], customers: int, most: float) -> None:
    times = {name: cost.seconds for name, cost in found.items()}
    title = f"{customers:,} customers, from Parquet to RFM, without imports"
    show(title, times, "duckdb_query", {"ours": 1.15, "ours_with_ledger": 1.75})
    if "polars" in times:
        show(title, times, "polars", {"ours": 1.2})
    for name, cost in found.items():
        promise = f"  promised below {most:g}" if name.startswith("ours") else ""
        print(f"  {name:<24} {cost.peak:8.2f} GiB at most{promise}")


if __name__ == "__main__":
    main()
