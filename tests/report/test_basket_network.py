"""What goes together as a figure and in words: the numbers behind both."""

import pandas as pd

from segmentlab.goods.basket_portrait import portray_baskets
from segmentlab.goods.basket_rules import BasketLimits
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.setup import compose_setup
from segmentlab.report.basket_tables import tell_baskets
from segmentlab.report.figures.basket_network import choose_network, draw_basket_network
from segmentlab.report.raster.canvas import paint_png
from tests.goods.baskets import make_baskets

BASKETS = [{0, 1}, {0, 1, 2}, {1, 2}, {3, 4}, {5}, {6}, {2}, {5, 6}, {0}, {3, 4, 5}] * 30
FOUND = portray_baskets(make_baskets(BASKETS), pd.Series({"c1": 0}), {0: "Few"}, BasketLimits(support=0.01))


def test_products_that_are_joined_stand_together() -> None:
    data = choose_network(FOUND)
    assert data.names == ["salt", "cake", "milk", "tea", "bread", "butter", "jam"]
    assert data.families == [0, 0, 0, 0, 1, 1, 1]
    arcs = sorted(zip(data.arcs["first"], data.arcs["then"], strict=True))
    assert arcs == [(0, 1), (2, 1), (2, 3), (3, 1), (4, 5), (5, 6)]


def test_no_more_products_than_asked_for() -> None:
    assert len(choose_network(FOUND, most=2).names) == 2


def test_it_can_be_painted() -> None:
    picture = draw_basket_network(choose_network(FOUND))
    assert paint_png(picture.figure, title=picture.title).startswith(b"\x89PNG")


def test_the_chapter_says_which_segment_has_no_rules() -> None:
    chapter = tell_baskets(FOUND)
    assert chapter.lead.startswith("300 baskets, ")
    assert chapter.tables[0].rows[1][0] == "Few"
    assert chapter.notes[-1] == "Few: 1 baskets are too few: a set of products has to lie in 10."
    assert "milk → tea" in [row[0] for row in chapter.tables[1].rows]


def test_the_command_and_a_run_have_the_same_limits() -> None:
    given = compose_setup([], "baskets").config
    limits = BasketLimits()
    assert (given.support, given.confidence, given.false_share) == (
        limits.support, limits.confidence, limits.false_share
    )  # fmt: skip
    assert build_plan(compose_setup(["baskets=.02"]).config).baskets == BasketLimits(support=0.02)
    assert build_plan(compose_setup([]).config).baskets is None
