"""What a busy second core does to K-Means on small data: `python bench/one_thread.py`.

6,000 customers, 20 starts, fitted as the product fits (one thread) and as the library would (all
threads), on an idle machine and beside a process that keeps a core busy.
"""

import statistics
import subprocess
import sys
import time
from contextlib import nullcontext

import numpy as np
from sklearn.cluster import KMeans

from segmentlab.modelling.threads import threads_for
from side_by_side import show

POINTS = np.random.default_rng(0).normal(size=(6_000, 3))
ROUNDS = 5


def main() -> None:
    """Print the table."""
    times = {"ours_idle": fit_time(ours=True), "library_idle": fit_time(ours=False)}
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        times |= {"ours_busy": fit_time(ours=True), "library_busy": fit_time(ours=False)}
    finally:
        busy.kill()
        busy.wait()
    show("K-Means, 20 starts, beside a busy core", times, "ours_idle", {"ours_busy": 1.5})


def fit_time(*, ours: bool) -> float:
    """The median time of a fit."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with threads_for(len(POINTS)) if ours else nullcontext():
            KMeans(4, n_init=20, random_state=0).fit(POINTS)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
