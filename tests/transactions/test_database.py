"""A table or a query of SQLite and DuckDB: the same lines as from a file, and nothing is ever written."""

import sqlite3
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.lab.config.build import build_plan
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.transactions.database import Database
from segmentlab.transactions.ledger import clean_lines
from segmentlab.transactions.sources import sql
from segmentlab.transactions.sources.sql import store_rows
from tests.configs import composed
from tests.examples import draw_examples

ONE = ibis.duckdb.connect()
BOTH = pytest.mark.parametrize("dialect", ["sqlite", "duckdb"])


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The shop in a file of either kind, in a folder with an awkward name."""
    folder = tmp_path_factory.mktemp("it's 100% a #shop")
    lines = frame(SHOP)
    with duckdb.connect(str(folder / "shop.duckdb")) as database:
        database.register("shop", lines)
        database.execute("create table lines as select * from shop")
        database.execute("create view early as select * from lines where timestamp < date '2011-03-01'")
        database.execute("create schema archive; create table archive.old as select * from lines limit 4")
        database.execute("create table empty as select * from lines limit 0")
    connection = sqlite3.connect(folder / "shop.sqlite")
    lines.to_sql("lines", connection, index=False)
    connection.execute("create view early as select * from lines where timestamp < '2011-03-01'")
    connection.execute("create table empty as select * from lines limit 0")
    connection.commit()
    connection.close()
    return {dialect: f"{dialect}:///{folder / 'shop'}.{dialect}" for dialect in ("sqlite", "duckdb")}


@BOTH
def test_a_table_is_read(engine: BaseBackend, urls: dict[str, str], dialect: str) -> None:
    dataset = Database(url=urls[dialect], table="lines").read(engine)
    assert dataset.name == "lines"
    assert dataset.source.endswith(f"shop.{dialect}, table 'lines'")
    assert dataset.transactions.to_pandas().astype({"timestamp": "datetime64[us]"}).equals(frame(SHOP))


@BOTH
def test_a_view_and_a_query_are_read(engine: BaseBackend, urls: dict[str, str], dialect: str) -> None:
    view = Database(url=urls[dialect], table="early").read(engine)
    query = "/* before March */ SELECT * FROM lines WHERE timestamp < '2011-03-01' AND '%:a' = '%:a';"
    asked = Database(url=urls[dialect], query=query).read(engine)
    assert asked.name == "shop"
    assert asked.transactions.count().to_pyarrow().as_py() == 5
    assert asked.digest == view.digest


def test_a_digest_tells_lines_and_not_where_they_are(urls: dict[str, str], engine: BaseBackend) -> None:
    order = "order by quantity desc"
    read = [Database(url=url, query=f"select * from lines {order}").read(engine) for url in urls.values()]
    whole = Database(url=urls["sqlite"], table="lines").read(engine)
    assert read[0].digest == read[1].digest == whole.digest
    others = ("select * from lines union all select * from lines", "select * from lines limit 9")
    for other in others:
        assert Database(url=urls["sqlite"], query=other).read(engine).digest != whole.digest


def test_a_table_of_another_schema(engine: BaseBackend, urls: dict[str, str]) -> None:
    dataset = Database(url=urls["duckdb"], table="archive.old").read(engine)
    assert dataset.transactions.count().to_pyarrow().as_py() == 4


def test_columns_are_mapped_and_bad_rows_set_aside(engine: BaseBackend, tmp_path: Path) -> None:
    rows = [(7, "007", "13/02/2010", 1, "1,50"), (8, "008", "14/02/2010", "many", "2")]
    url = sqlite_of(tmp_path, "member, sku, date, qty, price", rows)
    said = {"columns": {"customer_id": "member"}, "decimal": ",", "on_bad_rows": "quarantine"}
    dataset = Database(url=url, table="lines", **said).read(engine)
    line = dataset.transactions.to_pyarrow().to_pylist()[0]
    assert (line["customer_id"], line["product_id"], line["unit_price"]) == ("7", "007", 1.5)
    assert dataset.quarantine is not None
    assert dataset.quarantine["row"].tolist() == [2]
    assert any("day first" in note for note in dataset.notes)


def test_a_column_takes_the_type_that_all_its_blocks_fit(
    engine: BaseBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        (None, None, 1, 2, 5),
        (489434, "00012", 2, 2.5, None),
        ("C489449", None, 3.5, 4, "text"),
        (489435, "7", None, 1, b"\x07"),
    ]
    url = sqlite_of(tmp_path, "invoice, sku, quantity, price, extra", rows)
    query = "select 'a' as customer_id, '2010-02-01' as date, * from lines"
    for size in (1, 2, 50_000):
        monkeypatch.setattr(sql, "CURSOR_BLOCK", size)
        with pytest.raises(DataError, match="row 4 is empty"):
            Database(url=url, query=query, on_bad_rows="error").read(engine)
        dataset = Database(url=url, query=query, on_bad_rows="quarantine").read(engine)
        lines = dataset.transactions.to_pandas()
        assert lines["invoice_id"].fillna("").tolist() == ["", "489434", "C489449"]
        assert lines["product_id"].fillna("").tolist() == ["", "00012", ""]
        assert lines["quantity"].tolist() == [1, 2, 3.5]
        assert lines["extra"].fillna("").tolist() == ["5", "", "text"]


@draw_examples(15)
@given(
    st.lists(
        st.one_of(st.none(), st.integers(-(2**70), 2**70), st.text(max_size=3), st.booleans()),
        min_size=1,
        max_size=8,
    )
)
def test_no_value_is_lost_on_its_way(values: list[object]) -> None:
    blocks = [[(value,)] for value in values]
    found = store_rows(["value"], blocks, ONE)["value"].cast("string").to_pyarrow().to_pylist()
    assert [value and value.lower() for value in found] == [
        None if value is None else str(value).lower() for value in values
    ]


@BOTH
@pytest.mark.parametrize(
    "query", ["delete from lines", "with x as (select 1) delete from lines", "select 1; delete from lines"]
)
def test_a_query_that_writes_is_refused(
    engine: BaseBackend, urls: dict[str, str], dialect: str, query: str
) -> None:
    with pytest.raises((ConfigError, DataError)):
        Database(url=urls[dialect], query=query).read(engine)
    left = Database(url=urls[dialect], table="lines").read(engine).transactions
    assert left.count().to_pyarrow().as_py() == len(SHOP)


@BOTH
@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"table": "line"}, "has no such table. Found: early, empty, lines. Did you mean lines?"),
        ({"table": "empty"}, "table 'empty': there is no row in it"),
        ({"query": "select * from nothing"}, "data.query can't be read"),
        ({"query": "update lines set quantity = 1"}, "data.query has to be a select, and this is none"),
        ({}, "give data.table=lines or data.query='select ...', one of them"),
        ({"table": "lines", "query": "select 1"}, "not both"),
        ({"table": "lines", "invoice": "week"}, "data.invoice is 'week'"),
    ],
)
def test_what_can_not_be_read_is_told(
    engine: BaseBackend, urls: dict[str, str], dialect: str, said: dict[str, str], message: str
) -> None:
    with pytest.raises((ConfigError, DataError)) as refused:
        Database(url=urls[dialect], **said).read(engine)
    assert message in str(refused.value)


@BOTH
def test_a_file_that_is_none_of_its_kind(engine: BaseBackend, tmp_path: Path, dialect: str) -> None:
    path = tmp_path / "shop.db"
    with pytest.raises(DataError, match="no such file"):
        Database(url=f"{dialect}:///{path}", table="lines").read(engine)
    assert not path.exists()
    path.write_bytes(b"neither the one nor the other" * 400)
    with pytest.raises(DataError, match=r"not a (valid DuckDB )?database"):
        Database(url=f"{dialect}:///{path}", table="lines").read(engine)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (None, "data=database needs data.url, or SEGMENTLAB_DATABASE"),
        ("shop.db", "data.url is no address of a database"),
        ("postgresql://me:s3cret", "data.url is no address of a database"),
        ("postgresql://me:s3/cr@et@127.0.0.1/shop", "more than one @"),
        ("klingon://me:s3cret@host/shop", "klingon is no database that is known"),
        ("mysql+nodriver://me:s3cret@host/shop", "mysql.nodriver is no database that is known"),
        ("oracle+oracledb://me:s3cret@host/shop", "python -m pip install oracledb"),
    ],
)
def test_an_address_that_leads_nowhere(engine: BaseBackend, url: str | None, message: str) -> None:
    with pytest.raises(ConfigError, match=message) as refused:
        Database(url=url, table="lines").read(engine)
    assert not {"s3cret", "cret", "et@"} & set(str(refused.value).replace("/", " ").split())
    assert "s3" not in repr(Database(url=url))


@pytest.mark.realdata
def test_online_retail_in_a_duckdb_file_gives_its_known_answer(
    engine: BaseBackend, real_data: Path, tmp_path: Path
) -> None:
    parquet = real_data / "raw" / "online_retail_II" / "online_retail_II_2009_2010.parquet"
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute("create table lines as select * from read_parquet(?)", [str(parquet)])
    dataset = Database(url=f"duckdb:///{tmp_path / 'shop.duckdb'}", table="lines").read(engine)
    kept = clean_lines(dataset.transactions, build_plan(composed()).cleaning, dataset.source).ledger.iloc[-1]
    assert (kept["rows"], kept["customers"], kept["revenue"]) == (407_664, 4_312, 8_832_003.27)


def sqlite_of(folder: Path, columns: str, rows: list[tuple[object, ...]]) -> str:
    """A table `lines` whose columns have no types, as SQLite allows."""
    connection = sqlite3.connect(folder / "shop.db")
    connection.execute(f"create table lines ({columns})")
    lines = pd.DataFrame(rows, dtype=object)
    marks = ", ".join("?" * len(lines.columns))
    connection.executemany(f"insert into lines values ({marks})", rows)
    connection.commit()
    connection.close()
    return f"sqlite:///{folder / 'shop.db'}"


@pytest.mark.spark
@BOTH
def test_spark_gets_the_same_lines(
    spark: BaseBackend, engine: BaseBackend, urls: dict[str, str], dialect: str
) -> None:
    source = Database(url=urls[dialect], table="lines")
    on_spark, here = source.read(spark), source.read(engine)
    assert on_spark.digest == here.digest
    order = ["timestamp", "product_id", "quantity"]
    lines = [read.transactions.to_pandas().sort_values(order) for read in (on_spark, here)]
    assert lines[0].astype(lines[1].dtypes).reset_index(drop=True).equals(lines[1].reset_index(drop=True))
