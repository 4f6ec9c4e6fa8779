"""What every test may ask for."""

import gc
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from ibis.backends import BaseBackend

from segmentlab.lab.names.plugins import declare_packages
from segmentlab.transactions import DuckDB
from tests.examples import count_examples

# Each run with evidence starts a process per processor, which loads all libraries again. Commands that tests
# start inherit it; the tests of those processes take it back.
os.environ.setdefault("LOKY_MAX_CPU_COUNT", "1")
# A server of MLflow would start four processes for its pages, and eight more that wait for jobs: 2 GB.
os.environ |= {"MLFLOW_WORKERS": "1", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}

# No example has a deadline: a busy machine is no defect.
settings.register_profile(
    "segmentlab",
    deadline=None,
    max_examples=count_examples(50),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("segmentlab")

pytest_plugins = ["tests.browser", "tests.pages.judges", "tests.postgres", "tests.spark"]

# A file is one worker's: the longest begin first, or the others would wait for them in the end.
LONGEST_FILES = ("test_commands.py", "test_spark_command.py", "test_engines.py", "test_models.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files in front, and leave all others where they are."""
    items.sort(key=lambda item: item.path.name not in LONGEST_FILES)


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to search it for garbage, again and again, took a tenth of the time."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


REQUIRED = os.environ.get("SEGMENTLAB_REQUIRE", "").split(",")


@pytest.fixture(autouse=True)
def own_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that a test loads puts its own copy of our code in front; it goes when the test does."""
    monkeypatch.setattr(sys, "path", list(sys.path))


@pytest.fixture(autouse=True)
def own_plugins() -> Iterator[None]:
    """What a test declared as a plug-in is none in the next test."""
    yield
    declare_packages(())


@pytest.fixture
def engine() -> BaseBackend:
    """A DuckDB of the test's own."""
    return DuckDB().connect()


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real files; without it the test is skipped, unless the run said that it must be there."""
    folder = os.environ.get("SEGMENTLAB_DATA")
    if folder:
        return Path(folder)
    if "realdata" in REQUIRED:
        pytest.fail("SEGMENTLAB_REQUIRE names realdata, and SEGMENTLAB_DATA is not set")
    pytest.skip("needs SEGMENTLAB_DATA, the folder of the real files")
