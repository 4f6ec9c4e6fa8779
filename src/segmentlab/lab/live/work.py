"""Two threads behind the requests: one keeps lines, many requests at once, and one places customers."""

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from queue import Empty, SimpleQueue
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from segmentlab.errors import StoreError
from segmentlab.lab.live.champion import Champion
from segmentlab.lab.live.customer_lines import CustomerLines
from segmentlab.lab.live.line_store import LineStore
from segmentlab.lab.live.metrics import Metrics
from segmentlab.lab.live.purchase import Purchase, RefusedError

MOST_KEPT: Final = 2_000  # lines of a transaction: what comes meanwhile waits for the next one
MOST_PLACED: Final = 200  # customers at a time: others would wait too long for their answer
MOST_WAITING: Final = 20_000  # lines that nobody has kept yet; whoever comes then is asked to come again

Answers = Mapping[str, dict[str, Any]]


@dataclass
class Task:
    """What a request waits for. Without lines it asks where a customer stands, or whether all is well."""

    customers: list[str]
    lines: Sequence[Purchase] = ()
    repeated: int = 0
    done: "Future[Task]" = field(default_factory=Future)
    answers: dict[str, dict[str, Any]] = field(default_factory=dict)
    model: str = ""


class KnownLines:
    """Which lines are in the database: of old ones eight bytes each, of those since the start all."""

    def __init__(self, store: LineStore, posted: pa.Table) -> None:
        self._store = store
        self._old = np.sort(_hash_ids(posted["line_id"].to_pylist()))
        self._new: dict[str, Purchase] = {}

    def find(self, line_ids: Sequence[str]) -> dict[str, Purchase]:
        """Those of these lines that are there."""
        found = {one: self._new[one] for one in line_ids if one in self._new}
        rest = [one for one in line_ids if one not in found]
        hashes = _hash_ids(rest)
        places = np.searchsorted(self._old, hashes)
        alike = self._old.take(places, mode="clip") == hashes if len(self._old) else np.zeros(len(rest), bool)
        asked = [one for one, likely in zip(rest, alike, strict=True) if likely]
        return found | (self._store.find(asked) if asked else {})

    def add(self, lines: Iterable[Purchase]) -> None:
        """These are there now."""
        self._new |= {line.line_id: line for line in lines}

    def __len__(self) -> int:
        return len(self._old) + len(self._new)


def _hash_ids(line_ids: Sequence[str]) -> npt.NDArray[np.uint64]:
    digests = b"".join(blake2b(one.encode(), digest_size=8).digest() for one in line_ids)
    return np.frombuffer(digests, dtype=np.uint64)


class Work:
    """Takes tasks from the requests; each is done when its lines are kept and its customers are placed."""

    def __init__(
        self, store: LineStore, lines: CustomerLines, known: KnownLines, champion: Champion, metrics: Metrics
    ) -> None:
        self.lines, self.champion, self.metrics = lines, champion, metrics
        self.as_of: date | None = None  # the day after the last line, unless it was said
        self._store, self._known = store, known
        self._to_keep: SimpleQueue[Task | None] = SimpleQueue()
        self._to_place: SimpleQueue[Task | None] = SimpleQueue()
        self._waiting = 0
        self._counting = threading.Lock()
        self._threads = [
            threading.Thread(target=self._keep_all, name="keep"),
            threading.Thread(target=self._place_all, name="place"),
        ]

    def start(self) -> None:
        """Begin to work."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Finish what was begun, then end, and let others have the database."""
        self._to_keep.put(None)
        for thread in self._threads:
            thread.join()
        self._store.close()

    @property
    def is_working(self) -> bool:
        """Whether both threads are there."""
        return all(thread.is_alive() for thread in self._threads)

    @property
    def waiting(self) -> int:
        """Lines that are not kept yet."""
        return self._waiting

    @property
    def day(self) -> date:
        """The day as of which customers are placed."""
        return self.as_of or self.lines.tell_day()

    def keep(self, lines: Sequence[Purchase]) -> "Future[Task]":
        """Keep the lines, and place their customers."""
        if self._waiting + len(lines) > MOST_WAITING:
            raise RefusedError(
                f"{self._waiting:,} lines wait to be kept. Post these once more in a second.", status=503
            )
        self._count(len(lines))
        return self._put(Task(list(dict.fromkeys(line.customer_id for line in lines)), lines))

    def look(self, customer: str) -> "Future[Task]":
        """Place one customer."""
        task = Task([customer])
        self._to_place.put(task)
        return task.done

    def check(self) -> "Future[Task]":
        """See whether the database answers, when it is its turn."""
        return self._put(Task([]))

    def _put(self, task: Task) -> "Future[Task]":
        self._to_keep.put(task)
        return task.done

    def _count(self, lines: int) -> None:
        with self._counting:
            self._waiting += lines

    # Lines are kept by one thread, so two requests with the same new line never race.

    def _keep_all(self) -> None:
        while tasks := _take(self._to_keep, lambda task: len(task.lines), MOST_KEPT):
            ends = tasks[-1] is None
            given = [task for task in tasks if task is not None]
            try:
                self._keep(given)
            except Exception as error:
                _fail(given, error)
            self._count(-sum(len(task.lines) for task in given))
            if ends:
                break
        self._to_place.put(None)

    def _keep(self, tasks: Sequence[Task]) -> None:
        tasks = [task for task in tasks if not task.done.done()]
        known = self._known.find([line.line_id for task in tasks for line in task.lines])
        fresh: dict[str, Purchase] = {}
        taken = []
        for task in tasks:
            new = {line.line_id: line for line in task.lines}
            try:
                _refuse_other_content(task.lines, known | fresh)
            except RefusedError as error:
                task.done.set_exception(error)
                continue
            own = {key: line for key, line in new.items() if key not in known and key not in fresh}
            task.repeated = len(task.lines) - len(own)
            fresh |= own
            taken.append(task)
        if fresh:
            if self._adopt_lines(fresh):
                self._keep(tasks)
                return
            self.metrics.count("commits")
            self._known.add(fresh.values())
            self.lines.add(fresh.values())
        elif any(not task.lines for task in taken):
            self._store.check()
        for task in taken:
            self.metrics.count("lines_accepted", len(task.lines) - task.repeated)
            self.metrics.count("lines_repeated", task.repeated)
            self._to_place.put(task)

    def _adopt_lines(self, fresh: Mapping[str, Purchase]) -> bool:
        """Keep the lines, or find out that somebody else has kept some of them, and know these from now on.

        That is another service on the same database, or a commit of which the answer was lost.
        """
        try:
            self._store.add(list(fresh.values()))
        except StoreError:
            there = self._store.find(fresh)
            if not there:
                raise
            self._known.add(there.values())
            self.lines.add(there.values())
            return True
        return False

    def _place_all(self) -> None:
        while tasks := _take(self._to_place, lambda task: len(task.customers), MOST_PLACED):
            ends = tasks[-1] is None
            given = [task for task in tasks if task is not None]
            try:
                self._place(given)
            except Exception as error:
                _fail(given, error)
            if ends:
                break

    def _place(self, tasks: Sequence[Task]) -> None:
        customers = list(dict.fromkeys(one for task in tasks for one in task.customers))
        champion, answers = self.champion, {}
        if customers:
            answers = champion.answer(self.lines.gather(customers), customers, self.day)
        for task in tasks:
            task.answers = {one: answers[one] for one in task.customers}
            task.model = champion.model.address
            task.done.set_result(task)


def _refuse_other_content(lines: Sequence[Purchase], known: Mapping[str, Purchase]) -> None:
    for row, line in enumerate(lines, start=1):
        there = known.get(line.line_id, line)
        if there != line:
            field = next(name for name in Purchase._fields if getattr(there, name) != getattr(line, name))
            raise RefusedError(
                f"was taken before with another {field}. A line is never changed: give back what was wrong "
                "with a line of a negative quantity, under an id of its own.",
                row,
                "line_id",
                409,
            )


def _take(queue: "SimpleQueue[Task | None]", size: Any, most: int) -> list[Task | None]:  # noqa: ANN401
    """The next task, and with it all that wait, up to so many; None is the last one."""
    task = queue.get()
    tasks, total = [task], 0
    while task is not None and (total := total + size(task)) < most:
        try:
            task = queue.get_nowait()
        except Empty:
            break
        tasks.append(task)
    return tasks


def _fail(tasks: Iterable[Task], error: Exception) -> None:
    """Tell all who wait; what is no trouble of the world is a defect of ours."""
    for task in tasks:
        if not task.done.done():
            task.done.set_exception(error)
