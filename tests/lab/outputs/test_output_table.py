"""A table that holds one snapshot per day, and never half of one."""

import json
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import NullPool, create_engine, text

from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.outputs.database import HistoryDatabase
from segmentlab.lab.outputs.table import OUTPUT_TABLE_COLUMNS, OutputTable
from tests.postgres import PASSWORD, Postgres

SCORED = pd.DataFrame(
    {
        "customer_id": ["007", "'; drop table scores; --"],
        "segment": [0, 1],
        "name": ["Loyal", "New"],
        "confidence": [0.5, 1.0],
        "little_history": [False, True],
    }
)


@pytest.fixture(params=["duckdb", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"{request.param}:///{tmp_path / 'shop.db'}"


def written(url: str, day: str, scored: pd.DataFrame = SCORED, note: str = "first") -> None:
    output = OutputTable("scores", url)
    output.check()
    assert "table scores" in output.write(scored, {"as_of": day, "note": note})


def rows(url: str, table: str = "scores") -> pd.DataFrame:
    with HistoryDatabase(url).transaction() as session:
        return session.read(f"select * from {table}", {}).sort_values("as_of", kind="stable")


def test_days_are_kept_beside_each_other_and_a_day_replaces_itself(url: str) -> None:
    written(url, "2011-11-01")
    written(url, "2011-12-01", note="second")
    written(url, "2011-12-01", SCORED.assign(segment=[1, 1]), note="third")
    found = rows(url)
    assert [str(day)[:10] for day in found["as_of"]] == ["2011-11-01"] * 2 + ["2011-12-01"] * 2
    assert sorted(found["segment"][:2]) == [0, 1]
    assert found["segment"][2:].tolist() == [1, 1]
    assert sorted(found["customer_id"][2:]) == sorted(SCORED["customer_id"])
    told = [json.loads(manifest) for manifest in rows(url, "scores_manifests")["manifest"]]
    assert [(each["note"], each["output"]["rows"]) for each in told] == [("first", 2), ("third", 2)]


def test_states_are_missing_where_a_model_knows_none(url: str) -> None:
    """Whether the table was made for them, or by an earlier version."""
    with HistoryDatabase(url).transaction() as session:
        old = ", ".join(f"{name} {kind}" for name, kind in OUTPUT_TABLE_COLUMNS.items())
        session.execute(f"create table scores ({old}, primary key (as_of, customer_id))", {})
    for name in ("scores", "later"):
        table = OutputTable(name, url)
        table.check()
        table.write(SCORED.assign(state=["Loyal", ""]), {"as_of": "2011-12-01"})
        table.write(SCORED, {"as_of": "2011-12-02"})
        assert sorted(rows(url, name)["state"][:2]) == ["", "Loyal"]
        assert rows(url, name)["state"][2:].isna().all()


def test_what_can_not_be_written_leaves_the_day_as_it_was(url: str) -> None:
    written(url, "2011-12-01")
    twice = pd.concat([SCORED, SCORED])
    with pytest.raises(StoreError, match="database="):
        written(url, "2011-12-01", twice)
    assert len(rows(url)) == 2
    assert len(rows(url, "scores_manifests")) == 1


def test_a_table_of_somebody_else_stays_as_it_was(url: str) -> None:
    with HistoryDatabase(url).transaction() as session:
        session.execute("create table scores (goals integer, as_of date)", {})
        session.execute("insert into scores values (3, '2011-12-01')", {})
    with pytest.raises(StoreError, match="database="):
        written(url, "2011-12-01")
    assert rows(url)["goals"].tolist() == [3]


def test_a_table_of_an_earlier_version_gets_what_is_expected(url: str) -> None:
    """Its rows stay, and say nothing of what nobody told then."""
    with HistoryDatabase(url).transaction() as session:
        columns = ", ".join(f"{name} {kind}" for name, kind in OUTPUT_TABLE_COLUMNS.items())
        session.execute(f"create table scores ({columns}, primary key (as_of, customer_id))", {})
        session.execute("insert into scores values ('2011-11-01', '007', 0, 'Loyal', 1.0, false)", {})
    told = {"alive": 0.9, "buys": 0.4, "expected": 12.5, "late": 0.0}
    ahead = SCORED.assign(**told, next_order=[date(2011, 12, 9), None])
    written(url, "2011-12-01", ahead)
    written(url, "2011-12-02")  # a model that knows no laws
    found = rows(url)
    assert found["expected"].isna().tolist() == [True, False, False, True, True]
    assert str(found["next_order"].dropna().iloc[0])[:10] == "2011-12-09"


@pytest.mark.parametrize(
    "name", ["scores; drop table lines", "shop.lines", 'sco"res', "Scores", "1st", "", "../scores", "ş" * 3]
)
def test_a_name_is_an_identifier_and_nothing_else(name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a table"):
        OutputTable(name, "duckdb:///shop.db")


def test_a_customer_is_forgotten_on_every_day_and_the_manifests_count_it(url: str) -> None:
    assert_forgets(url)


def assert_forgets(url: str) -> None:
    scores = OutputTable("scores", url)
    written(url, "2011-11-01")
    written(url, "2011-12-01")
    written(url, "2011-12-02", SCORED[:1])
    assert scores.forget("nobody") == 0
    assert scores.forget(SCORED["customer_id"][1]) == 2
    assert rows(url)["customer_id"].tolist() == ["007"] * 3
    told = [json.loads(manifest) for manifest in rows(url, "scores_manifests")["manifest"]]
    assert [(each["output"]["rows"], each.get("forgotten")) for each in told] == [(1, 1), (1, 1), (1, None)]


def test_what_can_not_be_forgotten_stays_as_it_was(url: str, tmp_path: Path) -> None:
    """Rows and manifests go together: here the manifest of a day is not one of ours."""
    written(url, "2011-12-01")
    with HistoryDatabase(url).transaction() as session:
        session.execute("update scores_manifests set manifest = '[]'", {})
    with pytest.raises(TypeError):
        OutputTable("scores", url).forget("007")
    assert len(rows(url)) == 2
    with pytest.raises(StoreError, match="goals"):
        OutputTable("goals", url).forget("007")
    with pytest.raises(StoreError, match="no such database"):
        OutputTable("scores", f"duckdb:///{tmp_path}/none.duckdb").forget("007")
    assert not (tmp_path / "none.duckdb").exists()


def test_scores_without_a_day_go_to_a_file(url: str) -> None:
    with pytest.raises(ConfigError, match="write a file with output="):
        OutputTable("scores", url).write(SCORED, {"as_of": None})


def test_a_server_forgets_too(postgres: Postgres) -> None:
    assert_forgets(postgres.url())
    postgres.run("drop table scores", "drop table scores_manifests")


def test_a_server_takes_it_too_and_its_password_is_not_told(postgres: Postgres) -> None:
    url = postgres.url()
    written(url, "2011-12-01")
    written(url, "2011-12-01")
    with create_engine(
        postgres.url(dialect="postgresql+psycopg"), poolclass=NullPool
    ).connect() as connection:
        found = pd.read_sql(text("select * from scores order by segment"), connection)
    assert found["as_of"].tolist() == [date(2011, 12, 1)] * 2
    assert found["little_history"].tolist() == [False, True]
    with pytest.raises(StoreError) as told:
        OutputTable("scores", postgres.url(database="nowhere")).check()
    assert PASSWORD not in str(told.value)
    assert PASSWORD not in repr(OutputTable("scores", url))
