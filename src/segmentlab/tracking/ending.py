"""How a run ends, told from what was raised in it."""

from dataclasses import dataclass
from typing import Literal

from segmentlab.errors import SegmentLabError
from segmentlab.tracking.redaction import redacted

FAILURE_TAG = "segmentlab.failure"
LONGEST_REASON = 5_000  # stores cut a tag at 8,000 characters; a reason is for reading


@dataclass(frozen=True)
class Ending:
    """The status that a broken run gets, and the reason in words."""

    status: Literal["FAILED", "KILLED"]
    reason: str


def ending_of(error: BaseException) -> Ending:
    """KILLED when somebody stopped the run, FAILED when something in it broke."""
    match error:
        case KeyboardInterrupt():
            return Ending("KILLED", "interrupted from the keyboard")
        case SystemExit():
            return Ending("KILLED", f"the process was told to exit ({error.code})")
        case SegmentLabError():
            reason = str(error)
        case _:
            reason = f"{type(error).__name__}: {error}"
    return Ending("FAILED", redacted(reason)[:LONGEST_REASON])
