"""The numbers a report opens its evidence with, each with one line that says how to read it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from segmentlab.report.wording import amount, count, percent


class Reading(NamedTuple):
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


READINGS: Final = {
    "separation/silhouette": Reading(
        "Silhouette",
        "How much closer customers are to their own segment than to the next: 1 is apart, 0 is touching.",
    ),
    "separation/silhouette_macro": Reading(
        "Silhouette, mean of segments",
        "The same with every segment counting alike, so that one large segment can't carry it.",
    ),
    "separation/davies_bouldin": Reading(
        "Davies-Bouldin", "Spread within segments against the distance between them: lower is better."
    ),
    "separation/calinski_harabasz": Reading(
        "Calinski-Harabasz",
        "Variation between segments against variation within: higher is better, for the same data only.",
    ),
    "separation/coverage": Reading(
        "Coverage", "Share of customers that belong to a segment; the rest are called noise.", "share"
    ),
    "segments/count": Reading("Segments", "How many segments there are, noise apart.", "count"),
    "segments/smallest_share": Reading(
        "Smallest segment",
        "Share of customers in the smallest segment: a tiny one is hard to act on.",
        "share",
    ),
    "truth/adjusted_rand": Reading(
        "Agreement with the truth",
        "How well the planted segments were found again: 1 is exactly, 0 is no better than chance.",
    ),
}

_SHOWN: Final = {"number": amount, "share": percent, "count": count}


def headlines(metrics: Mapping[str, float]) -> list[Headline]:
    """Give the metrics that have a reading, in the order of `READINGS`; those not measured are left out."""
    return [
        Headline(name, reading.title, _SHOWN[reading.kind](metrics[name]), reading.meaning)
        for name, reading in READINGS.items()
        if name in metrics
    ]
