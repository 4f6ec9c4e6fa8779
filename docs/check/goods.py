"""What a reader brings along: the shop's own files, and a second table of its customers."""

import shutil
import sqlite3
from pathlib import Path

import duckdb
import pandas as pd

from segmentlab.transactions.shop.pieces import WorldPlan
from segmentlab.transactions.shop.writer import write_world

CUSTOMERS = 600
LINES = """
select invoice_id as "Invoice", product_id as "StockCode", description as "Description",
    quantity::bigint as "Quantity", strftime("timestamp", '%Y-%m-%d %H:%M') as "InvoiceDate",
    unit_price as "Price", customer_id as "Customer ID", country as "Country"
from read_parquet('{world}/transactions/part-*.parquet') order by "timestamp", 1, 2, 4
"""
# Every customer of the log, with attributes that follow from nothing but their number.
PEOPLE = """
select "Customer ID", 20 + hash("Customer ID") % 50 as "Age",
    if(hash("Customer ID" || 'g') % 2 = 0, 'Female', 'Male') as "Gender",
    15 + hash("Customer ID" || 'i') % 120 as "Annual Income (k$)",
    1 + hash("Customer ID" || 's') % 100 as "Spending Score (1-100)"
from (select distinct "Customer ID" from lines where "Customer ID" is not null) order by 1
"""


def make_goods(folder: Path, customers: int = CUSTOMERS) -> Path:
    """Export the generated shop as the files and databases that pages name."""
    folder.mkdir(parents=True)
    world = folder / "world"
    write_world(world, WorldPlan(customers))
    with duckdb.connect(str(folder / "shop.duckdb")) as shop:
        shop.execute(f"create table lines as {LINES.format(world=world)}")
        shop.execute("alter table lines add column shop integer default 7")
        shop.sql("from lines select * exclude (shop)").write_csv(str(folder / "shop.csv"))
        shop.sql(PEOPLE).write_csv(str(folder / "customers.csv"))
        lines = shop.execute("select * from lines").df()
    with sqlite3.connect(folder / "shop.db") as database:
        lines.to_sql("lines", database, index=False)
    shutil.rmtree(world)
    return folder


def read_lines(goods: Path) -> pd.DataFrame:
    """The lines of the shop, for a database that is not a file."""
    with duckdb.connect(str(goods / "shop.duckdb"), read_only=True) as shop:
        frame: pd.DataFrame = shop.execute("select * from lines").df()
    return frame
