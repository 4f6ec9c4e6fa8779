"""What a busy second core does to K-Means: `python bench/one_thread.py`.

20 starts of at most 20 steps, fitted as the product fits and as the library would, on an idle machine
and beside a process that keeps a core busy: 6,000 customers, 200,000, and a million, where the product
leaves the threads to the library.
"""

import statistics
import subprocess
import sys
import time
from contextlib import nullcontext

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from segmentlab.modelling import limit_threads
from side_by_side import show

SIZES = (6_000, 200_000, 1_000_000)
FEATURES = 6
ROUNDS = 5


def main() -> None:
    """Print a table per size."""
    for size in SIZES:
        points = np.random.default_rng(0).normal(size=(size, FEATURES))
        times = {"ours_idle": fit_time(points, ours=True), "library_idle": fit_time(points, ours=False)}
        busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
        try:
            times["ours_busy"] = fit_time(points, ours=True)
            times["library_busy"] = fit_time(points, ours=False)
        finally:
            busy.kill()
            busy.wait()
        show(f"K-Means of {size:,}, 20 starts, beside a busy core", times, "ours_idle", {"ours_busy": 1.5})


def fit_time(points: npt.NDArray[np.float64], *, ours: bool) -> float:
    """The median time of a fit."""
    taken = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        with limit_threads(len(points)) if ours else nullcontext():
            KMeans(4, n_init=20, max_iter=20, random_state=0).fit(points)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
