"""Work beside: the same answer and the same error, whatever becomes of the second process."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest

from segmentlab.evaluation.second_process import work_beside

HERE = os.getpid()
LEFT_ALONE = """
import os, signal, time
from segmentlab.evaluation.second_process import work_beside

def work():
    os.write(1, f"{os.getpid()}\\n".encode())
    time.sleep(1)
    return b"x" * 1_000_000

with work_beside(work):
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)
"""

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or len(os.sched_getaffinity(0)) < 2, reason="nothing is forked here"
)


@pytest.fixture(autouse=True)
def nobody_is_left():
    """Processes that share evidence, for a test before this one, stay."""
    before = set(multiprocessing.active_children())
    yield
    assert set(multiprocessing.active_children()) == before


def test_the_answer_comes_from_another_process():
    with work_beside(os.getpid) as other, work_beside(lambda: "x" * 10_000_000) as large:
        assert other() != HERE
        assert len(large()) == 10_000_000


def test_an_error_is_raised_where_the_answer_is_asked_for():
    def fail() -> None:
        raise ValueError(os.getpid())

    with pytest.raises(ValueError, match=str(HERE)), work_beside(fail) as answer:
        answer()


@pytest.mark.parametrize("end", ["kill", "unpicklable"])
def test_what_came_to_nothing_is_done_here(end):
    def work() -> object:
        if os.getpid() == HERE:
            return "done here"
        if end == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        return lambda: None

    with work_beside(work) as answer:
        assert answer() == "done here"


def test_leaving_the_block_ends_the_work():
    with pytest.raises(KeyboardInterrupt), work_beside(lambda: time.sleep(600)):
        raise KeyboardInterrupt


def test_nobody_is_left_when_the_first_process_is_killed():
    """Output is at its end when the second process has ended too."""
    done = subprocess.run(
        [sys.executable, "-c", LEFT_ALONE], check=False, stdout=subprocess.PIPE, text=True, timeout=300
    )
    assert done.returncode == -signal.SIGKILL
    assert done.stdout.strip().isdigit()
