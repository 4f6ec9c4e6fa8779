"""What each figure of a report costs: `python -m bench.report [override ...]`, from the root of the repo.

A row per figure: milliseconds to build it, data step and drawing, milliseconds to paint it as PNG, and the
kilobytes that it adds to the page. It is the time of the processor, which a busy machine does not stretch.
Overrides choose data and model as on the command line of `run.py`:
`SEGMENTLAB_DATA=<folder> python -m bench.report data=online_retail_ii`.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator

from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.items import Picture
from segmentlab.flow.result import Result
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.report.pictures import draw_further_pictures, draw_main_pictures
from segmentlab.report.raster.canvas import paint_png
from tests.configs import composed

ROUNDS = 3


def main() -> None:
    """Print the table; the first of the rounds warms imports and caches up and is not counted."""
    result = outcome(sys.argv[1:])
    print(f"{len(result.customers):,} customers, {len(result.profile)} segments, median of {ROUNDS}")
    print(f"{'figure':<24} {'build ms':>9} {'PNG ms':>9} {'kB':>7}")
    for title, drawn in (("summary", draw_main_pictures), ("full, more", draw_further_pictures)):
        rounds = [list(built(drawn(result))) for _ in range(1 + ROUNDS)][1:]
        rows = [row(drawings) for drawings in zip(*rounds, strict=True)]
        for name, *numbers in sorted(rows, key=lambda one: -one[1]):
            print(f"{name:<24} {numbers[0]:9.1f} {numbers[1]:9.1f} {numbers[2]:7.0f}")
        print(f"{title:<24} {sum(one[1] for one in rows):9.1f} {sum(one[2] for one in rows):9.1f}")


def outcome(overrides: list[str]) -> Result:
    """Segments to draw."""
    config = composed(*overrides)
    plan = build_plan(config)
    dataset = build_source(config).read(build_engine(config).connect())
    return segment(plan, describe(plan, dataset, StepTimer()), StepTimer())


def built(pictures: Iterator[Picture]) -> Iterator[tuple[Picture, float]]:
    """Each picture with the milliseconds until it came."""
    start = time.process_time()
    for picture in pictures:
        yield picture, 1_000 * (time.process_time() - start)
        start = time.process_time()


def row(drawings: tuple[tuple[Picture, float], ...]) -> tuple[str, float, float, float]:
    """The name of a figure, how long it takes to build and to paint, and its size."""
    picture = drawings[0][0]
    size = len(picture.figure.to_json(validate=False)) / 1_000
    taken = statistics.median(spent for _, spent in drawings)
    return picture.name, taken, milliseconds(lambda: paint_png(picture.figure)), size


def milliseconds(work: Callable[[], object]) -> float:
    """The median time of a piece of work."""
    taken = []
    for _ in range(ROUNDS):
        start = time.process_time()
        work()
        taken.append(1_000 * (time.process_time() - start))
    return statistics.median(taken)


if __name__ == "__main__":
    main()
