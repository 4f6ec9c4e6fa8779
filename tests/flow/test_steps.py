"""Steps of a command end as what ended them."""

import subprocess
import sys

import pytest

from segmentlab.flow import StepTimer

# In a process of its own: a query that nobody ends would hold the tests for hours. DuckDB loses Ctrl-C in
# about one of twenty.
ENDLESS_QUERY = """
import signal
from segmentlab.flow import StepTimer
from segmentlab.transactions import DuckDB

def stop(*_):
    raise KeyboardInterrupt

engine = DuckDB().connect()
signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.1)
try:
    with StepTimer()("count"):
        engine.raw_sql("select sum(a.i * b.i) from range(1000000) a(i), range(1000000) b(i)").fetchall()
except KeyboardInterrupt:
    print("Ctrl-C")
"""


def test_ctrl_c_within_a_query_is_ctrl_c_and_ends_it() -> None:
    command = [sys.executable, "-c", ENDLESS_QUERY]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    try:
        assert [process.communicate(timeout=120)[0] for process in processes] == ["Ctrl-C\n"] * 2
    finally:
        for process in processes:
            process.kill()


def test_what_broke_in_a_step_is_told_as_it_is() -> None:
    with pytest.raises(RuntimeError, match="broken"), StepTimer()("count"):
        raise RuntimeError("broken")
