"""Every file of conf/limits has a number for each limit, for looks and for nights."""

import pytest

from segmentlab.flow import AlarmLimits
from segmentlab.lab.cli.monitor import build_look
from segmentlab.lab.config.folders import CONF
from tests.configs import composed, options


@pytest.mark.parametrize("command", ["monitor", "nightly"])
@pytest.mark.parametrize("option", options("limits"))
def test_limits_are_whole_and_the_file_says_what_they_are(option: str, command: str) -> None:
    look = build_look(composed(f"limits={option}", command=command), None)
    assert isinstance(look.limits, AlarmLimits)
    first = (CONF / "limits" / f"{option}.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert len(first.split()) > 3, f"limits/{option}.yaml begins with no comment"
