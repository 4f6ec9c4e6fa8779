"""SEG012: subscribers, whom frequency and money say little of."""

from segmentlab.evaluation import Subscriptions
from segmentlab.evaluation.checks.check import Finding
from segmentlab.evaluation.checks.subscribers import Subscribers
from tests.evaluation.checks.segments import judged, look


def test_subscribers_are_told_with_those_who_have_left() -> None:
    assert look(Subscribers, judged(subscriptions=Subscriptions(90, 100, 12))) == [
        Finding(
            code="SEG012",
            title="Subscribers, not shoppers",
            severity="warning",
            evidence="90 of 100 customers with 3 orders or more pay the same sum month by month; 12 of them "
            "have not paid for 46 days.",
            advice=Subscribers.advice,
        )
    ]


def test_some_among_many_are_no_finding() -> None:
    assert not look(Subscribers, judged(subscriptions=Subscriptions(49, 100, 12)))


def test_where_nobody_looked_it_is_silent() -> None:
    assert not look(Subscribers, judged())
