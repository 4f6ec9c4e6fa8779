"""Customers of unusual kinds, from lines to findings: a till among people, and subscribers."""

import numpy as np
import pandas as pd

import segmentlab as sl
from tests.evaluation.test_subscriptions import subscribe

TILL_LINES = 20_000


def add_till(people: int) -> pd.DataFrame:
    """A log of people with a few orders each, and of a till with 20,000 lines."""
    generator = np.random.default_rng(0)
    owner = np.repeat(np.arange(people), generator.integers(1, 12, people))
    ids = [*(f"P{number}" for number in owner), *["TILL"] * TILL_LINES]
    count = len(ids)
    return pd.DataFrame(
        {
            "customer_id": ids,
            "invoice_id": [f"{who}-{number // 3}" for number, who in enumerate(ids)],
            "product_id": [f"SKU{number}" for number in generator.integers(0, 50, count)],
            "quantity": generator.integers(1, 6, count).astype(float),
            "unit_price": generator.lognormal(1, 0.5, count).round(2),
            "timestamp": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(generator.integers(0, 360 * 24, count), unit="h"),
        }
    )


def test_a_till_that_was_accepted_is_named_and_the_people_are_still_told_apart() -> None:
    found = sl.segment(
        add_till(people=400),
        features=["rfm", "basket", "products"],
        evaluate="quick",
        n_clusters=4,
        settings={"data.accept": ["one_customer"]},
    )
    tiny = next(finding for finding in found.checks if finding.code == "SEG001")
    assert "Customer 'TILL' is a segment of their own" in tiny.evidence
    assert "cleaning.unknown_customer.also=['TILL']" in tiny.advice
    assert (found.labels.drop("TILL").value_counts() > 40).all()


def test_subscribers_are_said_to_be_such_and_no_segment_of_them_a_group_by_ties() -> None:
    lines = subscribe(customers=300, cancelled=60)
    log = lines.rename(columns={"day": "timestamp", "paid": "line_total"})
    found = sl.segment(
        log, evaluate="quick", n_clusters=3, features=["rfm"], settings={"evaluate.gaps": 3000}
    )
    told = next(finding for finding in found.checks if finding.code == "SEG012")
    assert told.evidence == (
        "300 of 300 customers with 3 orders or more pay the same sum month by month; 60 of them have not "
        "paid for 46 days."
    )
