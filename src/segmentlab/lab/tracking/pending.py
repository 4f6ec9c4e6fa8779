"""A run whose store is opened when it is needed: people see their segments before that."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from types import TracebackType

from segmentlab.errors import StoreError
from segmentlab.flow import Item
from segmentlab.lab.tracking.tracker import RunLog, Tracker


class PendingRun:
    """A run that may begin late. What is logged before is kept in memory, and goes to the store then.

    To open a store takes longer than to find segments of known customers. A run that breaks before it has
    begun begins at that moment: it is in the store, as broken.
    """

    def __init__(self, open_tracker: Callable[[], Tracker], name: str, tags: Mapping[str, str]) -> None:
        self._open, self._name, self._tags = open_tracker, name, tags
        self._ending = ExitStack()
        self._waiting: list[Item] = []
        self._begun: RunLog | None = None

    def begin(self) -> RunLog:
        """Open the store and the run, if that is still to be done."""
        if self._begun is None:
            self._begun = self._ending.enter_context(self._open().run(self._name, self._tags))
            self._begun.log(self._waiting)
        return self._begun

    @property
    def run_id(self) -> str:
        """The name under which the store knows the run."""
        return self.begin().run_id

    @property
    def url(self) -> str:
        """Where to look at the run."""
        return self.begin().url

    def log(self, items: Iterable[Item]) -> None:
        """Keep the items, here or in the store."""
        if self._begun is None:
            self._waiting.extend(items)
        else:
            self._begun.log(items)

    def __enter__(self) -> "PendingRun":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.begin()
        except StoreError as trouble:
            if error is None:
                self._ending.__exit__(type(trouble), trouble, trouble.__traceback__)
                raise
            error.add_note(str(trouble))  # said beside the first error, never instead of it
        self._ending.__exit__(kind, error, trace)
