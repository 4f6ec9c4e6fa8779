"""The parts of the page that tell of segments, and of how sure one may be."""

import base64
import dataclasses
import gzip
import json
import re

import numpy as np
import pandas as pd
import pytest

from segmentlab.goods import JudgedWays
from segmentlab.report.cards import make_cards, tell_stories
from segmentlab.report.chapters import OTHER_CHAPTER, arrange_chapters
from segmentlab.report.details import (
    TREND_HEIGHT,
    TREND_WIDTH,
    draw_trend,
    make_details,
    make_habit_table,
    make_rule_table,
    make_trait_table,
    make_typical_table,
)
from segmentlab.report.directory import MOST_LISTED_CUSTOMERS, make_directory
from segmentlab.report.figures.segment_sizes import draw_segment_sizes
from segmentlab.report.layout import HUES
from segmentlab.report.page import MOST_CARDS, write_report_page
from segmentlab.report.product_tables import (
    NOTHING_APART,
    make_distinctive_table,
    make_product_table,
    name_product,
)
from segmentlab.report.recommendation_tables import (
    make_list_tables,
    make_segment_ways_table,
    make_ways_table,
)
from segmentlab.report.tables import make_money_table
from segmentlab.report.trust import describe_segment_sureness, describe_sureness, explain_verdict
from tests.report.portraits import add_money, make_customers, make_portrait, make_products, write_up_fully
from tests.report.shop import COLUMNS, draw, judged, make_shop

HOSTILE_IDS = ("=1+1", "+1", "-1", "@SUM(A1)", "</script><script>window.hacked=1</script>", "שלום", "🏺")


def test_a_card_tells_the_story_of_its_segment(shop):
    told = tell_stories(make_portrait(shop), make_products(shop), describe_segment_sureness(judged(shop)))
    story = make_cards(shop.profile, COLUMNS, told)[0].story
    assert (story.kind, story.rule, story.precision) == (
        "High value, frequent",
        "recency up to 34 days",
        "92.0 %",
    )
    assert story.actions == ("loyalty program", "ask for reviews")
    assert story.sure == "Highly stable (0.90)"
    assert [product.partition(" (")[0] for product in story.buys] == ["LANTERN"]


def test_what_is_not_known_of_a_segment_is_not_told(shop):
    (story,) = {card.story for card in make_cards(shop.profile, COLUMNS)}
    assert not any(story)


def test_how_sure_one_may_be_is_said_in_a_line(shop):
    judgement = judged(shop)
    assert describe_sureness(judgement) == (
        "How sure: a partition of a continuum. 2 of 3 segments are stable. 1 check failed. 1 warning to read."
    )
    assert "where one ends and the next begins is a choice" in explain_verdict(judgement)
    assert explain_verdict(dataclasses.replace(judgement, verdict=None)).startswith("No verdict")


def test_every_figure_of_the_laboratory_has_a_chapter(shop):
    found = arrange_chapters(draw(shop))
    assert sum(len(chapter.pictures) for chapter in found) == len(draw(shop))
    assert OTHER_CHAPTER not in {chapter.title for chapter in found}


def test_a_figure_without_a_chapter_comes_last(shop):
    new = dataclasses.replace(draw(shop)[0], name="new")
    *_, last = arrange_chapters([new, *draw(shop)])
    assert (last.title, [picture.name for picture in last.pictures]) == (OTHER_CHAPTER, ["new"])


def test_a_month_without_a_purchase_is_zero():
    months = pd.DataFrame({
        "segment": [0, 0, 1],
        "month": pd.to_datetime(["2011-01-01", "2011-03-01", "2011-02-01"]),
        "revenue": [10.0, 5.0, 0.0],
    })  # fmt: skip
    drawn = draw_trend(months, 0)
    assert (drawn.first, drawn.last) == ("2011-01", "2011-03")
    assert [tuple(map(float, point.split(","))) for point in drawn.points.split()] == [
        (3, 3), (TREND_WIDTH / 2, TREND_HEIGHT - 3), (TREND_WIDTH - 3, TREND_HEIGHT / 2),
    ]  # fmt: skip
    assert draw_trend(months, 1) is None, "nothing was bought"


def read_packed(packed):
    """What travels in the page, as its script reads it."""
    return json.loads(gzip.decompress(base64.b64decode(packed.packed)))


def read_list(packed):
    """The columns of the list by name, each as one value a customer."""
    return {
        column["name"]: column.get("texts")
        or column.get("numbers")
        or [column["words"][code] for code in column["codes"]]
        for column in read_packed(packed)["list"]
    }


def test_the_directory_has_every_customer_as_people_read_numbers(shop):
    customers = make_customers(shop)
    packed = make_directory(customers, shop.columns)
    content, listed = read_packed(packed), read_list(packed)
    assert packed.sortable == {"customer_id": "Customer", "segment": "Segment", "confidence": "Confidence"}
    assert packed.further == [
        "Gross",
        "Brought back",
        "Net",
        "Recency (days)",
        "Frequency (invoices)",
        "Monetary",
    ]
    assert listed["customer_id"] == customers["customer_id"].tolist()
    assert (listed["segment"][0], content["colours"][0], listed["confidence"][0]) == (
        "Champions", HUES[0], 0.875,
    )  # fmt: skip
    assert [column[0] for column in content["further"][:3]] == [
        "77,556.46", "77,621.14", "-64.68\nkept nothing",
    ]  # fmt: skip
    assert content["further"][2][1] == "77,547.46"


def test_where_nobody_brings_anything_back_there_are_no_columns_of_nothing(shop):
    customers = make_customers(shop).assign(returned=0.0)
    assert "Net" not in make_directory(customers, shop.columns).further
    profile = add_money(shop.profile).assign(returned=0.0, return_rate=0.0, kept_nothing=0)
    assert {card.return_rate for card in make_cards(profile, COLUMNS)} == {None}
    html = write_report_page(dataclasses.replace(write_up_fully(shop), profile=profile))
    assert "Gross, brought back, net</caption>" not in html


def test_a_card_says_what_came_back(shop):
    first, second, _ = make_cards(add_money(shop.profile), COLUMNS)
    assert first.return_rate == "5.0 %"
    assert (first.kept_nothing, second.kept_nothing) == ("1 customer brought back all they bought", "")


def test_money_sums_to_all(shop):
    table = make_money_table(add_money(shop.profile))
    assert table.headings == ["Segment", "Gross", "Brought back", "Of gross", "Net", "Kept nothing"]
    assert table.rows[-1] == ["All", "3,900,000", "196,299", "5.0 %", "3,703,701", "1"]


def test_ids_are_never_markup(shop):
    customers = make_customers(shop).head(len(HOSTILE_IDS)).assign(customer_id=HOSTILE_IDS)
    packed = make_directory(customers, shop.columns)
    assert "<" not in packed.packed
    assert read_list(packed)["customer_id"] == list(HOSTILE_IDS)


def test_a_missing_feature_is_said_to_be_missing(shop):
    customers = make_customers(shop).assign(rfm_recency=np.nan)
    assert read_packed(make_directory(customers, shop.columns))["further"][3][0] == "n/a"


def test_more_customers_than_a_page_holds_are_in_the_table(shop):
    few = make_customers(shop)
    many = few.loc[np.arange(MOST_LISTED_CUSTOMERS + 1) % len(few)].reset_index(drop=True)
    assert make_directory(many, shop.columns) is None
    html = write_report_page(dataclasses.replace(write_up_fully(shop), customers=many))
    assert "There are more than 20,000 customers" in html
    assert "segments/customers.parquet" in html


def test_a_segment_opens_beside_all_customers(shop):
    portrait = make_portrait(shop)
    own = portrait.features[portrait.features["segment"] == 0]
    table = make_typical_table(own, COLUMNS, pd.Series({column.name: 12.0 for column in COLUMNS}))
    assert [row[0] for row in table.rows] == ["Recency (days)", "Frequency (invoices)", "Monetary"]
    assert {row[3] for row in table.rows} == {"12"}


def test_tables_of_a_segment_say_what_is_known():
    ((words, change),) = make_habit_table({"name": "Loyal", "growth": -0.25}).rows
    assert change == "-25.0 %"
    assert "a season counts as growth" in words
    assert make_habit_table({"name": "Loyal", "yearly_growth": 0.1}).rows == [
        ["Revenue of the last three months against the same of the year before", "+10.0 %"]
    ]
    rules = pd.DataFrame(
        [{"rule": "recency up to 3 days", "customers": 9, "precision": 0.5, "coverage": 1.0}]
    )
    assert make_rule_table(rules).rows == [["recency up to 3 days", "9", "50.0 %", "100.0 %"]]
    countries = pd.DataFrame([{"value": "France", "customers": 9, "share": 0.5, "lift": 2.0}])
    assert make_trait_table("home_country", countries).rows == [["France", "9", "50.0 %", "2.00"]]
    unknown = pd.DataFrame([{"value": "unknown", "customers": 9, "share": 0.5, "lift": np.nan}])
    assert make_trait_table("club", unknown).rows == [["unknown", "9", "50.0 %", "n/a"]]


def test_a_product_is_called_by_its_description_or_its_id(shop):
    assert name_product({"product_id": "22423", "description": "CAKE  STAND"}) == "CAKE STAND"
    assert name_product({"product_id": "22423", "description": None}) == "22423"
    assert len(name_product({"product_id": "1", "description": "x" * 10_000})) == 60
    table = make_products(shop).likelihoods.table
    rows = make_product_table("Bought most", table[table["segment"] == 1]).rows
    assert [row[0] for row in rows[:2]] == ["RIBBON", "TEAPOT"]


def test_a_card_says_so_where_nothing_sets_a_segment_apart(shop):
    products = make_products(shop)
    table = products.likelihoods.table.assign(sets_apart=False)
    alike = dataclasses.replace(products, likelihoods=dataclasses.replace(products.likelihoods, table=table))
    story = tell_stories(None, alike, {})[0]
    assert story.alike == NOTHING_APART
    assert story.buys[0] == "RIBBON (100.0 % of them)"
    assert make_distinctive_table(table[table["segment"] == 0]).rows == [[NOTHING_APART]]


def test_every_way_to_recommend_stands_in_one_table():
    rates = {"kind": "new", "days": 3, "customers": 40, "hit_rate": 0.3, "recall": 0.1, "recall_beyond": 0.02}
    bounds = {"hit_rate_low": 0.2, "hit_rate_high": 0.4, "recall_low": 0.05, "recall_high": 0.15,
              "recall_beyond_low": 0.01, "recall_beyond_high": 0.03}  # fmt: skip
    table = pd.DataFrame(
        [
            {"by": by, "segment": segment, "shown": by == "blend", **rates, **bounds}
            for segment in (pd.NA, 2)
            for by in ("popularity", "blend")
        ]
    )
    alone = table.assign(**dict.fromkeys(bounds, np.nan))
    assert make_ways_table(JudgedWays(table, {})).title.endswith("those of 3 earlier days have been bought?")
    assert make_ways_table(JudgedWays(table, {})).rows == [
        ["Sell new: What everybody buys", "40", "30.0 % (20.0 to 40.0)", "10.0 % (5.0 to 15.0)",
         "2.0 % (1.0 to 3.0)"],
        ["Sell new: Own history with what goes with it (shown)", "40", "30.0 % (20.0 to 40.0)",
         "10.0 % (5.0 to 15.0)", "2.0 % (1.0 to 3.0)"],
    ]  # fmt: skip
    assert make_ways_table(JudgedWays(alone, {})).rows[0][2:] == ["30.0 %", "10.0 %", "2.0 %"]
    assert [row[0] for row in make_segment_ways_table(JudgedWays(table, {})).rows] == ["Sell new: segment 2"]


def test_a_segment_has_both_lists_and_a_line_where_nothing_is_left(shop):
    products = make_products(shop)
    again, new = make_list_tables(products, 1)
    assert again.title == "Sell again: what they bought most often"
    assert again.rows[0][1].startswith("on the lists of 30 of 30")
    assert new.title == "Sell new: own history with what goes with it"
    nothing = dataclasses.replace(products, for_segments=products.for_segments.iloc[:0])
    assert [table.rows[0][0] for table in make_list_tables(nothing, 1)] == [
        "Nothing was on sale of late: charges are not recommended.", "They have everything that is on sale.",
    ]  # fmt: skip


@pytest.mark.parametrize("segments", [1, 60])
def test_every_entry_of_the_contents_leads_somewhere(segments):
    shop = make_shop([f"Segment of {number}" for number in range(segments)])
    html = write_report_page(write_up_fully(shop, [draw_segment_sizes(shop.profile)]))
    places, links = set(re.findall(r' id="([^"]+)"', html)), re.findall(r'href="#([^"]+)"', html)
    assert set(links) <= places
    each = 2 if segments <= MOST_CARDS else 1  # in the contents, and on cards
    assert len([link for link in links if link.startswith("detail-")]) == each * segments


def test_a_summary_leaves_out_segments_alone_and_the_search(shop):
    html = write_report_page(dataclasses.replace(write_up_fully(shop), customers=None))
    assert "recency up to 34 days" in html, "cards tell what they know"
    for absent in ('id="detail', 'id="customer', 'id="figures', "plotly-library"):
        assert absent not in html


def test_noise_alone_and_no_months_are_no_trouble():
    shop = make_shop(["Noise"], noise=True)
    portrait = dataclasses.replace(make_portrait(shop), months=pd.DataFrame())
    (noise,) = make_details(portrait, COLUMNS, np.exp(shop.prepared).median(), None, {})
    assert noise.trend is None
    html = write_report_page(dataclasses.replace(write_up_fully(shop), portrait=portrait, products=None))
    assert "No segments were found among 30 customers." in html
