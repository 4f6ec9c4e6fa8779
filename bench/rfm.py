"""From a CSV file of a million lines to the RFM table: `SEGMENTLAB_DATA=<folder> python bench/rfm.py`.

Whole processes, in turns: one hand-written DuckDB query, pandas written the usual way, and ours with
detection, cleaning and ledger.
"""

import gzip
import os
import shutil
import tempfile
from pathlib import Path

from side_by_side import medians, python, show

QUERY = """
import duckdb
duckdb.sql('''
    select "Customer ID", date_diff('day', max(InvoiceDate)::date, date '2011-12-10') recency,
           count(distinct Invoice) frequency, sum(Quantity * Price) monetary
    from read_csv('{path}', types={{'Invoice': 'VARCHAR', 'StockCode': 'VARCHAR', 'Customer ID': 'VARCHAR'}})
    where "Customer ID" is not null and Invoice not like 'C%' and Quantity > 0 and Price > 0
    group by 1
''').arrow()
"""
PANDAS = """
import pandas as pd
lines = pd.read_csv('{path}', dtype={{'Invoice': str, 'StockCode': str, 'Customer ID': str}},
                    parse_dates=['InvoiceDate'])
lines = lines.dropna(subset='Customer ID')
lines = lines[~lines['Invoice'].str.startswith('C') & (lines['Quantity'] > 0) & (lines['Price'] > 0)]
lines['value'] = lines['Quantity'] * lines['Price']
lines.groupby('Customer ID').agg(last=('InvoiceDate', 'max'), frequency=('Invoice', 'nunique'),
                                 monetary=('value', 'sum'))
"""
OURS = """
from segmentlab.engine.duckdb import DuckDB
from segmentlab.features.rfm import Rfm
from segmentlab.features.table import feature_table
from segmentlab.transactions.cleaning import InvoicePrefix, NotPositive, UnknownCustomer
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean
from datetime import date
rules = {{'unknown': UnknownCustomer(), 'cancellation': InvoicePrefix('C'),
         'quantity': NotPositive('quantity'), 'price': NotPositive('unit_price')}}
log = File(path='{path}').read(DuckDB().connect())
cleaned = clean(log.transactions, rules, log.source)
feature_table({{'rfm': Rfm()}}, cleaned.transactions, date(2011, 12, 10))
"""


def main() -> None:
    """Print the table."""
    packed = Path(os.environ["SEGMENTLAB_DATA"]) / "assembled" / "online_retail_II.csv.gz"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "online_retail_II.csv"
        with gzip.open(packed) as source, path.open("wb") as target:
            shutil.copyfileobj(source, target)
        codes = {"duckdb_query": QUERY, "pandas": PANDAS, "ours": OURS}
        times = medians(5, **{name: python(code.format(path=path)) for name, code in codes.items()})
    show("Online Retail II from CSV to RFM", times, "duckdb_query", {"ours": 1.3})
    print(f"  ours is {times['pandas'] / times['ours']:.2f} times as fast as pandas (promised 2)")


if __name__ == "__main__":
    main()
