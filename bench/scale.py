"""A whole quick run where customers stay in Spark: what it costs per million customers, and how that grows.

    python bench/scale.py [--customers 1000000 3000000] [--alone 10000000] [--folder DIR] [--memory 4g]

Beside each size stands the same run on DuckDB, where every customer comes to one process, but for the sizes
of `--alone`. Each is a whole process with all that it starts, Java and its workers in Python too. Processor
time is read once a second from every process there is, so what is shorter than that is missing.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psutil
from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT

LINES_EACH = 5  # of a customer, on average: many have one, a few have fifty
LINES = """
copy (
    with people as (
        select i, 1 + floor(-4 * ln(1 - (hash(11 * i) % 1000003) / 1000004.0))::int lines
        from range({customers}) numbers(i)
    ), bought as (
        select i, lines, unnest(range(lines)) line from people
    )
    select 'C' || i customer_id, (5000000 + 64 * i + line // 3)::varchar invoice_id,
        1 + (hash(7 * (64 * i + line)) % 12)::int quantity,
        timestamp '2010-01-01' + to_seconds(
            (hash(i + line // 3) % (63072000 // (1 + hash(13 * i) % 3)))::bigint) as timestamp,
        round(exp(.5 + 3 * sqrt((hash(3 * (64 * i + line)) % 1000003) / 1e6)), 2) unit_price
    from bought
) to '{file}'
"""


@dataclass(frozen=True)
class Cost:
    """What a command and all that it started took, and how the command ended."""

    code: int
    seconds: float
    processor: float
    peak: float  # GiB of memory at once


def main() -> None:
    """Print a line for each size and engine, and how the cost per million customers grows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="*", default=[1_000_000, 3_000_000])
    parser.add_argument("--alone", type=int, nargs="*", default=[], help="sizes without DuckDB beside them")
    parser.add_argument("--folder", help="where to write; a temporary folder by default")
    parser.add_argument("--memory", default="4g", help="of Spark's process in Java")
    parser.add_argument(
        "--choices", nargs="*", default=[], help="what else to choose, as on the command line"
    )
    options = parser.parse_args()
    for customers in sorted({*options.customers, *options.alone}):
        with tempfile.TemporaryDirectory(dir=options.folder) as folder:
            file = Path(folder) / "lines.parquet"
            duckdb.sql(LINES.format(customers=customers, file=file))
            spark = ["engine=spark", "engine.most_here=0", f"engine.driver_memory={options.memory}"]
            costs = {}
            if customers in options.customers:
                costs["duckdb"] = _watch(_run(file, folder, *options.choices))
            costs["spark"] = _watch(_run(file, folder, *spark, f"engine.folder={folder}", *options.choices))
            _show(customers, file.stat().st_size, costs)
            _show_steps(f"sqlite:///{folder}/mlflow.db")


def _run(file: Path, folder: str, *more: str) -> list[str]:
    own = [f"tracking.uri=sqlite:///{folder}/mlflow.db", "cache=false", "evaluate=quick", "report=none"]
    command = [sys.executable, str(ROOT / "src" / "run.py"), "model=kmeans", "features=rfm", "data=file"]
    return [*command, f"data.path={file}", *own, *more]


def _watch(command: Sequence[str]) -> Cost:
    """Run a command, and add up what its whole tree of processes uses."""
    begun, used, peak = time.perf_counter(), dict[int, float](), 0.0
    with tempfile.TemporaryFile("w+") as said:
        process = psutil.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        while process.poll() is None:
            memory = 0
            for each in (process, *process.children(recursive=True)):
                try:
                    times = each.cpu_times()
                    used[each.pid] = times.user + times.system
                    memory += each.memory_full_info().pss
                except psutil.Error:  # it has just ended
                    continue
            peak = max(peak, memory / 2**30)
            time.sleep(1)
        if process.returncode:
            said.seek(0)
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}:\n{said.read()[-2000:]}")
        return Cost(process.returncode, time.perf_counter() - begun, sum(used.values()), peak)


def _show(customers: int, size: int, costs: dict[str, Cost]) -> None:
    print(f"{customers:,} customers, some {LINES_EACH} lines each, {size / 2**20:,.0f} MiB of Parquet")
    baseline = costs.get("duckdb")
    for name, cost in costs.items():
        each = cost.processor / customers * 1e6
        ratio = f"{cost.processor / baseline.processor:6.2f} x" if baseline else ""
        print(
            f"  {name:<8} {cost.processor:8.0f} s of processor {cost.seconds:8.0f} s "
            f"{cost.peak:6.2f} GiB {each:8.1f} s per million {ratio}",
            flush=True,
        )


def _show_steps(store: str) -> None:
    """Where the time of the last run went."""
    client = MlflowClient(store, store)
    experiment = client.get_experiment_by_name("segmentlab")
    metrics = client.search_runs([experiment.experiment_id], max_results=1)[0].data.metrics
    steps = {name: seconds for name, seconds in metrics.items() if name.startswith("time/")}
    print("  " + ", ".join(f"{name[5:]} {seconds:.0f}" for name, seconds in steps.items()) + " s", flush=True)


if __name__ == "__main__":
    main()
