"""A run that begins after its segments are shown, and what becomes of it when it breaks before."""

import pytest

from segmentlab.errors import ConfigError, StoreError
from segmentlab.flow import Metric, Tag
from segmentlab.lab.tracking.pending import PendingRun
from segmentlab.lab.tracking.process import FAILURE_TAG
from segmentlab.lab.tracking.tracker import MemoryRun, MemoryTracker


class Store:
    """A store that remembers whether it was opened, or can't be."""

    def __init__(self, trouble: str = "") -> None:
        self.tracker, self.trouble, self.opened = MemoryTracker(), trouble, 0

    def __call__(self) -> MemoryTracker:
        self.opened += 1
        if self.trouble:
            raise StoreError(self.trouble)
        return self.tracker


def test_what_is_logged_before_the_store_is_open_is_kept_in_order() -> None:
    store = Store()
    with PendingRun(store, "a run", {"who": "we"}) as log:
        log.log([Tag("first", "1")])
        log.log([Metric("second", 2.0)])
        assert not store.opened
        assert log.begin() is log.begin()
        log.log([Tag("third", "3")])
    (run,) = store.tracker.runs
    assert run.items == [Tag("first", "1"), Metric("second", 2.0), Tag("third", "3")]
    assert (run.name, run.tags, run.status, store.opened) == ("a run", {"who": "we"}, "FINISHED", 1)


def test_a_run_that_never_began_is_in_the_store_when_it_ends() -> None:
    store = Store()
    with PendingRun(store, "a run", {}) as log:
        log.log([Tag("only", "1")])
    assert [(run.status, run.items) for run in store.tracker.runs] == [("FINISHED", [Tag("only", "1")])]
    assert log.run_id == store.tracker.runs[0].run_id
    assert log.url == store.tracker.runs[0].url


def break_off(log: PendingRun, error: BaseException, *, begun: bool = False) -> None:
    if begun:
        log.begin()
    raise error


@pytest.mark.parametrize(
    ("error", "status"), [(ConfigError("no such k"), "FAILED"), (KeyboardInterrupt(), "KILLED")]
)
@pytest.mark.parametrize("begun", [True, False])
def test_a_run_that_breaks_is_kept_as_broken(begun: bool, error: BaseException, status: str) -> None:
    store = Store()
    with pytest.raises(type(error)), PendingRun(store, "a run", {}) as log:
        break_off(log, error, begun=begun)
    assert [run.status for run in store.tracker.runs] == [status]
    assert FAILURE_TAG in store.tracker.runs[0].tags


def test_a_store_that_can_t_be_opened_is_told_beside_what_broke_and_never_instead() -> None:
    gone = Store("it is gone")
    with pytest.raises(ConfigError, match="no such k") as broken, PendingRun(gone, "a run", {}) as log:
        break_off(log, ConfigError("no such k"))
    assert broken.value.__notes__ == ["it is gone"]
    with pytest.raises(StoreError, match="it is gone"), PendingRun(gone, "a run", {}):
        pass


def test_a_run_whose_first_items_the_store_does_not_take_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_run: MemoryRun, _items: object) -> None:
        raise StoreError("the disk is full")

    store = Store()
    monkeypatch.setattr(MemoryRun, "log", refuse)
    with pytest.raises(StoreError, match="full"), PendingRun(store, "a run", {}) as log:
        log.log([Tag("only", "1")])
    assert [run.status for run in store.tracker.runs] == ["FAILED"]
