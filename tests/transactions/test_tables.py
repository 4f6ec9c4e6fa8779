"""Several tables of one shop make one log, and the counts of the join say that nothing was made up."""

import sqlite3
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.lab.config.build import build_source
from segmentlab.transactions.database import Database
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File
from segmentlab.transactions.schema import compute_line_value
from tests.configs import composed

ITEMS = "order_id,sku,qty,price\n1,a,2,1.5\n1,b,1,4\n2,a,1,1.5\n3,c,5,2\n"
ORDERS = "id,customer_id,created_at,total\n1,x,2024-01-02,7\n2,y,2024-01-03,1.5\n3,x,2024-02-01,10\n"
CUSTOMERS = "customer_id,country,created_at\nx,NO,2020-01-01\ny,SE,2021-01-01\nz,FI,2022-01-01\n"
PRODUCTS = "SKU,product name,category\na,Apple,fruit\nb,Bread,bread\n"
SAID = {"columns": {"timestamp": "created_at"}}


def write(folder: Path, **tables: str) -> dict[str, str]:
    for name, content in tables.items():
        (folder / f"{name}.csv").write_text(content)
    return {name: str(folder / f"{name}.csv") for name in tables}


def read(engine: BaseBackend, tables: dict[str, str], **said) -> Dataset:
    dataset: Dataset = File(tables=tables, **(SAID | said)).read(engine)
    return dataset


def test_items_have_what_their_orders_and_customers_say(engine: BaseBackend, tmp_path: Path) -> None:
    tables = write(tmp_path, customers=CUSTOMERS, items=ITEMS, orders=ORDERS)
    found = read(engine, tables)
    lines = found.transactions.to_pandas()
    assert lines["customer_id"].tolist() == ["x", "x", "y", "x"]
    assert lines["country"].tolist() == ["NO", "NO", "SE", "NO"]
    assert lines["timestamp"].dt.day.tolist() == [2, 2, 3, 1]  # of the sale, not of the customer's account
    assert compute_line_value(found.transactions).to_pandas().tolist() == [3, 4, 1.5, 10]  # not the total
    told = "Table orders, by 'id': 4 of 4 rows of items find their partner, 0 do not"
    assert any(note.startswith(told) for note in found.notes)
    assert any("1 of customers have none" in note for note in found.notes)


def test_a_product_that_is_not_listed_keeps_its_line(engine: BaseBackend, tmp_path: Path) -> None:
    tables = write(tmp_path, items=ITEMS, orders=ORDERS, products=PRODUCTS)
    with pytest.raises(
        DataError, match=r"1 of 4 rows of items find no partner in products by 'SKU'.*\[join\]"
    ):
        read(engine, tables, keys={"products": "sku:SKU"})
    lines = read(engine, tables, keys={"products": "sku:SKU"}, accept=["join"]).transactions.to_pandas()
    assert lines["description"].tolist()[:3] == ["Apple", "Bread", "Apple"]
    assert lines["category"].isna().tolist() == [False, False, False, True]


def test_a_line_without_its_order_is_asked_about_and_left_out(engine: BaseBackend, tmp_path: Path) -> None:
    tables = write(tmp_path, items=ITEMS, orders=ORDERS.replace("\n3,", "\n4,"))
    with pytest.raises(DataError, match=r"1 of 4 rows of items find no partner in orders by 'id'"):
        read(engine, tables)
    assert read(engine, tables, accept=["join"]).transactions.count().to_pyarrow().as_py() == 3


def test_a_join_that_multiplies_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    tables = write(tmp_path, items=ITEMS, orders=ORDERS.replace("\n3,", "\n2,"))
    with pytest.raises(
        DataError, match=r"1 rows of orders repeat an id in 'id', so lines would be multiplied"
    ):
        read(engine, tables)


@pytest.mark.parametrize(
    ("tables", "said", "message"),
    [
        (
            {"orders": ORDERS, "people": CUSTOMERS.replace("customer_id", "who")},
            {},
            "no column ties each row",
        ),
        ({"orders": ORDERS}, {}, "Expected the lines as items, and tables beside them"),
        ({"items": ITEMS, "orders": ORDERS}, {"keys": {"orders": "order"}}, "orders has no column 'order'"),
        ({"items": ITEMS, "orders": ORDERS + "4\n"}, {}, r"line 5 '4' has too few or too many cells"),
        ({"items": ITEMS, "orders": ORDERS}, {"path": "shop.csv"}, "data.path or data.tables, not both"),
    ],
)
def test_what_cannot_be_joined_is_told(
    engine: BaseBackend, tmp_path: Path, tables: dict[str, str], said: dict[str, object], message: str
) -> None:
    with pytest.raises((ConfigError, DataError), match=message):
        read(engine, write(tmp_path, **tables), **said)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"tables": ["a.csv", "b.csv"]}, r"data.tables=\['a.csv', 'b.csv'\]: expected a name and a text"),
        ({"tables": {"items": 5}}, "expected a name and a text for each table"),
        ({"tables": {"items": "a"}, "keys": {"order": "id"}}, "data.keys.order: data.tables has items"),
        ({}, "data.path has no default: add data.path"),
    ],
)
def test_tables_and_keys_are_named(engine: BaseBackend, said: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        File(**said).read(engine)


def test_the_command_line_names_tables(engine: BaseBackend, tmp_path: Path) -> None:
    tables = write(tmp_path, items=ITEMS, orders=ORDERS)
    words = ["data=file", f"data.tables={{items: {tables['items']}, orders: {tables['orders']}}}"]
    source = build_source(
        composed(*words, "data.columns.timestamp=created_at", "data.keys={orders: order_id:id}")
    )
    assert source.read(engine).transactions.count().to_pyarrow().as_py() == 4


def test_the_digest_is_that_of_the_contents(engine: BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "moved").mkdir()
    one = read(engine, write(tmp_path, items=ITEMS, orders=ORDERS)).digest
    assert read(engine, write(tmp_path / "moved", items=ITEMS, orders=ORDERS)).digest == one
    assert read(engine, write(tmp_path, items=ITEMS, orders=ORDERS.replace("x", "w"))).digest != one


@pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])
def test_tables_of_a_database_are_joined_too(engine: BaseBackend, tmp_path: Path, dialect: str) -> None:
    path = tmp_path / "shop.db"
    frames = {name: pd.read_csv(file) for name, file in write(tmp_path, items=ITEMS, orders=ORDERS).items()}
    if dialect == "sqlite":
        with sqlite3.connect(path) as connection:
            for name, frame in frames.items():
                frame.to_sql(name, connection, index=False)
        connection.close()
    else:
        with duckdb.connect(str(path)) as database:
            for name, frame in frames.items():
                database.register("frame", frame)
                database.execute(f"CREATE TABLE {name} AS SELECT * FROM frame")
    source = Database(url=f"{dialect}:///{path}", tables={name: name for name in frames}, **SAID)
    lines = source.read(engine).transactions.to_pandas()
    assert lines["customer_id"].tolist() == ["x", "x", "y", "x"]
    with pytest.raises(ConfigError, match="not both"):
        Database(url=f"{dialect}:///{path}", table="items", tables={"items": "items"}).read(engine)
