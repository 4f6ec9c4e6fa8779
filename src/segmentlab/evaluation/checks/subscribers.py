"""A check of whose customers these are: subscribers differ by their plan and their months, not by habits."""

from collections.abc import Iterator
from typing import Final

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check
from segmentlab.evaluation.subscriptions import LEAST_ORDERS, OVERDUE_DAYS

MOST_SHOPPERS: Final = 0.5  # share of customers who are regular, from which the log is one of subscriptions


@register_check
class Subscribers(Check):
    """Of who is billed each month, frequency is an age and money is that age times a price."""

    code = "SEG012"
    title = "Subscribers, not shoppers"
    fires_when = f"half of the customers with {LEAST_ORDERS} orders or more pay the same sum month by month"
    advice = (
        "Read frequency as months and money as months times the price of the plan, and keep one of them "
        "(leave_out=[rfm_frequency]). Who has not paid for a month and a half has cancelled: names such "
        "as At risk or Dormant are made for shops."
    )

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield how many pay so, and how many of them have stopped."""
        found = segments.evidence.subscriptions
        if found is not None and found.share >= MOST_SHOPPERS:
            yield self.make_finding(
                f"{found.regular:,} of {found.judged:,} customers with {LEAST_ORDERS} orders or more pay the "
                f"same sum month by month; {found.overdue:,} of them have not paid for {OVERDUE_DAYS} days."
            )
