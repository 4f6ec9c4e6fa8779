"""Checks of how many segments there are, and of how many customers each holds."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check
from segmentlab.modelling import NOISE

SMALLEST_SHARE: Final = 0.02
LEAST_COVERAGE: Final = 0.8


@register_check
class TinySegment(Check):
    """One blob and a few outliers score a high silhouette, and are of no use."""

    code = "SEG001"
    title = "A tiny segment"
    fires_when = f"a segment holds less than {100 * SMALLEST_SHARE:.0f} % of the customers"
    advice = "Try prepare=log_standard, outliers=isolate, or fewer segments."
    gate = "size"
    needs = "segments/smallest_share"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield the share of the smallest segment."""
        share = segments.metrics.get("segments/smallest_share")
        if share is None or share >= SMALLEST_SHARE:
            return
        found = self.make_finding(
            f"The smallest segment holds {share:.1%} of the customers; at least {SMALLEST_SHARE:.0%} are "
            "expected. One blob and a few outliers score a high silhouette."
        )
        if segments.has_logarithms or segments.has_ranks:
            found = replace(found, advice="Try outliers=isolate, or fewer segments.")
        alone = _find_lone_customer(segments)
        if alone is None:
            yield found
            return
        told = f"Customer '{alone}' is a segment of their own, as a till, a dealer or a test account may be."
        way = f"If these are sales of nobody: cleaning.unknown_customer.also=['{alone}']."
        yield replace(found, evidence=f"{found.evidence} {told}", advice=f"{way} {found.advice}")


def _find_lone_customer(segments: CheckedSegments) -> str | None:
    """Who is the whole of a segment, where somebody is."""
    found, first, members = np.unique(segments.labels, return_index=True, return_counts=True)
    lone = first[(members == 1) & (found != NOISE)]
    return str(segments.features.index[lone[0]]) if len(lone) else None


@register_check
class LowCoverage(Check):
    """Whoever calls the difficult customers noise looks better than whoever places them."""

    code = "SEG002"
    title = "Many customers in no segment"
    fires_when = f"less than {100 * LEAST_COVERAGE:.0f} % of the customers have a segment"
    advice = "Allow smaller segments (model.min_cluster_size, model.eps), or choose a model without noise."
    gate = "coverage"
    needs = "separation/coverage"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield the share of customers who have a segment."""
        coverage = segments.metrics.get("separation/coverage")
        if coverage is not None and coverage < LEAST_COVERAGE:
            yield self.make_finding(
                f"{coverage:.1%} of the customers have a segment; at least {LEAST_COVERAGE:.0%} are "
                "expected. Scores without noise flatter whoever discards the difficult customers."
            )


@register_check
class NoSegments(Check):
    """One segment is everybody, and none is nobody."""

    code = "SEG010"
    title = "Fewer than two segments"
    fires_when = "there are fewer than two segments"
    advice = "Loosen the model's parameters, or choose another model."
    gate = "size"
    needs = "segments/count"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield how many there are."""
        count = segments.metrics.get("segments/count")
        if count is not None and count < 2:
            yield self.make_finding(f"The model found {count:.0f} segment{'s' if count != 1 else ''}.")
