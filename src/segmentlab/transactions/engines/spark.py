"""Spark, when one machine is not enough: a session on this machine, a cluster, or Spark Connect."""

import os
import re
import socket
import sys
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError

if TYPE_CHECKING:
    from pyspark import SparkConf
    from pyspark.sql import SparkSession


# What the answers depend on, the same for every session. Ibis sets the time zone to UTC.
SPARK_SQL: Final = {
    "spark.sql.ansi.enabled": "true",  # an overflow or a broken cast is an error, as on DuckDB, never a null
}
# Into how many parts Spark cuts what it sorts or groups. Its own number is for a cluster: in one process each
# query of a run would be some hundred tasks, and most of the run their beginning and end.
PARTS_KEY, SPARKS_PARTS, PARTS_HERE = "spark.sql.shuffle.partitions", "200", "32"
SPARK_TIMEOUT: Final = 10  # seconds; Spark itself tries for minutes before it says that nobody is there


LEAST_SAMPLE: Final = 1_000  # customers; evidence and figures rest on them


@dataclass(frozen=True, kw_only=True)
class CrowdRules:
    """When customers stay in Spark, how many of them are looked at here, and where all are written."""

    most_here: int
    sample: int
    folder: str | None  # a temporary one where None; every machine has to find it under this path

    def __post_init__(self) -> None:
        if self.most_here < 0 or self.sample < LEAST_SAMPLE:
            raise ConfigError(
                f"engine.most_here={self.most_here} engine.sample={self.sample}: expected 0 customers or "
                f"more, and a sample of {LEAST_SAMPLE:,} or more."
            )
        if self.folder is not None and not Path(self.folder).is_dir():
            raise ConfigError(
                f"engine.folder={self.folder}: there is no such folder. Make it where every machine of the "
                "cluster finds it."
            )

    def check_reach(self, master: str) -> None:
        """Refuse a cluster without a folder that its machines share, before it has worked for hours."""
        if self.folder is None and not master.startswith("local"):
            raise ConfigError(
                f"engine.master={master}: more than engine.most_here={self.most_here:,} customers stay in "
                "Spark, which writes them to a folder that every machine finds under the same path. Name it "
                "with engine.folder=, or raise engine.most_here so that all customers come here."
            )


@dataclass(frozen=True, kw_only=True)
class Spark:
    """Where Spark runs, in Spark's own words.

    `master` is `local[*]` for this machine, the address of a cluster (`spark://host:7077`, `yarn`,
    `k8s://...`), or of a Spark Connect server (`sc://host:15002`). Every other setting of a cluster
    comes from Spark's own `spark-defaults.conf`. `driver_memory` is for the process that is started
    here, which in a session on this machine does all the work.

    Up to `most_here` customers come to this process. Above, they stay in Spark and are written below
    `folder`, and what needs to see customers one by one sees a `sample` of them.
    """

    master: str = "local[*]"
    driver_memory: str = "2g"
    most_here: int = 1_000_000
    sample: int = 100_000
    folder: str | None = None

    @property
    def crowd(self) -> CrowdRules:
        """What is done with very many customers."""
        return CrowdRules(most_here=self.most_here, sample=self.sample, folder=self.folder)

    def connect(self) -> BaseBackend:
        """The session of this process: started once, found again by later jobs of a multirun."""
        # Spark would start whichever python3 a machine finds first for the functions of ours that it runs.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        # It speaks of pyspark.pandas, which nothing here uses, on every table that comes back.
        warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise ConfigError(
                "engine=spark needs PySpark, which is not installed. Install it with "
                "python -m pip install -e '.[spark]', and Java 17 or newer; or choose engine=duckdb."
            ) from error
        session = SparkSession.getActiveSession()
        if session is None:
            _check_server_answers(self.master)
            session = _connect_remote(self.master) if self.master.startswith("sc://") else self._start()
        elif self.master != (running := session.conf.get("spark.master")):
            raise ConfigError(
                f"engine.master={self.master}: this process runs Spark on {running} already, and a process "
                "has one. Run each master in a command of its own."
            )
        from segmentlab.transactions.engines.spark_backend import Backend

        return Backend.on(session, **SPARK_SQL)

    def _start(self) -> "SparkSession":
        """Start Java and a session in it. Java's chatter goes to a file that is read only on failure."""
        from py4j.protocol import Py4JError
        from pyspark import SparkContext
        from pyspark.errors import PySparkException
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        settings = self._settings()
        with tempfile.TemporaryFile("w+") as chatter:
            try:
                gateway = launch_gateway(settings, {"stdout": chatter, "stderr": chatter})
                session = SparkSession(SparkContext(conf=settings, gateway=gateway))
            except (PySparkException, Py4JError) as error:
                raise ConfigError(
                    f"Spark did not start: {_find_java_reason(chatter) or error}. It needs Java 17 "
                    "or newer, found as "
                    f"java or by JAVA_HOME. Check engine.master={self.master} and "
                    f"engine.driver_memory={self.driver_memory} as well, or choose engine=duckdb."
                ) from error

        if self.master.startswith("local") and session.conf.get(PARTS_KEY) == SPARKS_PARTS:
            session.conf.set(PARTS_KEY, PARTS_HERE)
        return session

    def _settings(self) -> "SparkConf":
        from pyspark import SparkConf

        settings = SparkConf().setMaster(self.master).setAppName("segmentlab")
        settings.set("spark.driver.memory", self.driver_memory)
        settings.set("spark.ui.enabled", "false")
        # Nothing is ever stored there, but without a name Spark would speak of the current directory.
        settings.set("spark.sql.warehouse.dir", f"{tempfile.gettempdir()}/segmentlab-warehouse")
        if self.master.startswith("local"):
            settings.set("spark.driver.host", "127.0.0.1").set("spark.driver.bindAddress", "127.0.0.1")
        return settings


def _connect_remote(address: str) -> "SparkSession":
    """A session on somebody's Spark Connect server."""
    from pyspark.sql import SparkSession

    return SparkSession.builder.remote(address).getOrCreate()


def _check_server_answers(master: str) -> None:
    """Refuse an address where nobody listens. One of several masters is enough."""
    addresses = re.findall(r"([^/,;]+):(\d+)", master) if re.match("(spark|sc)://", master) else []
    troubles = []
    for host, port in addresses:
        try:
            socket.create_connection((host, int(port)), timeout=SPARK_TIMEOUT).close()
        except OSError as error:
            troubles.append(f"{host}:{port}: {error.strerror or error}")
        else:
            return
    if troubles:
        raise ConfigError(
            f"engine.master={master}: nobody answers ({'; '.join(troubles)}). Start Spark there, correct "
            "the address, or choose engine.master=local[*], which starts Spark on this machine."
        )


def _find_java_reason(chatter: IO[str]) -> str:
    """The first line of Java's that is no greeting or warning: what follows it is a stack trace."""
    chatter.seek(0)
    lines = (line.strip() for line in chatter)
    return next((line for line in lines if line and "WARN" not in line and not line.startswith("Using ")), "")
