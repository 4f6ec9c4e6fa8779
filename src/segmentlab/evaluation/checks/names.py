"""A check of the names of segments: whether they are true of the customers that they stand on."""

from collections.abc import Iterator
from typing import Final

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check

LEAST_NAME_TRUTH: Final = 0.8  # of a segment's customers


@register_check
class UntrueName(Check):
    """No run gives such a name by itself; segments made elsewhere bring theirs."""

    code = "SEG013"
    title = "A name that is not true"
    fires_when = f"the name of a segment is true of less than {100 * LEAST_NAME_TRUTH:.0f} % of its customers"
    advice = (
        "Call the segment otherwise, or write to its customers by their own state, which is in "
        "segments/customers.csv."
    )
    gate = "names"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield every such segment, where its name says something of customers."""
        for segment, share in sorted(segments.evidence.truths.items()):
            if share < LEAST_NAME_TRUTH:
                yield self.make_finding(
                    f"{segments.name_segment(segment)} is true of {share:.1%} of its customers; at least "
                    f"{LEAST_NAME_TRUTH:.0%} are expected."
                )
