"""What an update costs beside a full scoring, in processor time: a hundredth of the lines is new.

    python bench/update.py [--customers 200000] [--worlds DIR]

2,000,000 customers are 100 million lines, 200,000 are 10 million. Both score everybody with the same model
as of the same day, each as a whole process; what they write is compared. The promise is 5 % at 100 million.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import duckdb
import pandas as pd
from mlflow import MlflowClient

from segmentlab.lab.config.folders import ROOT
from segmentlab.transactions.shop.pieces import WorldPlan
from segmentlab.transactions.shop.writer import TRANSACTIONS, write_world

PROMISE = 0.05
NEW = 0.01  # of the lines
FILES = 20  # that came before


class Cost(NamedTuple):
    """Of one process."""

    processor: float  # seconds
    clock: float


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, default=200_000, help="about 50 lines each")
    parser.add_argument("--worlds", help="where the log is written; a temporary folder by default")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.worlds) as name:
        folder = Path(name)
        model = make_model(folder)
        late = part_log(folder, options.customers)
        first = command(folder, "update", model)
        late.rename(folder / "log" / late.name)
        update = command(folder, "update", model)
        full = command(folder, "score", model)
        ours, theirs = (pd.read_parquet(folder / f"{name}.parquet") for name in ("update", "score"))
        pd.testing.assert_frame_equal(ours, theirs, rtol=1e-9)
    for what, cost in (("the first update", first), ("an update", update), ("a full scoring", full)):
        print(f"{what:<20} {cost.processor:8.1f} s of processors {cost.clock:8.1f} s on the clock")
    share = update.processor / full.processor
    print(f"{'an update / full':<20} {share:8.1%}  {'ok' if share <= PROMISE else 'MISSED'}")


def make_model(folder: Path) -> str:
    """The id of a run on a small shop."""
    shop = [f"data.folder={folder / 'worlds'}", f"cache_folder={folder / 'cache'}"]
    begin("run", folder, "evaluate=quick", "report=none", *shop)
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    experiment = client.get_experiment_by_name("segmentlab")
    run_id: str = client.search_runs([experiment.experiment_id])[0].info.run_id
    return run_id


def part_log(folder: Path, customers: int) -> Path:
    """Files by time in the folder `log`, and beside it that of the last hundredth of the lines."""
    write_world(folder / "world", WorldPlan(customers))
    (folder / "log").mkdir()
    lines = f"read_parquet('{folder / 'world' / TRANSACTIONS}/*.parquet')"
    with duckdb.connect(config={"temp_directory": str(folder / "spill")}) as engine:
        shares = [(1 - NEW) * number / FILES for number in range(1, FILES + 1)]
        cuts = engine.sql(f"select quantile_disc(timestamp, {shares}) from {lines}").fetchone()[0]  # noqa: S608
        for number, (begin_at, end) in enumerate(zip([None, *cuts], [*cuts, None], strict=True)):
            where = " and ".join(
                f"timestamp {sign} '{moment}'" for sign, moment in ((">=", begin_at), ("<", end)) if moment
            )
            place = folder / ("late.parquet" if end is None else f"log/part-{number:02d}.parquet")
            engine.execute(f"copy (select * from {lines} where {where}) to '{place}'")  # noqa: S608
    return folder / "late.parquet"


def command(folder: Path, name: str, model: str) -> Cost:
    """An update or a full scoring of the folder."""
    own = f"state={folder / 'kept.duckdb'}" if name == "update" else f"cache_folder={folder / 'cache'}"
    data = ["data=file", f"data.path={folder / 'log'}", "accept=[known]", f"model_uri={model}"]
    return begin(name, folder, *data, f"output={folder / f'{name}.parquet'}", "history=null", own)


def begin(name: str, folder: Path, *arguments: str) -> Cost:
    """A command to its end, and what it cost."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    store = f"tracking.uri=sqlite:///{folder / 'mlflow.db'}"
    subprocess.run(
        [sys.executable, str(ROOT / "src" / f"{name}.py"), store, *arguments],
        check=True,
        capture_output=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(processor, time.perf_counter() - start)


if __name__ == "__main__":
    main()
