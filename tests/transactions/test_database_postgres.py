"""A real PostgreSQL is read as any file is, and never written to; it may refuse in many ways."""

import os
import subprocess
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.transactions.database import Database
from tests.commands import Lab
from tests.postgres import PASSWORD, USER, Postgres, free_port

TYPED = """
create table typed (
    customer_id numeric(10, 0), invoice text, sku char(5), quantity integer, price numeric(10, 2),
    date timestamptz, paid boolean, delivered date, note jsonb
)"""


@pytest.fixture(scope="module")
def shop(postgres: Postgres) -> Postgres:
    postgres.store("lines", frame(SHOP))
    postgres.run(
        TYPED,
        "insert into typed values (7, '0042', '00123', 2, 1.10, '2011-01-05 00:30+01', true, "
        "'2011-01-07', '[1]')",
        "insert into typed values (null, '0043', '00124', 3, 2, '2011-07-05 12:00+02', null, null, null)",
        "create table empty (like lines)",
        "create schema archive",
        "create table archive.lines as select * from lines limit 4",
        "create function emptied() returns int language sql as 'delete from lines returning 1'",
    )
    return postgres


@pytest.mark.parametrize("dialect", ["postgresql", "postgres", "postgresql+psycopg"])
def test_a_table_is_read_whatever_the_dialect_is_called(
    engine: BaseBackend, shop: Postgres, dialect: str
) -> None:
    dataset = Database(url=shop.url(dialect=dialect), table="lines").read(engine)
    assert dataset.name == "lines"
    assert dataset.source == f"postgresql://127.0.0.1:{shop.port}/postgres, table 'lines'"
    assert dataset.transactions.to_pandas().equals(frame(SHOP))


def test_values_arrive_as_what_they_are(engine: BaseBackend, shop: Postgres) -> None:
    dataset = Database(url=shop.url(), table="typed").read(engine)
    first, second = dataset.transactions.to_pyarrow().to_pylist()
    assert first == {
        "customer_id": "7",
        "invoice_id": "0042",
        "product_id": "00123",
        "quantity": 2.0,
        "unit_price": 1.1,
        "timestamp": datetime(2011, 1, 4, 23, 30),
        "paid": True,
        "delivered": date(2011, 1, 7),
        "note": "[1]",
    }
    assert second["timestamp"] == datetime(2011, 7, 5, 10)
    assert [name for name, value in second.items() if value is None] == [
        "customer_id",
        "paid",
        "delivered",
        "note",
    ]
    assert "Moments in 'date' are in UTC and stay so" in " ".join(dataset.notes)


def test_a_query_is_taken_as_it_stands(engine: BaseBackend, shop: Postgres) -> None:
    query = "select *, '%' as percent, ':name' as colon from lines where description like '%BAG' -- bags"
    lines = Database(url=shop.url(), query=query).read(engine).transactions.to_pandas()
    assert lines["product_id"].tolist() == ["20725"] * 3
    assert lines["percent"].tolist() == ["%"] * 3
    assert lines["colon"].tolist() == [":name"] * 3


def test_a_table_of_another_schema(engine: BaseBackend, shop: Postgres) -> None:
    dataset = Database(url=shop.url(), table="archive.lines").read(engine)
    assert dataset.transactions.count().to_pyarrow().as_py() == 4


def test_equal_lines_have_an_equal_digest_whatever_their_order(engine: BaseBackend, shop: Postgres) -> None:
    forward, backward, less = (
        Database(url=shop.url(), query=f"select * from lines {order}").read(engine).digest
        for order in ("order by invoice_id", "order by invoice_id desc", "where invoice_id <> '1001'")
    )
    assert forward == backward == Database(url=shop.url(), table="lines").read(engine).digest
    assert forward != less


@pytest.mark.parametrize(
    "query",
    [
        "delete from lines",
        "with gone as (delete from lines returning *) select * from gone",
        "select emptied()",
        "select 1; delete from lines",
        "select 1; commit; delete from lines",
    ],
)
def test_a_query_that_writes_is_refused(engine: BaseBackend, shop: Postgres, query: str) -> None:
    with pytest.raises((ConfigError, DataError)):
        Database(url=shop.url(), query=query).read(engine)
    assert len(Database(url=shop.url(), table="lines").read(engine).transactions.to_pandas()) == len(SHOP)


@pytest.mark.parametrize(
    ("url", "said", "message"),
    [
        ({"password": "wr0ng"}, {"table": "lines"}, "password authentication failed"),
        ({"database": "shop"}, {"table": "lines"}, 'database "shop" does not exist'),
        ({}, {"table": "line"}, "Did you mean lines?"),
        ({}, {"table": "archiv.lines"}, "Found: none. A table of another schema is schema.table."),
        ({}, {"table": "empty"}, "table 'empty': there is no row in it"),
        ({}, {"query": "select * fro lines"}, 'data.query can\'t be read (syntax error at or near "fro")'),
        ({}, {"query": "select l.*, 1 as country from lines as l"}, "two columns are named 'country'"),
        ({}, {"query": "select 1 / (quantity - 2) from lines"}, "division by zero"),
        ({}, {"table": "lines", "columns": {"country": "land"}}, "no such column"),
    ],
)
def test_what_the_database_refuses_is_told(
    engine: BaseBackend, shop: Postgres, url: dict[str, str], said: dict[str, object], message: str
) -> None:
    with pytest.raises((ConfigError, DataError)) as refused:
        Database(url=shop.url(**url), **said).read(engine)
    assert message in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "wr0ng" not in str(refused.value)


def test_a_server_that_is_not_there(engine: BaseBackend) -> None:
    nobody = Postgres(free_port()).url()
    with pytest.raises(DataError, match=r"the database can't be opened .*Connection refused"):
        Database(url=nobody, table="lines").read(engine)


@pytest.mark.slow
@pytest.mark.parametrize(
    "where",
    ["typed", *(pytest.param(where, marks=pytest.mark.slow) for where in ("environment", "option"))],
)
def test_a_password_is_kept_nowhere(tmp_path: Path, shop: Postgres, where: str) -> None:
    shop.store("sales", frame([*random_shop()]))
    url = shop.url()
    if where == "option":
        url = f"postgresql://127.0.0.1:{shop.port}/postgres?user={USER}&password={PASSWORD}"
    typed = [] if where == "environment" else [f"data.url='{url}'"]
    environment = {"SEGMENTLAB_DATABASE": url} if where == "environment" else {}
    lab = Lab(tmp_path)
    told = run(lab, "data.table=sales", "model.n_clusters=2", "profile=true", *typed, **environment)
    told += run(lab, "data.table=sale", *typed, expected=2, **environment)
    assert PASSWORD not in told
    assert f"postgresql://127.0.0.1:{shop.port}/postgres has no such table" in told
    kept = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert {"config.yaml", "mlflow.db", "report.html"} <= {path.name for path in kept}
    assert not [path for path in kept if PASSWORD.encode() in path.read_bytes()]


def random_shop() -> Iterator[tuple[object, ...]]:
    """Thirty customers who differ."""
    for number in range(1, 31):
        for visit in range(number % 5 + 1):
            when = datetime(2011, 1 + visit, number % 28 + 1)
            yield (str(number), f"{number}-{visit}", "A", "BAG", 1.0 + number, 2.0, when, "France")


def run(lab: Lab, *arguments: str, expected: int = 0, **environment: str) -> str:
    """What `python src/run.py data=database ...` tells; a database has no folder of its own."""
    command = lab.command("data=database", *arguments)
    done = subprocess.run(
        [argument for argument in command if not argument.startswith("data.folder=")],
        capture_output=True,
        text=True,
        check=False,
        cwd=lab.folder,
        env={**os.environ, **environment},
        timeout=900,
    )
    assert done.returncode == expected, done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr
