"""Repeats a random experiment: seeded one by one, on several processors where that pays."""

import os
import time
from collections.abc import Callable
from typing import Final, TypeVar

import numpy as np

Drawn = TypeVar("Drawn")
WORTH_PROCESSES: Final = 8.0  # seconds of work left; starting processes that know the libraries takes a few


def draws(draw: Callable[[int], Drawn], count: int, seed: int) -> list[Drawn]:
    """What each of `count` draws gives, in order.

    Each draw has a seed of its own, so the answer is the same however the work is spread. The first
    draw tells how long the rest will take.
    """
    seeds = [int(state) for state in np.random.SeedSequence(seed).generate_state(count)] if count else []
    if not seeds:
        return []
    start = time.perf_counter()
    first = draw(seeds[0])
    left = (time.perf_counter() - start) * (count - 1)
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if left < WORTH_PROCESSES or processors == 1:
        return [first, *map(draw, seeds[1:])]
    from joblib import Parallel, delayed

    return [first, *Parallel(n_jobs=processors)(delayed(draw)(each) for each in seeds[1:])]
