"""What the service counts of itself, as Prometheus reads it."""

import threading
from collections.abc import Mapping
from typing import Final

BUCKETS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
COUNTED: Final = {
    "lines_accepted": "Lines that were taken and are in the database.",
    "lines_repeated": "Lines that were there already, and were posted once more.",
    "lines_refused": "Lines of requests that were refused.",
    "commits": "Transactions of the database.",
}


class Metrics:
    """Counts, from whichever thread."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._counts = dict.fromkeys(COUNTED, 0)
        self._requests: dict[tuple[str, str, int], int] = {}
        self._seconds: dict[str, list[float]] = {}  # by route: a count for each bucket, of all, and the sum

    def count(self, name: str, by: int = 1) -> None:
        """So many more."""
        with self._writing:
            self._counts[name] += by

    def time(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request that was answered."""
        with self._writing:
            key = (method, route, status)
            self._requests[key] = self._requests.get(key, 0) + 1
            known = self._seconds.setdefault(route, [0.0] * (len(BUCKETS) + 2))
            for place, limit in enumerate(BUCKETS):
                known[place] += seconds <= limit
            known[-2] += 1
            known[-1] += seconds

    def write(self, now: Mapping[str, tuple[str, float]]) -> str:
        """All of it as text; `now` are numbers of this moment, each with what it means."""
        with self._writing:
            lines = [
                text
                for name, meaning in COUNTED.items()
                for text in _head(f"{name}_total", "counter", meaning, self._counts[name])
            ]
            for name, (meaning, value) in now.items():
                lines += _head(name, "gauge", meaning, value)
            lines += _head("requests_total", "counter", "Requests that were answered.")
            for (method, route, status), number in sorted(self._requests.items()):
                labels = f'method="{method}",route="{route}",status="{status}"'
                lines.append(f"segmentlab_requests_total{{{labels}}} {number}")
            lines += _head("request_seconds", "histogram", "Seconds from a request to its answer.")
            for route, known in sorted(self._seconds.items()):
                lines += _write_histogram(route, known)
        return "\n".join([*lines, ""])


def _head(name: str, kind: str, meaning: str, value: float | None = None) -> list[str]:
    told = [f"# HELP segmentlab_{name} {meaning}", f"# TYPE segmentlab_{name} {kind}"]
    return told if value is None else [*told, f"segmentlab_{name} {value:.10g}"]


def _write_histogram(route: str, known: list[float]) -> list[str]:
    limits = [*map(str, BUCKETS), "+Inf"]
    name = "segmentlab_request_seconds"
    buckets = [
        f'{name}_bucket{{route="{route}",le="{limit}"}} {count:.0f}'
        for limit, count in zip(limits, known[:-1], strict=True)
    ]
    return [
        *buckets,
        f'{name}_sum{{route="{route}"}} {known[-1]:.6f}',
        f'{name}_count{{route="{route}"}} {known[-2]:.0f}',
    ]
