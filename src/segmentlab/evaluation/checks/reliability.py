"""Checks of whether segments hold: resampled, against data without any, against a grid, and when scored."""

from collections.abc import Iterator
from typing import Final

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check
from segmentlab.evaluation.evidence import (
    GRID_FORECAST,
    PAST_FORECAST,
    SEGMENT_FORECAST,
    VALUE_FORECAST,
)
from segmentlab.evaluation.reference import VERDICT_LEVEL

LEAST_STABILITY: Final = 0.6  # below it a segment is not to be trusted
LEAST_RETURN: Final = 0.9  # of fitted customers who get their own segment back


@register_check
class UnstableSegments(Check):
    """A segment that other customers of the same shop would not show is chance."""

    code = "SEG003"
    title = "Unstable segments"
    fires_when = f"a segment's bootstrap Jaccard is below {LEAST_STABILITY}"
    advice = "Choose a number of segments at which all are stable: see the views over k."
    gate = "stability"
    needs = "stability/jaccard_min"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield the segments that do not come back, with how alike they do."""
        table = segments.evidence.stability
        if table is None:
            return
        weak = table.loc[table["jaccard"] < LEAST_STABILITY, "jaccard"]
        if len(weak):
            named = ", ".join(f"{segment!s} ({value:.2f})" for segment, value in weak.items())
            yield self.make_finding(
                f"Resampled customers do not give these segments again (bootstrap Jaccard): {named}; at "
                f"least {LEAST_STABILITY} is expected."
            )


@register_check
class NoBetterThanNull(Check):
    """A method that divides structureless data as well has found nothing."""

    code = "SEG004"
    title = "No better than data without segments"
    fires_when = "no null is beaten"
    advice = "Use other features, or call the result a cut for convenience and not a finding."
    gate = "null"
    needs = "reference/p_*"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield the p-value of each null."""
        references = segments.evidence.references
        if references and min(one.p_value for one in references.values()) > VERDICT_LEVEL:
            values = ", ".join(f"{null} p={one.p_value:.2f}" for null, one in references.items())
            yield self.make_finding(f"The same method separates structureless data as well: {values}.")


@register_check
class NoBetterThanGrid(Check):
    """A grid of quantiles costs nothing and needs no explanation."""

    code = "SEG005"
    title = "No better than a grid of RFM quantiles"
    fires_when = "later spend is foreseen worse than by the RFM grid, beyond its interval"
    advice = "Add features that say more about the future, or use the grid."

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield both scores."""
        table = segments.evidence.usefulness
        if table is None or "spend_r2_beyond_high" not in table.columns:
            return
        r2 = table["spend_r2"].to_dict()
        if table["spend_r2_beyond_high"].to_dict()[SEGMENT_FORECAST] <= 0:
            yield self.make_finding(
                f"Later spend is foreseen worse than by as many RFM cells: R2 {r2[SEGMENT_FORECAST]:.3f} "
                f"against {r2[GRID_FORECAST]:.3f}."
            )


@register_check
class NoBetterThanPastSpend(Check):
    """Who spent much will spend much: laws that say less than that are not worth their words."""

    code = "SEG014"
    title = "The value model says less than past spend"
    fires_when = "the value model foresees later spend worse than plain past spend, beyond its interval"
    advice = (
        "Rank customers by what they have spent, and rely neither on value.csv nor on features=value here: "
        "these customers do not order as the laws have it."
    )

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield both scores."""
        table = segments.evidence.usefulness
        if table is None or VALUE_FORECAST not in table.index or "spend_r2_beyond_high" not in table.columns:
            return
        r2 = table["spend_r2"].to_dict()
        if table["spend_r2_beyond_high"].to_dict()[VALUE_FORECAST] < 0:
            yield self.make_finding(
                f"Later spend is foreseen worse by the value model than by past spend: R2 "
                f"{r2[VALUE_FORECAST]:.3f} against {r2[PAST_FORECAST]:.3f}."
            )


@register_check
class ScoringDiffers(Check):
    """A customer who was learnt from and is scored unchanged belongs where they were."""

    code = "SEG009"
    title = "Scoring does not give the segments back"
    fires_when = (
        f"less than {100 * LEAST_RETURN:.0f} % of the fitted customers get their own segment when scored"
    )
    advice = "Choose a model that predicts by itself, such as model=kmeans or model=gaussian_mixture."
    gate = "scoring"
    needs = "assignment/self_agreement"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield the share of those who do."""
        share = segments.metrics.get("assignment/self_agreement")
        if share is not None and share < LEAST_RETURN:
            yield self.make_finding(
                f"Only {share:.1%} of the fitted customers get their own segment when they are scored."
            )
