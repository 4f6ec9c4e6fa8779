"""From a CSV file of a million lines to the RFM table: `SEGMENTLAB_DATA=<folder> python bench/rfm.py`.

One hand-written DuckDB query, its result as Arrow or as pandas, pandas written the usual way, and ours with
detection, checks, cleaning and ledger; first as whole processes, then the processor time without imports.
"""

import gzip
import os
import shutil
import tempfile
from pathlib import Path

from side_by_side import costs, medians, show
from to_rfm import duckdb_query, ours, pandas

READ = (
    "pd.read_csv('{path}', dtype={{'Invoice': str, 'StockCode': str, 'Customer ID': str}}, "
    "parse_dates=['InvoiceDate'])"
)


def main() -> None:
    """Print both tables."""
    packed = Path(os.environ["SEGMENTLAB_DATA"]) / "assembled" / "online_retail_II.csv.gz"
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/online_retail_II.csv"
        with gzip.open(packed) as source, Path(path).open("wb") as target:
            shutil.copyfileobj(source, target)
        works = {
            "duckdb_query": duckdb_query(path),
            "duckdb_to_pandas": duckdb_query(path, to="df"),
            "pandas": pandas(READ.format(path=path)),
            "ours": ours(path),
        }
        whole = medians(5, **{name: work.whole() for name, work in works.items()})
        inside = {name: cost.processor for name, cost in costs(5, **works).items()}
    title = "Online Retail II from CSV to RFM"
    show(f"{title}, whole processes", whole, "duckdb_query", {"ours": 1.3})
    print(
        f"  ours takes {whole['ours'] / whole['duckdb_to_pandas']:.2f} x the query to pandas (promised 1.6)"
    )
    print(f"  ours is {whole['pandas'] / whole['ours']:.2f} times as fast as pandas (promised 1.5)")
    show(f"{title}, processor time without imports", inside, "duckdb_query", {"ours": 1.3})


if __name__ == "__main__":
    main()
