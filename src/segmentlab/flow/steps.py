"""The steps of a command: named while they run, timed when they end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from segmentlab.transactions import stop_queries


class StepTimer:
    """Names the step that runs, tells whoever watches, and keeps how long each took.

    Use as `with steps("clean"): ...`; `seconds` holds the time of every finished step.
    """

    def __init__(self, announce: Callable[[str], None] = lambda _step: None) -> None:
        self._announce = announce
        self._announced: str | None = None
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, step: str) -> Iterator[None]:
        """Announce the step, then time it; parts of one step that follow each other are announced once."""
        if step != self._announced:
            self._announce(step)
        self._announced = step
        start = time.perf_counter()
        try:
            yield
        except (KeyboardInterrupt, RuntimeError) as error:
            # DuckDB tells of Ctrl-C within a query by an error of its own, which nobody would take for it.
            stop = error if isinstance(error, KeyboardInterrupt) else error.__cause__
            if not isinstance(stop, KeyboardInterrupt):
                raise
            stop_queries()
            raise stop from None
        self.seconds[step] = self.seconds.get(step, 0.0) + time.perf_counter() - start
