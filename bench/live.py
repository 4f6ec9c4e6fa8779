"""What the live service does: purchases a second, seconds until an answer, and what kills leave behind.

    python bench/live.py [--uri sqlite:///mlruns/mlflow.db] [--model models:/segments@champion] [--kills 20]

The service in a process of its own, on a synthetic shop of 5,000 customers that was held back from a week on;
the clients in this one, on the same machine. Every request waits for the disk. A kill is SIGKILL under load:
every line that was said to be taken is there afterwards, and none twice.
"""

import argparse
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import psutil

from segmentlab.lab.config import build_engine, build_source, compose_setup
from tests.lab.live.served import Poster, post_all, serving, write_lines

SINGLE = 300  # requests of one line, one after the other
CROWDS = (8, 32, 64)  # clients at once
REQUESTS = 2_000


def main() -> None:
    """Print a line per figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--uri", required=True, help="a store with a model of data=synthetic")
    parser.add_argument("--model", default="models:/segments@champion")
    parser.add_argument("--worlds", required=True, help="where generated logs are")
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--lines", help="the database; a DuckDB file in a temporary folder by default")
    options = parser.parse_args()
    words = [f"tracking.uri={options.uri}", f"model_uri={options.model}", f"data.folder={options.worlds}"]
    lines = list_late_lines(options.worlds)
    with tempfile.TemporaryDirectory() as folder:
        place = options.lines or f"duckdb:///{folder}/live.duckdb"
        words += [f"lines={place}", f"cache_folder={folder}/cache"]
        measure_speed(words, Path(folder), lines)
        measure_kills(words, Path(folder), lines, options.kills, Path(folder, "live.duckdb"))


def list_late_lines(worlds: str) -> list[dict[str, object]]:
    """Lines that the shop may sell next: those of its customers, once more and with new ids."""
    setup = compose_setup(["data=synthetic", f"data.folder={worlds}"])
    frame = build_source(setup.config).read(build_engine(setup.config).connect()).transactions.to_pandas()
    known = frame[frame["customer_id"].notna()].sample(frac=1.0, random_state=0)
    return write_lines(known.reset_index(drop=True), "bench")


def measure_speed(words: list[str], folder: Path, lines: list[dict[str, object]]) -> None:
    """One after the other, then many at once."""
    with serving(words, folder) as service:
        rest = iter(lines)
        cost = Cost(service.process.pid)
        warm = Poster(service.port, [[next(rest)] for _ in range(50)])
        warm.run()
        cost.take()
        one = Poster(service.port, [[next(rest)] for _ in range(SINGLE)])
        one.run()
        tell("one client, one line each", [one], sum(one.seconds), cost)
        for clients in CROWDS:
            requests = [[next(rest)] for _ in range(REQUESTS)]
            began = time.perf_counter()
            posters = post_all(service.port, requests, clients)
            wait_for(posters)
            tell(f"{clients} clients, one line each", posters, time.perf_counter() - began, cost)
        requests = [[next(rest) for _ in range(10)] for _ in range(300)]
        began = time.perf_counter()
        posters = post_all(service.port, requests, 8)
        wait_for(posters)
        tell("8 clients, ten lines each", posters, time.perf_counter() - began, cost)


def wait_for(posters: list[Poster]) -> None:
    """Until all have posted."""
    for poster in posters:
        poster.join()


class Cost:
    """The processor time of the service, which others on the machine change little."""

    def __init__(self, pid: int) -> None:
        self.process, self.before = psutil.Process(pid), 0.0

    def take(self) -> float:
        """Seconds since it was last asked."""
        now = sum(self.process.cpu_times()[:2])
        spent, self.before = now - self.before, now
        return spent


def tell(what: str, posters: list[Poster], seconds: float, cost: Cost) -> None:
    """Lines a second, the seconds of a request, and what a line costs the processor."""
    waits = np.concatenate([poster.seconds for poster in posters]) * 1000
    lines = sum(len(poster.taken) for poster in posters)
    p50, p99 = np.percentile(waits, [50, 99])
    spent = cost.take() / lines * 1000
    told = f"{lines / seconds:,.0f} lines/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms"
    print(f"{what}: {told}, {spent:.1f} ms of processor time a line", flush=True)


def measure_kills(
    words: list[str], folder: Path, lines: list[dict[str, object]], kills: int, file: Path
) -> None:
    """Kill it under load again and again, and look what is there."""
    chance, rest = np.random.default_rng(0), lines[-100_000:]
    taken: list[str] = []
    for kill in range(kills):
        with serving(words, folder) as service:
            part = [[line | {"line_id": f"kill-{kill}-{line['line_id']}"}] for line in rest[:5000]]
            posters = post_all(service.port, part, 16)
            time.sleep(chance.uniform(0.2, 1.5))
            service.kill()
            wait_for(posters)
            taken += [line for poster in posters for line in poster.taken]
    with duckdb.connect(file) as database:
        there = database.execute("select line_id from live_lines").df()["line_id"]
    lost = set(taken) - set(there)
    twice = int(pd.Series(there).duplicated().sum())
    print(f"{kills} kills: {len(taken):,} lines told as taken, {len(lost)} lost, {twice} there twice")


if __name__ == "__main__":
    main()
