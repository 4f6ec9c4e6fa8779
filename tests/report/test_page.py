"""What the page says, and that nothing in the data can make it do anything."""

import dataclasses

import numpy as np
import pandas as pd

from segmentlab.features.feature_set import Column
from segmentlab.report.answer import describe_answer
from segmentlab.report.cards import make_cards
from segmentlab.report.figures.segment_sizes import draw_segment_sizes
from segmentlab.report.layout import HUES
from segmentlab.report.page import write_report_page
from segmentlab.report.tables import make_ledger_table, make_segment_table
from tests.report.portraits import write_up_fully
from tests.report.shop import COLUMNS, LEDGER, judged, make_shop, write_up

HOSTILE = (
    "<img src=x onerror=window.hacked=1>",
    "</script><script>window.hacked=1</script>",
    "<b>%{x}</b> $x^2$ \"quoted\" & 'single'",
)


def test_the_answer_names_the_segment_that_brings_most():
    profile = pd.DataFrame(
        {"name": ["Noise", "Best", "Rest"], "customers": [5, 10, 85], "customer_share": [0.05, 0.1, 0.85],
         "revenue_share": [0.8, 0.15, 0.05]},
        index=[-1, 0, 1],
    )  # fmt: skip
    assert describe_answer(profile) == (
        "100 customers fall into 2 segments. "
        "The largest part of revenue comes from Best: 15.0 % with 10.0 % of customers."
    )
    assert describe_answer(profile.loc[[-1]]) == "No segments were found among 5 customers."


def test_a_card_says_who_a_segment_is(shop):
    card = make_cards(shop.profile, COLUMNS)[0]
    assert (card.name, card.customers, card.customer_share, card.colour) == (
        "Champions",
        "30",
        "33.3 %",
        HUES[0],
    )
    assert tuple(card.medians[0]) == ("Last order", "1,234", "days ago", "days since the last purchase")


def test_sizes_sum_to_all(shop):
    last = make_segment_table(shop.profile, COLUMNS).rows[-1]
    assert last == ["All", "90", "100.0 %", "3,703,701", "100.0 %", "", "", ""]


def test_the_ledger_reads_from_read_to_kept():
    rows = make_ledger_table(LEDGER).rows
    assert rows[0] == ["read", "1,234", "95", "99,999.50"]
    assert rows[1][0] == "null customers"
    assert rows[-1][0] == "kept"


def test_a_metric_without_a_value_is_shown_as_missing(shop):
    content = dataclasses.replace(write_up(shop, []), metrics={"separation/silhouette": np.nan})
    assert "n/a" in write_report_page(content)


def test_the_page_refers_to_nothing_outside_and_stays_small(shop):
    html = write_report_page(write_up(shop))
    assert "http://" not in html
    assert "https://" not in html
    assert "@import" not in html
    assert "url(" not in html
    assert len(html.encode()) < 3_000_000


def test_the_same_content_gives_the_same_bytes(shop):
    assert write_report_page(write_up_fully(shop)) == write_report_page(write_up_fully(make_shop()))


def test_hostile_names_are_never_markup():
    shop = make_shop(HOSTILE, [Column(HOSTILE[0], HOSTILE[1], HOSTILE[2])])
    content = dataclasses.replace(write_up(shop), title=HOSTILE[0], config=HOSTILE[1], notes=HOSTILE)
    html = write_report_page(content)
    assert "<img" not in html
    assert "<script>window" not in html
    assert "onerror" in html, "the name itself is still there to be read"


def test_without_transactions_money_is_left_out(shop):
    profile = shop.profile.drop(columns=["revenue", "revenue_share"])
    assert describe_answer(profile).endswith("The largest is At risk, with 33.3 % of customers.")
    assert make_cards(profile, COLUMNS)[0].revenue_share is None
    assert make_segment_table(profile, []).headings == ["Segment", "Customers", "Share"]
    assert make_segment_table(profile, []).rows[-1] == ["All", "90", "100.0 %"]
    html = write_report_page(dataclasses.replace(write_up(shop, []), profile=profile, ledger=None))
    assert "Of revenue" not in html
    assert "What cleaning took out" not in html


def test_what_is_true_or_not_is_a_share_and_numbers_of_no_known_unit_have_none(shop):
    columns = [Column("mixed_member", "1 where member is yes", "0 or 1"), Column("mixed_age", "age", "units")]
    profile = shop.profile.assign(
        mixed_member_mean=0.85, mixed_member_median=1.0, mixed_age_mean=40.0, mixed_age_median=39.0
    )
    member, age = make_cards(profile, columns)[0].medians
    assert (member.value, member.unit) == ("85.0 %", "")
    assert (age.value, age.unit) == ("39", "")


def test_without_transactions_only_customers_have_bars(shop):
    drawn = draw_segment_sizes(shop.profile.drop(columns=["revenue", "revenue_share"]))
    assert drawn.title == "Customers by segment"
    assert [bar.name for bar in drawn.figure.data] == ["customers"]


def test_the_evidence_says_the_verdict_what_is_wrong_and_what_to_do(shop):
    html = write_report_page(write_up(shop, []))
    assert "Verdict: a partition of a continuum." in html
    assert "SEG003 Unstable segments" in html
    assert "Choose a number of segments at which all are stable" in html
    assert "At risk" in html
    assert "doubtful" in html
    assert "0.3 (0.1 to 0.4)" in html
    assert "None fired." not in html


def test_a_page_without_draws_says_that_there_is_no_verdict(shop):
    judgement = dataclasses.replace(judged(shop), verdict=None, checks=[])
    html = write_report_page(dataclasses.replace(write_up(shop, []), judgement=judgement))
    assert "No verdict: nobody looked for gaps" in html
    assert "None fired." in html


def test_what_failed_stands_above_the_segments_and_the_views_over_k_under_how_sure(shop):
    content = dataclasses.replace(write_up(shop, []), k_words="Of 5 views 3 choose 2.")
    html = write_report_page(content)
    (failed,) = content.judgement.failed
    assert failed.code == "SEG003"
    band, answer = html.index('<div class="failed">'), html.index('<p class="answer">')
    assert band < html.index("Failed: SEG003 Unstable segments.") < answer
    assert html.index('id="how-sure"') < html.index("<li>Of 5 views 3 choose 2.</li>")
    sound = dataclasses.replace(content.judgement, checks=[])
    html = write_report_page(dataclasses.replace(content, judgement=sound, k_words=""))
    assert '<div class="failed">' not in html
