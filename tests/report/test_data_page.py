"""The data profile: its data steps, and what it does with hostile data."""

from dataclasses import replace

import pandas as pd
import pytest

from segmentlab.report.data_page import (
    draw_data_pictures,
    draw_sales_pictures,
    summarise_data,
    write_data_page,
)
from segmentlab.report.figures.data_spread import place_sizes
from segmentlab.report.figures.ranking import select_largest_rows
from segmentlab.report.figures.sales import sum_monthly_sales
from tests.browser import Browser
from tests.report.shop import make_overview

HOSTILE = "</script><img src=x onerror=alert(1)>"


def test_a_month_without_lines_is_a_gap_not_a_jump() -> None:
    months = sum_monthly_sales(make_overview().months)
    assert months.to_numpy().tolist() == [
        ["2011-01", 30.0, 0.0],
        ["2011-02", 0.0, 0.0],
        ["2011-03", 9.0, -4.0],
    ]


def test_the_longest_bar_comes_first_and_missing_names_are_named() -> None:
    top = select_largest_rows(make_overview().countries, "country", "lines", limit=5)
    assert top.to_numpy().tolist() == [["LANTERN", 2], ["missing", 1]]


def test_the_answer_names_what_is_missing_most() -> None:
    assert summarise_data(make_overview()) == "3 lines in 2 months; country is missing in 50.0 %."


def test_figures_follow_what_the_data_has() -> None:
    seen = make_overview()
    poor = replace(seen, countries=seen.countries.head(0), products=seen.products.head(0))
    assert [picture.name for picture in draw_sales_pictures(poor)] == ["sales_over_time"]
    assert len(draw_sales_pictures(seen)) == 4
    names = ["missing_values", "sizes_value", "hours", "associations"]
    assert [picture.name for picture in draw_data_pictures(seen)] == names
    whole = replace(seen, columns=seen.columns.assign(missing=0.0), hours=seen.hours.head(0))
    assert [picture.name for picture in draw_data_pictures(whole)] == ["sizes_value", "associations"]


def test_what_comes_from_data_is_text() -> None:
    page = write_data_page("Data", HOSTILE, make_overview(HOSTILE))
    assert HOSTILE not in page
    assert "<img" not in page


def test_bins_lie_on_a_line_around_zero() -> None:
    sizes = pd.DataFrame({"measure": "value", "sign": [-1, 0, 1, 1], "bin": [4, 0, 0, 8], "lines": 1})
    placed, ticks = place_sizes(sizes, "value")
    assert placed["place"].tolist() == [-5.5, 0.0, 1.5, 9.5]
    assert ticks == {0.0: "0", -5.0: "-10", 5.0: "10", 9.0: "100"}


def test_alerts_come_first() -> None:
    page = write_data_page("Data", "as it came", make_overview())
    assert page.index("LANTERN is constant.") < page.index('id="distributions"') < page.index('id="columns"')
    quiet = write_data_page("Data", "as it came", replace(make_overview(), alerts=[]))
    assert "Nothing unusual was found in the lines." in quiet


@pytest.mark.browser
def test_it_opens_offline_without_complaint(browser: Browser, tmp_path) -> None:
    path = tmp_path / "profile.html"
    path.write_text(write_data_page("Data", "as it came", make_overview(HOSTILE)), encoding="utf-8")
    for width in (1440, 1024, 390):
        browser.open(path.as_uri(), width)
        assert browser.run("return document.documentElement.scrollWidth") <= width
        assert browser.run(
            "return [...document.querySelectorAll('.records')]"
            ".every(table => table.scrollWidth <= table.parentElement.clientWidth)"
        )
        browser.until("document.querySelectorAll('.js-plotly-plot svg').length > 0")
        assert browser.run("return document.querySelectorAll('img').length") == 0
        assert browser.errors() == []
        assert browser.requests() == []
