"""The embedded engine keeps to its limits, and leaves nothing where one works."""

import tempfile
from pathlib import Path

import pytest

from segmentlab.errors import ConfigError
from segmentlab.transactions.engines.duckdb import DuckDB


def test_limits_reach_the_database() -> None:
    database = DuckDB(memory_limit="512MiB", threads=1).connect()
    settings = database.sql("SELECT current_setting('memory_limit') AS m, current_setting('threads') AS t")
    assert settings.to_pyarrow().to_pylist() == [{"m": "512.0 MiB", "t": 1}]


@pytest.mark.parametrize("limits", [{"memory_limit": "plenty"}, {"threads": 0}])
def test_a_limit_that_is_none_is_refused(limits: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match=f"engine.{next(iter(limits))}"):
        DuckDB(**limits).connect()


def test_what_does_not_fit_spills_to_a_folder_that_goes_with_the_connection(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, spill = tmp_path / "work", tmp_path / "spill"
    work.mkdir()
    spill.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setattr(tempfile, "tempdir", str(spill))
    database = DuckDB(memory_limit="64MiB", threads=1).connect()
    database.raw_sql("CREATE TABLE big AS SELECT hash(i) AS h, i::VARCHAR AS t FROM range(5_000_000) r(i)")
    assert database.table("big").order_by("h").limit(1_000_000).count().to_pyarrow().as_py() == 1_000_000
    assert list(spill.iterdir())
    database.disconnect()
    assert list(spill.iterdir()) == list(work.iterdir()) == []
