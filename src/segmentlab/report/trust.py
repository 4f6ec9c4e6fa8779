"""How sure one may be of the segments, in words that need no statistics."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from segmentlab.evaluation import Judgement
from segmentlab.report.tables import list_records
from segmentlab.report.wording import format_amount, format_count, format_percent

# The numbers a report opens its evidence with, each with one line that says how to read it.


class MetricReading(NamedTuple):
    """The name of a metric as people say it, and what a high or a low value means."""

    title: str
    meaning: str
    kind: str = "number"


class Headline(NamedTuple):
    """One metric, ready to be shown."""

    metric: str
    title: str
    value: str
    meaning: str


METRIC_READINGS: Final = {
    "separation/silhouette": MetricReading(
        "Silhouette",
        "How much closer customers are to their own segment than to the next: 1 is apart, 0 is touching.",
    ),
    "separation/silhouette_macro": MetricReading(
        "Silhouette, mean of segments",
        "The same with every segment counting alike, so that one large segment can't carry it.",
    ),
    "separation/davies_bouldin": MetricReading(
        "Davies-Bouldin", "Spread within segments against the distance between them: lower is better."
    ),
    "separation/calinski_harabasz": MetricReading(
        "Calinski-Harabasz",
        "Variation between segments against variation within: higher is better, for the same data only.",
    ),
    "separation/coverage": MetricReading(
        "Coverage", "Share of customers that belong to a segment; the rest are called noise.", "share"
    ),
    "segments/count": MetricReading("Segments", "How many segments there are, noise apart.", "count"),
    "segments/smallest_share": MetricReading(
        "Smallest segment",
        "Share of customers in the smallest segment: a tiny one is hard to act on.",
        "share",
    ),
    "truth/adjusted_rand": MetricReading(
        "Agreement with the truth",
        "How well the planted segments were found again: 1 is exactly, 0 is no better than chance.",
    ),
}

_NUMBER_FORMATS: Final = {"number": format_amount, "share": format_percent, "count": format_count}


def make_headlines(metrics: Mapping[str, float]) -> list[Headline]:
    """Give the metrics that have a reading, in the order of `READINGS`; those not measured are left out."""
    return [
        Headline(name, reading.title, _NUMBER_FORMATS[reading.kind](metrics[name]), reading.meaning)
        for name, reading in METRIC_READINGS.items()
        if name in metrics
    ]


VERDICT_MEANINGS: Final = {
    "natural clusters": "The customers come in groups of their own: there are gaps between the segments.",
    "a partition of a continuum": "There are no gaps between these customers. The segments divide a "
    "continuum into useful parts; where one ends and the next begins is a choice.",
    "no structure": "Nothing shows that these customers come in groups: data without any segments looks the "
    "same. Use the segments as shelves to sort by, not as kinds of people.",
}
NO_VERDICT: Final = (
    "No verdict: nothing was compared with data without segments. evaluate=standard asks for that."
)


def explain_verdict(judgement: Judgement) -> str:
    """What the verdict means for whoever wants to act on it."""
    return NO_VERDICT if judgement.verdict is None else VERDICT_MEANINGS[judgement.verdict.kind]


def describe_sureness(judgement: Judgement) -> str:
    """The verdict, the stability and the checks in a line, for the top of the page."""
    return " ".join(_list_trust_parts(judgement))


def _list_trust_parts(judgement: Judgement) -> Iterator[str]:
    if judgement.verdict is not None:
        yield f"How sure: {judgement.verdict.kind}."
    stability = judgement.evidence.stability
    if stability is not None and len(stability):
        trusted = int(stability["verdict"].isin(["stable", "highly stable"]).sum())
        yield f"{trusted} of {len(stability)} segments are stable."
    errors = sum(check.severity == "error" for check in judgement.checks)
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
