"""How sure one may be of the segments, in words that need no statistics."""

from collections.abc import Iterator
from typing import Final

from segmentlab.evaluation.judgement import Judgement
from segmentlab.report.table import records

MEANINGS: Final = {
    "natural clusters": "The customers come in groups of their own: there are gaps between the segments.",
    "a partition of a continuum": "There are no gaps between these customers. The segments divide a "
    "continuum into useful parts; where one ends and the next begins is a choice.",
    "no structure": "Nothing shows that these customers come in groups: data without any segments looks the "
    "same. Use the segments as shelves to sort by, not as kinds of people.",
}
UNKNOWN: Final = (
    "No verdict: nothing was compared with data without segments. evaluate=standard asks for that."
)


def meaning(judgement: Judgement) -> str:
    """What the verdict means for whoever wants to act on it."""
    return UNKNOWN if judgement.verdict is None else MEANINGS[judgement.verdict.kind]


def how_sure(judgement: Judgement) -> str:
    """The verdict, the stability and the checks in a line, for the top of the page."""
    return " ".join(_parts(judgement))


def _parts(judgement: Judgement) -> Iterator[str]:
    if judgement.verdict is not None:
        yield f"How sure: {judgement.verdict.kind}."
    stability = judgement.evidence.stability
    if stability is not None and len(stability):
        trusted = int(stability["verdict"].isin(["stable", "highly stable"]).sum())
        yield f"{trusted} of {len(stability)} segments are stable."
    errors = sum(check.severity == "error" for check in judgement.checks)
    warnings = len(judgement.checks) - errors
    if errors:
        yield f"{_many(errors, 'check')} failed."
    if warnings:
        yield f"{_many(warnings, 'warning')} to read."


def sureness(judgement: Judgement | None) -> dict[int, str]:
    """Per segment whether it is found again among resampled customers: `Highly stable (0.93)`."""
    stability = None if judgement is None else judgement.evidence.stability
    if stability is None:
        return {}
    words = [f"{row['verdict'].capitalize()} ({row['jaccard']:.2f})" for row in records(stability)]
    return dict(zip(stability.index, words, strict=True))


def _many(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
