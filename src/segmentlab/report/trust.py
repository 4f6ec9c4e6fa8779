"""How sure one may be of the segments, in words that need no statistics."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.evaluation import MEASURES, Judgement, Measure, Verdict
from segmentlab.report.tables import list_records
from segmentlab.report.wording import format_amount, format_count, format_percent

# The numbers a report opens its evidence with, each with one line that says how to read it.


class Headline(NamedTuple):
    """One metric, ready to be shown."""

    metric: str
    title: str
    value: str
    meaning: str


_NUMBER_FORMATS: Final = {
    "number": format_amount,
    "share": format_percent,
    "count": format_count,
    "seconds": format_amount,
}


TOLD_AS_SIZES: Final = ("segments/count", "segments/smallest_share")  # by the answer and the cards


def make_headlines(metrics: Mapping[str, float], measures: Sequence[Measure] = MEASURES) -> list[Headline]:
    """The metrics that a report opens with, in the order of the registry; those not measured are left out."""
    return [
        Headline(one.name, one.title, _NUMBER_FORMATS[one.unit](metrics[one.name]), one.meaning)
        for one in measures
        if "report" in one.shown and one.name in metrics and one.name not in TOLD_AS_SIZES
    ]


VERDICT_MEANINGS: Final = {
    "natural clusters": "The customers come in groups of their own: there are gaps between the segments.",
    "groups, some cut further": "The customers come in groups, and between some segments no gap is certain: "
    "take those borders for a choice.",
    "groups that the segments do not follow": "The customers come in groups, and the segments are not those: "
    "try other numbers of segments, or a model that looks for dense places.",
    "a partition of a continuum": "There are no gaps between these customers. The segments divide a "
    "continuum into useful parts; where one ends and the next begins is a choice.",
    "one group": "These customers are one group. A single segment is an honest answer.",
    "not decided": "Whether there are gaps between these segments can't be told from so many customers. "
    "Treat the borders as a choice.",
    "too small to judge": "The segments hold too few customers to say what lies between them.",
}
NO_VERDICT: Final = (
    "No verdict: nobody looked for gaps between the segments. evaluate=standard asks for that."
)


TRUSTED: Final = ("stable", "highly stable")


def explain_verdict(judgement: Judgement) -> str:
    """What the verdict means for whoever wants to act on it."""
    return NO_VERDICT if judgement.verdict is None else VERDICT_MEANINGS[judgement.verdict.kind]


MOST_NAMED: Final = 6  # segments in a sentence; nobody reads thirty


def describe_verdict(verdict: Verdict, names: pd.Series) -> str:
    """What the verdict rests on, with the segments by their names."""
    told = [verdict.reason]
    if verdict.groups:
        told.insert(0, f"{'; '.join(_join_names(group, names) for group in verdict.groups)}.")
    if verdict.small:
        told.append(f"Too small to judge: {_join_names(verdict.small, names)}.")
    return " ".join(told)


def _join_names(segments: Sequence[int], names: pd.Series) -> str:
    told = [str(names[segment]) for segment in segments[:MOST_NAMED]]
    if len(segments) > MOST_NAMED:
        told.append(f"{len(segments) - MOST_NAMED} more")
    *others, last = told
    return f"{', '.join(others)} and {last}" if others else last


def describe_sureness(judgement: Judgement) -> str:
    """The verdict, the stability and the checks in a line, for the top of the page."""
    return " ".join(_list_trust_parts(judgement))


LEAST_CONFIDENCE: Final = 0.25


def list_doubts(judgement: Judgement | None, unsure: int | None, customers: int) -> list[str]:
    """What one should know before acting, a sentence each and without statistics."""
    return list(_list_doubts(judgement, unsure, customers))


def _list_doubts(judgement: Judgement | None, unsure: int | None, customers: int) -> Iterator[str]:
    stability = None if judgement is None else judgement.evidence.stability
    if stability is not None and len(stability):
        trusted = int(stability["verdict"].isin(TRUSTED).sum())
        yield f"Found again: {trusted} of {len(stability)} segments, when customers are drawn anew."
    if unsure is not None and customers:
        many = f"{format_count(unsure)} of {format_count(customers)} ({format_percent(unsure / customers)})"
        yield (
            f"Near a border: {many} customers have a confidence below {LEAST_CONFIDENCE}, and might as well "
            "be in another segment."
            if unsure
            else f"Near a border: nobody; each of {format_count(customers)} customers has a confidence of "
            f"{LEAST_CONFIDENCE} or more."
        )
    if judgement is not None:
        errors, warnings = len(judgement.failed), len(judgement.checks) - len(judgement.failed)
        told = [
            *([f"{_count_in_words(errors, 'check')} failed"] if errors else []),
            *([f"{_count_in_words(warnings, 'warning')} to read"] if warnings else []),
        ]
        yield f"Checks: {', '.join(told)}." if told else "Checks: nothing was found."


def _list_trust_parts(judgement: Judgement) -> Iterator[str]:
    if judgement.verdict is not None:
        yield f"How sure: {judgement.verdict.kind}."
    stability = judgement.evidence.stability
    if stability is not None and len(stability):
        trusted = int(stability["verdict"].isin(TRUSTED).sum())
        yield f"{trusted} of {len(stability)} segments are stable."
    errors = len(judgement.failed)
    warnings = len(judgement.checks) - errors
    if errors:
        yield f"{_count_in_words(errors, 'check')} failed."
    if warnings:
        yield f"{_count_in_words(warnings, 'warning')} to read."


def describe_segment_sureness(judgement: Judgement | None) -> dict[int, str]:
    """Per segment whether it is found again among resampled customers: `Highly stable (0.93)`."""
    stability = None if judgement is None else judgement.evidence.stability
    if stability is None:
        return {}
    words = [f"{row['verdict'].capitalize()} ({row['jaccard']:.2f})" for row in list_records(stability)]
    return dict(zip(stability.index, words, strict=True))


def _count_in_words(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
