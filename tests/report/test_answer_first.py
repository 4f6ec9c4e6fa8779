"""What a reader learns first, what failures forbid, and that no two sentences of a page contradict."""

import dataclasses
import re
from datetime import date

import pandas as pd
import pytest

from segmentlab.flow import Movement
from segmentlab.report.failure import find_failure
from segmentlab.report.page import MOST_CARDS, PageContent, write_report_page
from segmentlab.report.prospects import tell_prospects
from segmentlab.report.since_last_time import tell_change
from segmentlab.report.trust import list_doubts
from segmentlab.report.week import plan_week, sort_into_lists
from segmentlab.report.wording import Money
from tests.report.portraits import write_up_fully
from tests.report.shop import Shop, judged, make_shop
from tests.report.test_prospects import LABELS, NAMES, ahead

ORDER = (
    "segments", "changes", "this-week", "how-sure", "evidence", "outlook", "detail", "customers",
    "provenance",
)  # fmt: skip
ACTIONS = ("loyalty program", "Sell again", "Sell new", "worth a word")


def move(changes: dict[str, object] | None = None) -> Movement:
    """Two customers up, one down."""
    moves = pd.DataFrame(
        {
            "segment_before": [0, 1], "name_before": ["Loyal", "One-time"], "segment_after": [1, 0],
            "name_after": ["One-time", "Loyal"], "reason": ["late", "ordered"], "customers": [1, 2],
            "orders": [0, 3], "revenue": [90.0, 50.0], "expected": [6.0, 40.0], "known": [1, 2],
            "change": [float("nan")] * 2, "expected_before": [60.0, 4.0], "known_before": [1, 2],
        }
    )  # fmt: skip
    return Movement(date(2011, 1, 1), date(2011, 2, 1), moves.assign(**(changes or {})), 60.0)


def write_up_week(shop: Shop) -> PageContent:
    """A sound run with everything that a week needs."""
    judgement = dataclasses.replace(judged(shop), checks=[])
    actions = {0: "loyalty program; ask for reviews", 1: "one win-back offer"}
    return dataclasses.replace(
        write_up_fully(shop),
        judgement=judgement,
        change=tell_change(move()),
        week=plan_week(ahead(), LABELS, NAMES, actions, Money("£"), with_customers=True),
        prospects=tell_prospects(ahead(), LABELS, NAMES, with_customers=True),
        unsure=7,
    )


@pytest.fixture(scope="module")
def page(shop: Shop) -> str:
    return write_report_page(write_up_week(shop))


def read_words(html: str) -> str:
    """What a person reads, on one line."""
    body = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body))


def test_who_what_changed_and_what_to_do_come_before_evidence_and_method(page: str) -> None:
    assert tuple(re.findall(r'<section id="([^"]+)"', page)) == ORDER


def test_the_size_of_a_segment_stands_once(shop: Shop) -> None:
    content = write_up_week(shop)
    profile = content.profile.assign(customers=[7123, 2345, 3456], customer_share=[0.1754, 0.3333, 0.4917])
    html = write_report_page(dataclasses.replace(content, profile=profile))
    words = read_words(html[html.index('class="cards') :])
    assert [words.count(size) for size in ("7,123", "2,345", "3,456", "17.5 %", "49.2 %")] == [1] * 5


def test_plain_words_come_before_terms(page: str) -> None:
    cards = page[page.index('class="cards') : page.index('class="terms"')]
    assert "Last order" in cards
    assert "Recency" not in cards
    assert "recency in tables and figures" in page, "the term is explained to whoever asks"


def test_a_card_gives_no_advice_and_the_week_does(page: str) -> None:
    cards = page[page.index('class="cards') : page.index('id="changes"')]
    week = page[page.index('id="this-week"') : page.index('id="how-sure"')]
    assert "loyalty program" not in cards
    assert "loyalty program" in week


def test_nobody_is_on_two_lists() -> None:
    told = pd.DataFrame(
        {"silent": [5.0, 20.0, 70.0, 70.0, 70.0, 1.0], "gap": 10.0, "late_gap": 50.0,
         "alive": [0.9, 0.9, 0.6, 0.3, 0.1, 0.9]},
    )  # fmt: skip
    assert sort_into_lists(told).tolist() == ["Due", "", "Late", "Lapsing", "", ""]


def test_the_week_counts_its_lists_by_segment_and_names_who_is_worth_most() -> None:
    week = plan_week(ahead(), LABELS, NAMES, {0: "call them"}, Money("£"), with_customers=True)
    assert week is not None
    assert [(one.name, one.customers, one.money) for one in week.lists] == [
        ("Due", "1", "£3,000"), ("Late", "1", "£50"), ("Lapsing", "0", "£0"),
    ]  # fmt: skip
    assert week.plan.rows == [
        ["Loyal", "call them", "1", "1", "0", "£3,050"], ["One-time", "n/a", "0", "0", "0", "£0"],
    ]  # fmt: skip
    assert week.lead.startswith("2 customers are worth a word this week. 1 of them, most worth contacting")
    assert week.worth is not None
    assert week.worth.rows[0][:4] == ["anna", "Loyal", "Due", "3 days ago"]
    assert "net of refunds" in week.note, "the level of 30 days was foreseen"


def test_without_orders_the_week_has_actions_and_no_lists() -> None:
    week = plan_week(None, LABELS, NAMES, {0: "call them"}, Money(), with_customers=True)
    assert week is not None
    assert (week.lists, week.worth, week.plan.rows) == ([], None, [["Loyal", "call them"]])
    assert plan_week(None, LABELS, NAMES, {}, Money(), with_customers=True) is None


def test_gains_and_losses_are_told_apart_with_their_money(page: str) -> None:
    changes = read_words(page[page.index('id="changes"') : page.index('id="this-week"')])
    assert "Gained: 2, expected to spend 40." in changes
    assert "Lost: 1, expected to spend 6." in changes
    assert "Change" not in tell_change(move()).tables[0].headings, "two models: no change is known"


def test_a_text_stands_where_the_day_before_is_not_known(shop: Shop) -> None:
    content = dataclasses.replace(write_up_week(shop), change="No scoring is kept.")
    assert "No scoring is kept." in read_words(write_report_page(content))
    assert "What changed" not in write_report_page(dataclasses.replace(content, change=None))


@pytest.mark.parametrize("verdict", ["failed check", "one group"])
def test_after_a_failure_nothing_on_the_page_recommends_anything(shop: Shop, verdict: str) -> None:
    failed = judged(shop)
    assert failed.failed, "a check fails in this shop"
    if verdict == "one group":
        assert failed.verdict is not None
        failed = dataclasses.replace(
            failed, checks=[], verdict=dataclasses.replace(failed.verdict, kind="one group")
        )
    html = write_report_page(dataclasses.replace(write_up_week(shop), judgement=failed))
    words = read_words(html)
    assert html.index('class="failed"') < html.index('class="answer"')
    assert "this page recommends nothing" in words
    assert "No actions are recommended, because this run failed" in words
    assert [advice for advice in ACTIONS if advice in words] == []
    sound = read_words(write_report_page(write_up_week(shop)))
    assert [advice for advice in ACTIONS if advice not in sound] == [], "or the test finds nothing"


def test_a_continuum_is_no_failure(shop: Shop) -> None:
    judgement = dataclasses.replace(judged(shop), checks=[])
    assert judgement.verdict is not None
    assert judgement.verdict.kind == "a partition of a continuum"
    assert find_failure(judgement) is None


def test_twenty_segments_stand_in_a_table() -> None:
    for segments in (MOST_CARDS, MOST_CARDS + 1):
        shop = make_shop([f"Segment of {number}" for number in range(segments)])
        html = write_report_page(write_up_fully(shop))
        assert ('class="cards' in html) == (segments == MOST_CARDS)
        assert ("Every segment: its size" in html) == (segments > MOST_CARDS)


def test_how_many_are_near_a_border_is_said(shop: Shop) -> None:
    _, near, *_ = list_doubts(judged(shop), 7, 90)
    assert near.startswith("Near a border: 7 of 90 (7.8 %) customers have a confidence below 0.25")
    assert "nobody" in list_doubts(None, 0, 90)[0]
    assert list_doubts(None, None, 90) == []


def test_no_sentence_contradicts_another(shop: Shop, page: str) -> None:
    """Each pair was found on a page of an earlier version."""
    words = read_words(page)
    assert ("Checks: nothing was found." in words) == ("None fired." in words)
    untrusted = dataclasses.replace(
        write_up_week(shop),
        prospects=tell_prospects(
            ahead(levels={30: (2.0,), 90: (2.0,)}, trusted=()), LABELS, NAMES, with_customers=False
        ),
    )
    words = read_words(write_report_page(untrusted))
    assert "not how many will come" in words
    assert "As a rough guide, in the next" in words, "a number is not stated as a fact and then denied"
    late = re.findall(r"Late\b[^.]{0,80}", words)
    assert not [one for one in late if "longer than nine in ten of them are" in one], "late means one thing"


def test_money_has_the_sign_that_the_data_names() -> None:
    shop = pd.DataFrame({"what": ["columns", "currency"], "value": ["customer_id", "GBP"]})
    assert Money.of({"shop": shop}).write(-1234.4) == "-£1,234"
    assert Money.of({"shop": shop.assign(value=["", "SEK"])}).write(5) == "SEK 5"
    assert Money.of({"shop": shop.assign(value=["", ""])}).write(5) == "5"
    assert Money.of({}).write(float("nan")) == "n/a"
    told = tell_prospects(ahead(), LABELS, NAMES, Money("£"), with_customers=False)
    assert "are expected to order, for £" in told.lead
    assert told.tables[1].rows[0][1].startswith("£")
    assert re.search(r"expected to spend £[\d,.]+\.", tell_change(move(), Money("£")).lead)
