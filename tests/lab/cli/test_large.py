"""Ten million lines, from generation to report, in bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.commands import Lab

# A process begins with the peak of the one that started it, and the worker of the tests has grown by then:
# so a small process starts the command, and says what the command's own peak was.
RUN_AND_SAY_PEAK = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print(f"peak {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss} kilobytes")
sys.exit(code)
"""


@pytest.mark.slow
def test_ten_million_lines_pass_in_two_gigabytes(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    command = [sys.executable, "-c", RUN_AND_SAY_PEAK, *lab.command("data.customers=200000")]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    said, _, peak = done.stdout.rpartition("peak ")
    assert "stratified sample of 10,000 of 200,000 customers" in " ".join(said.split())
    run = lab.runs()[0]
    assert run.data.metrics["truth/adjusted_rand"] > 0.85
    assert int(peak.removesuffix(" kilobytes\n")) < 2 * 1024**2
