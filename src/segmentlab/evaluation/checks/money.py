"""Checks of what customers paid, brought back and kept."""

from collections import Counter
from collections.abc import Iterator

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check
from segmentlab.transactions import has_kept_nothing


@register_check
class KeptNothing(Check):
    """Features are of what was paid, so somebody who has cancelled everything can be among the best."""

    code = "SEG011"
    title = "Customers who kept nothing"
    fires_when = "a customer has brought back all that they bought: what they kept (net) is nothing or less"
    advice = (
        "Look at net in segments/customers.csv before you write to them; cleaning=thorough nets "
        "cancellations against their purchases."
    )

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield how many there are in which segments, and the one who looks best."""
        if segments.money is None:
            return
        money = segments.money.reindex(segments.features.index).assign(segment=segments.labels)
        gone = money[has_kept_nothing(money)].sort_values("gross", ascending=False, kind="stable")
        if gone.empty:
            return
        counts = Counter(sorted(gone["segment"].tolist()))
        where = ", ".join(f"{count:,} in {segments.name_segment(one)}" for one, count in counts.items())
        best = gone.iloc[0]
        whose = segments.name_segment(int(best["segment"]))
        paid, returned, net = (f"{best[name]:z,.2f}" for name in ("gross", "returned", "net"))
        yield self.make_finding(
            f"{_count(len(gone))} brought back all that they bought: {where}. '{gone.index[0]}' in {whose} "
            f"paid {paid} and brought back {returned} (net {net})."
        )


def _count(customers: int) -> str:
    return "1 customer has" if customers == 1 else f"{customers:,} customers have"
