"""A real Spark cluster on the loopback interface: a master and two workers, each a process of its own."""

import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

LOOPBACK = {"SPARK_LOCAL_IP": "127.0.0.1"}
PATIENCE = 120  # seconds; a busy machine is no defect


@dataclass(frozen=True)
class Cluster:
    """Where the master listens, and what it wrote."""

    master: str
    log: Path

    def executors(self) -> set[str]:
        """The workers that were given work."""
        return set(re.findall(r"Launching executor \S+ on worker (\S+)", self.log.read_text()))


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    """Start a cluster, and end its processes whatever happens."""
    with ExitStack() as processes:
        master = folder / "master.log"
        processes.enter_context(_started("spark-class", [*_role("master.Master"), "--port", "0"], master))
        address = _told(master, r"Starting Spark master at (spark://\S+)")
        for number in (1, 2):
            work = str(folder / f"work{number}")
            offers = ["--cores", "1", "--memory", "1g", "--work-dir", work, address]
            log = folder / f"worker{number}.log"
            processes.enter_context(_started("spark-class", [*_role("worker.Worker"), *offers], log))
        _told(master, r"(?s)Registering worker.*(Registering worker)")
        yield Cluster(address, master)


def _role(name: str) -> list[str]:
    return [f"org.apache.spark.deploy.{name}", "--host", "127.0.0.1", "--webui-port", "0"]


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """Start a Spark Connect server, and give its address."""
    log = folder / "connect.log"
    settings = ["grpc.binding.address=127.0.0.1", "grpc.binding.port=0"]
    arguments = ["--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "--master", "local[2]"]
    for setting in settings:
        arguments += ["--conf", f"spark.connect.{setting}"]
    with _started("spark-submit", [*arguments, "--conf", "spark.ui.enabled=false", "spark-internal"], log):
        yield "sc://" + _told(log, r"Connect server started at: (\S+)")


@contextmanager
def _started(program: str, arguments: list[str], log: Path) -> Iterator[None]:
    from pyspark.find_spark_home import _find_spark_home

    command = [f"{_find_spark_home()}/bin/{program}", *arguments]
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, env={**os.environ, **LOOPBACK})
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=30)


def _told(log: Path, pattern: str) -> str:
    """What a process wrote, once it has."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := re.search(pattern, log.read_text()):
            return found.group(1)
        time.sleep(0.2)
    raise AssertionError(f"{log.name} never said {pattern}:\n{log.read_text()}")
