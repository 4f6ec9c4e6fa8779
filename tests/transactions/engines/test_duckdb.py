"""The embedded engine keeps to its limits, and leaves nothing where one works."""

import logging
import re
import tempfile
import threading
from pathlib import Path

import duckdb
import ibis
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.engines.spill import WATCHED, describe_spill, explain_full_memory


def test_limits_reach_the_database() -> None:
    database = DuckDB(memory_limit="512MiB", threads=1).connect()
    settings = database.sql("SELECT current_setting('memory_limit') AS m, current_setting('threads') AS t")
    assert settings.to_pyarrow().to_pylist() == [{"m": "512.0 MiB", "t": 1}]


def test_a_folder_that_is_none_and_one_that_is_full_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match=r"engine\.spill_folder=.*missing: no folder that can be written to"
    ):
        DuckDB(spill_folder=str(tmp_path / "missing")).connect()
    database = DuckDB(memory_limit="64MiB", threads=1, spill_folder=str(tmp_path)).connect()
    database.raw_sql("SET max_temp_directory_size = '1MiB'")
    fill = "CREATE TABLE big AS SELECT hash(i) AS h, i::VARCHAR AS t FROM range(5_000_000) r(i)"
    with pytest.raises(duckdb.Error) as full:
        database.raw_sql(fill)
    assert "name a folder on a larger disk: engine.spill_folder=" in str(explain_full_memory(full.value))
    other = tmp_path / "other"
    other.mkdir()
    database = DuckDB(memory_limit="64MiB", threads=1, spill_folder=str(other)).connect()
    other.rmdir()
    with pytest.raises(duckdb.Error) as gone:
        database.raw_sql(fill)
    assert "There is no room" in str(explain_full_memory(gone.value))
    assert explain_full_memory(duckdb.BinderException("no such column")) is None


def test_a_long_query_says_how_far_it_is(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "segmentlab")
    database = DuckDB(threads=1).connect()
    watch = WATCHED[id(database)]
    query = threading.Thread(
        target=database.raw_sql, args=("SELECT sum(hash(i)) FROM range(80_000_000) r(i)",)
    )
    query.start()
    while query.is_alive() and not caplog.messages:
        watch.look()
    query.join()
    assert re.fullmatch(r"\d+ % of a pass over the data", caplog.messages[0])


@pytest.mark.parametrize("limits", [{"memory_limit": "plenty"}, {"threads": 0}])
def test_a_limit_that_is_none_is_refused(limits: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=f"engine.{next(iter(limits))}"):
        DuckDB(**limits).connect()


def test_what_does_not_fit_spills_to_a_folder_that_goes_with_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    work, spill = tmp_path / "work", tmp_path / "spill"
    work.mkdir()
    spill.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    caplog.set_level(logging.INFO, "segmentlab")
    database = DuckDB(memory_limit="64MiB", threads=1).connect()
    database.raw_sql("CREATE TABLE big AS SELECT hash(i) AS h, i::VARCHAR AS t FROM range(5_000_000) r(i)")
    assert database.table("big").order_by("h").limit(1_000_000).count().to_pyarrow().as_py() == 1_000_000
    (folder,) = spill.iterdir()
    WATCHED[id(database)].look()
    assert f"What does not fit into engine.memory_limit=64MiB goes to {folder}." in caplog.messages
    told = describe_spill(database.table("big"))
    assert re.fullmatch(
        rf"engine\.memory_limit=64MiB was .*: at most \d\d+ MiB lay in {folder}\.", told or ""
    )
    database.disconnect()
    assert list(spill.iterdir()) == list(work.iterdir()) == []


def test_a_late_table_is_computed_once_and_only_where_it_is_asked() -> None:
    database, asked = DuckDB().connect(), []
    numbers = ibis.memtable({"a": [1, 2, 3]})
    first = database.create_late_table(numbers.filter(numbers["a"] > 1), lambda: asked.append("first"))
    second = database.create_late_table(first.mutate(b=first["a"] * 2), lambda: asked.append("second"))
    database.create_late_table(first, lambda: asked.append("never"))
    assert not asked
    for _ in range(2):
        assert second["b"].sum().to_pyarrow().as_py() == 10
    assert first.to_pandas()["a"].tolist() == [2, 3]
    assert asked == ["second", "first"]


def test_a_late_table_that_is_refused_stays_so() -> None:
    def refuse() -> None:
        raise DataError("it has changed")

    database = DuckDB().connect()
    table = database.create_late_table(ibis.memtable({"a": [1]}), refuse)
    for _ in range(2):
        with pytest.raises(DataError, match="it has changed"):
            table.to_pandas()
