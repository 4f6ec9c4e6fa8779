"""Ten million lines, from generation to report, in bounded memory."""

import resource
from pathlib import Path

import pytest

from tests.commands import Lab


@pytest.mark.slow
def test_ten_million_lines_pass_in_two_gigabytes(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    done = lab.run("data.customers=200000")
    assert done.returncode == 0, done.stderr
    assert "stratified sample of 10,000 of 200,000 customers" in " ".join(done.stdout.split())
    run = lab.runs()[0]
    assert run.data.metrics["truth/adjusted_rand"] > 0.85
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2 * 1024**2  # kilobytes
