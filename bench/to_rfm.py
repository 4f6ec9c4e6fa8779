"""The ways from a file to the RFM table that the benches compare, each as a piece of Python."""

from side_by_side import Work

AS_OF = "2011, 12, 10"
OURS_SETUP = """
from datetime import date
from segmentlab.features.rfm import Rfm
from segmentlab.features.table import build_feature_table
from segmentlab.transactions import File, InvoicePrefix, NotPositive, UnknownCustomer
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.ledger import clean_lines
rules = {'unknown': UnknownCustomer(), 'cancellation': InvoicePrefix('C'),
         'quantity': NotPositive('quantity'), 'price': NotPositive('unit_price')}
"""
RFM_OF_LOG = f"""
cleaned = clean_lines(log.transactions, rules, log.source, log.sums)
build_feature_table({{'rfm': Rfm()}}, cleaned.transactions, date({AS_OF}), totals=cleaned.totals)
"""
CLEANED = """
lines = lines[lines['Customer ID'].notna() & ~lines['Invoice'].str.startswith('C', na=False)
              & (lines['Quantity'] > 0) & (lines['Price'] > 0)]
lines['value'] = lines['Quantity'] * lines['Price']
rfm = lines.groupby('Customer ID').agg(last=('InvoiceDate', 'max'), frequency=('Invoice', 'nunique'),
                                       monetary=('value', 'sum'))
"""
QUERY = """
duckdb.sql('''
    select "Customer ID", date_diff('day', max(InvoiceDate)::date, date '2011-12-10') recency,
           count(distinct Invoice) frequency, sum(Quantity * Price) monetary
    from read_csv('{path}', types={{'Invoice': 'VARCHAR', 'StockCode': 'VARCHAR', 'Customer ID': 'VARCHAR'}})
    where "Customer ID" is not null and Invoice not like 'C%' and Quantity > 0 and Price > 0
    group by 1
''').{to}()
"""


def ours(path: str) -> Work:
    """Detection, reading, cleaning with its ledger, features."""
    return Work(
        OURS_SETUP,
        f"""
log = File(path={path!r}).read(DuckDB().connect())
{RFM_OF_LOG}""",
    )


def pandas(read: str) -> Work:
    """Pandas written the usual way."""
    return Work("import pandas as pd", f"lines = {read}{CLEANED}")


def duckdb_query(path: str, to: str = "to_arrow_table") -> Work:
    """One query by hand: the file is known, nothing is checked, nothing is kept in books."""
    return Work(f"import duckdb, {'pandas' if to == 'df' else 'pyarrow'}", QUERY.format(path=path, to=to))
