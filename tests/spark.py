"""A real Spark session: started once, for all the tests that ask for it."""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.transactions.engines.spark import Spark

# Spark takes twice the time with its own settings. Commands that tests start inherit them.
os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "spark_settings"))


def missing() -> str | None:
    """What Spark lacks on this machine."""
    if importlib.util.find_spec("pyspark") is None:
        return "PySpark is not installed: python -m pip install -e '.[spark]'"
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        return "there is no Java: install version 17 or newer"
    return None


@pytest.fixture(scope="session")
def spark_installed() -> None:
    """Without Spark the test is skipped, unless the run said that it must be there."""
    lacking = missing()
    if lacking and "spark" in os.environ.get("SEGMENTLAB_REQUIRE", "").split(","):
        pytest.fail(f"SEGMENTLAB_REQUIRE names spark, and {lacking}")
    if lacking:
        pytest.skip(f"needs Spark: {lacking}")


@pytest.fixture(scope="session")
def spark(spark_installed: None) -> Iterator[BaseBackend]:  # noqa: ARG001
    """A session inside this machine."""
    backend = Spark(master="local[2]", driver_memory="1g").connect()
    yield backend
    backend.disconnect()
