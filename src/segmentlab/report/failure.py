"""What forbids to act on segments: a failed check, or no structure at all."""

from typing import Final, NamedTuple

from segmentlab.evaluation import Judgement
from segmentlab.report.wording import shorten_text

WITHOUT_STRUCTURE: Final = {
    "one group": "There are no gaps between these customers, and one segment holds them all: nothing "
    "tells them apart.",
}
LONGEST_REASON: Final = 320  # characters; a check may list every one of 87 segments, as the evidence does


class Failure(NamedTuple):
    """The red band at the top of a page: what failed, and that nothing is recommended because of it."""

    title: str
    reasons: list[tuple[str, str]]  # what, and in which way
    consequence: str
    short: str  # for the places where an action would stand


def find_failure(judgement: Judgement | None) -> Failure | None:
    """Say what forbids to act; None where nothing does."""
    if judgement is None or judgement.recommends_actions:
        return None
    reasons = [
        (f"Failed: {check.code} {check.title}", f"{_shorten(check.evidence)} {check.advice}")
        for check in judgement.failed
    ]
    kind = "" if judgement.verdict is None else judgement.verdict.kind
    if kind in WITHOUT_STRUCTURE:
        reasons.append(("No structure", WITHOUT_STRUCTURE[kind]))
    what = "; ".join(name.removeprefix("Failed: ") for name, _ in reasons)
    return Failure(
        "Do not act on these segments.",
        reasons,
        "So this page recommends nothing: no actions, no lists of customers, nothing to sell or to have in "
        "stock.",
        f"No actions are recommended, because this run failed: {what}.",
    )


def _shorten(evidence: str) -> str:
    return shorten_text(evidence, LONGEST_REASON)
