"""Repeats a random experiment: seeded one by one, on several processors where that pays."""

import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

import numpy as np

from segmentlab.modelling.threads import threads_for

logger = logging.getLogger(__name__)

Drawn = TypeVar("Drawn")
WORTH_PROCESSES: Final = 4.0  # seconds of work left; starting processes that know the libraries takes a few
FEW: Final = 1  # customers: whatever is drawn again and again is a sample, which fits fastest on one thread
QUIET: Final = 2.0  # seconds between two messages to whoever waits


def draws(draw: Callable[[int], Drawn], count: int, seed: int, name: str = "draw") -> list[Drawn]:
    """What each of `count` draws gives, in order.

    Each draw has a seed of its own, so the answer is the same however the work is spread. The first
    draw tells how long the rest will take. Long ones say how far they have come, under their name.
    """
    seeds = [int(state) for state in np.random.SeedSequence(seed).generate_state(count)] if count else []
    if not seeds:
        return []
    with threads_for(FEW):  # once for all draws: finding the libraries takes as long as a small fit
        start = time.perf_counter()
        first = draw(seeds[0])
        left = (time.perf_counter() - start) * (count - 1)
        rest = map(draw, seeds[1:]) if left < WORTH_PROCESSES else _spread(draw, seeds[1:])
        return [first, *_told(rest, name, count)]


def _spread(draw: Callable[[int], Drawn], seeds: Iterable[int]) -> Iterable[Drawn]:
    """The draws over all processors that this process may use."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if processors == 1:
        return map(draw, seeds)
    from joblib import Parallel, delayed

    done: Iterable[Drawn] = Parallel(n_jobs=processors, return_as="generator")(
        delayed(draw)(each) for each in seeds
    )
    return done


def _told(drawn: Iterable[Drawn], name: str, count: int) -> Iterator[Drawn]:
    last = time.perf_counter()
    for number, one in enumerate(drawn, 2):
        if time.perf_counter() - last > QUIET:
            logger.info("%s %d of %d", name, number, count)
            last = time.perf_counter()
        yield one
