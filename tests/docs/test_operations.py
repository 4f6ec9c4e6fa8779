"""Whatever docs/operations.md promises is held by a test that exists."""

import re

from segmentlab.lab.config.folders import ROOT

ROW = re.compile(r"^\| (?P<fault>[^|]+) \| (?P<promise>[^|]+) \| (?P<tests>[^|]+) \|$", re.MULTILINE)


def test_every_promise_names_its_tests() -> None:
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8").partition("## Where")[0]
    rows = [row for row in ROW.finditer(text) if row["fault"] not in ("the fault", "-")]
    assert len(rows) >= 20
    for row in rows:
        names = re.findall(r"`(tests/[^`]+)`", row["tests"])
        assert names, row["fault"]
        for name in names:
            assert (ROOT / name).exists(), name
