"""Steps of a command end as what ended them."""

import signal
from collections.abc import Iterator

import ibis
import pytest

from segmentlab.flow import StepTimer


@pytest.fixture
def ctrl_c_is_near() -> Iterator[None]:
    """Somebody presses it in a moment."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.usefixtures("ctrl_c_is_near")
def test_ctrl_c_within_a_query_is_ctrl_c() -> None:
    endless = "select sum(a.i * b.i) from range(1000000) a(i), range(1000000) b(i)"
    with pytest.raises(KeyboardInterrupt), StepTimer()("count"):
        ibis.duckdb.connect().raw_sql(endless).fetchall()


def test_what_broke_in_a_step_is_told_as_it_is() -> None:
    with pytest.raises(RuntimeError, match="broken"), StepTimer()("count"):
        raise RuntimeError("broken")
