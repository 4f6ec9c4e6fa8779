"""A log of another shape: five lines of configuration, and it runs as any other."""

from pathlib import Path

import numpy as np
import pytest

from tests.commands import Lab
from tests.warm import run_warm

# The CD shop as it is published: customer, day, count and amount, separated by blanks, and no header.
CD = """# The CD shop: customer, day, count, amount, separated by blanks
defaults:
  - file
path: {path}
names: [customer_id, timestamp, quantity, line_total]
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    days = np.datetime64("1997-01-01") + np.sort(rng.integers(0, 540, 600)).astype("timedelta64[D]")
    counts, prices = rng.integers(1, 5, 600), rng.integers(500, 2000, 600) / 100
    rows = zip(rng.integers(1, 120, 600), np.datetime_as_string(days), counts, counts * prices, strict=True)
    path = tmp_path / "cd.txt"
    path.write_text(
        "".join(
            f" {who:05} {day.replace('-', '')} {count:2} {amount:7.2f}\n" for who, day, count, amount in rows
        )
    )
    return path


def test_a_log_without_a_header_runs_with_five_lines_of_configuration(log: Path, tmp_path: Path) -> None:
    (tmp_path / "conf" / "data").mkdir(parents=True)
    (tmp_path / "conf" / "data" / "cd.yaml").write_text(CD.format(path=log))
    lab = Lab(tmp_path)
    command = lab.command("data=cd", "model.n_clusters=3", "--config-dir", str(tmp_path / "conf"))
    command = [part for part in command if not part.startswith("data.folder")]  # that is a world's
    done = run_warm(command, tmp_path)
    assert done.returncode == 0, done.stderr
    run = lab.runs()[0]
    assert run.data.metrics["segments/count"] == 3
    notes = lab.download(run, "data/notes.txt").read_text()
    assert "separated by blanks" in notes
    assert "%Y%m%d" in notes
    assert not (tmp_path / "tabs.csv").exists(), "nothing is written beside the user's file"
