"""The customers as a list: in the page, in a real browser, and as files beside it, saying the same."""

import dataclasses
import io
import json
import stat
import time
from pathlib import Path

import pandas as pd
import pytest
from selenium.webdriver.common.keys import Keys

import segmentlab as sl
from segmentlab.evaluation.checks.check import Finding
from segmentlab.flow.result import Result
from segmentlab.lab.tracking.files import write_items
from segmentlab.report.customer_lists import LISTED_FOLDER, make_customer_list, name_list, record_lists
from tests.browser import Browser

HOSTILE = ("=1+1", "+1 2", "-1 a", "@SUM(A1)", 'a,"b"', "</script><img src=x>", "-12.50")
COUNTRY = '=HYPERLINK("http://x")'


@pytest.fixture(scope="module")
def found() -> sl.Segmentation:
    shop = sl.make_shop(customers=150)
    ids = shop["customer_id"].dropna().drop_duplicates().sort_values().tolist()
    shop["customer_id"] = shop["customer_id"].replace(dict(zip(ids[: len(HOSTILE)], HOSTILE, strict=False)))
    shop.loc[shop["customer_id"] == "=1+1", "country"] = COUNTRY
    return sl.segment(shop, evaluate="quick", n_clusters=3)


@pytest.fixture(scope="module")
def page(found: sl.Segmentation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return found.report(tmp_path_factory.mktemp("page") / "report.html")


def read(text: str) -> list[list[str]]:
    table = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    return [list(table.columns), *table.to_numpy().tolist()]


def break_check(result: Result) -> Result:
    failed = Finding("SEG099", "Nothing there", "error", "All is noise.", "Look elsewhere.")
    return dataclasses.replace(result, judgement=dataclasses.replace(result.judgement, checks=[failed]))


def test_a_list_says_who_comes_next_and_what_to_do(found: sl.Segmentation) -> None:
    listed = make_customer_list(found.result)
    assert list(listed) == [
        "customer_id", "segment", "state", "value_ahead_90_days", "last_order", "country", "confidence",
        "action", "reason",
    ]  # fmt: skip
    assert listed["value_ahead_90_days"].is_monotonic_decreasing
    assert set(HOSTILE) <= set(listed["customer_id"])
    best = listed.iloc[0]
    assert best["customer_id"] == found.value["customer_id"].iloc[0]
    assert best["action"]
    assert best["reason"]


def test_nobody_is_told_to_act_on_segments_that_failed_a_check(found: sl.Segmentation) -> None:
    failed = break_check(found.result)
    assert not failed.judgement.recommends_actions
    listed = make_customer_list(failed)
    assert set(listed["action"]) == set(listed["reason"]) == {""}


def test_a_run_without_value_ahead_has_no_such_column(found: sl.Segmentation) -> None:
    plain = dataclasses.replace(found.result, ahead="nobody asked for it")
    listed = make_customer_list(plain)
    assert not [name for name in listed if name.startswith("value_ahead")]
    assert listed["customer_id"].tolist() == plain.customers["customer_id"].tolist()


def test_each_segment_has_a_file_for_its_owner_alone(found: sl.Segmentation, tmp_path: Path) -> None:
    write_items(record_lists(found.result), tmp_path)
    files = sorted((tmp_path / LISTED_FOLDER).iterdir())
    assert len(files) == len(found.profile)
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert all(file.read_bytes().startswith(b"\xef\xbb\xbf") for file in files)
    rows = [row for file in files for row in read(file.read_text("utf-8-sig"))[1:]]
    assert len(rows) == len(found.customers)
    ids = {row[0] for row in rows}
    assert {"'=1+1", "'+1 2", "'-1 a", "'@SUM(A1)", 'a,"b"', "-12.50"} <= ids
    assert [row[5] for row in rows if row[0] == "'=1+1"] == [f"'{COUNTRY}"]


@pytest.mark.parametrize(
    ("segment", "name", "file"),
    [
        (0, "At risk", "0_at_risk.csv"),
        (1, "../../=cmd", "1_cmd.csv"),
        (-1, "Apart", "none_apart.csv"),
        (2, "🏺", "2.csv"),
    ],
)
def test_a_name_from_the_data_is_no_path(segment: int, name: str, file: str) -> None:
    assert name_list(segment, name) == file


def read_rows(browser: Browser) -> list[list[str]]:
    rows: list[list[str]] = browser.run(
        "return [...document.querySelectorAll('#customers-found tbody tr')]"
        ".map(row => [...row.cells].map(cell => cell.textContent))"
    )
    return rows


def choose(browser: Browser, field: str, value: str) -> None:
    browser.run(
        f"const f = document.getElementById({json.dumps(field)}); f.value = {json.dumps(value)};"
        "f.dispatchEvent(new Event('input', {bubbles: true}))"
    )


def open_list(browser: Browser, page: Path, width: int = 1280) -> None:
    browser.open(page.as_uri(), width)
    browser.run("document.getElementById('customers').scrollIntoView({behavior: 'instant'})")
    browser.until("document.querySelectorAll('#customers-found tbody tr').length > 0")


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390])
def test_customers_are_filtered_and_sorted(
    browser: Browser, found: sl.Segmentation, page: Path, width: int
) -> None:
    listed = make_customer_list(found.result)
    open_list(browser, page, width)
    assert [row[0] for row in read_rows(browser)] == listed["customer_id"].head(50).tolist()
    choose(browser, "by-segment", "1")
    assert {row[1] for row in read_rows(browser)} == {found.profile["name"][1]}
    assert "What to do: " in browser.run("return document.getElementById('customers-advice').textContent")
    choose(browser, "by-segment", "")
    choose(browser, "by-country", COUNTRY)
    assert [row[0] for row in read_rows(browser)] == ["=1+1"]
    choose(browser, "by-country", "")
    least = float(listed["value_ahead_90_days"].iloc[9])
    choose(browser, "by-value", str(least))
    assert len(read_rows(browser)) == int((listed["value_ahead_90_days"] >= least).sum())
    choose(browser, "by-value", "")
    choose(browser, "by-confidence", "0 .25")
    unsure = int((listed["confidence"] < 0.25).sum())
    assert len(read_rows(browser)) == min(50, unsure)
    choose(browser, "by-confidence", "0 2")
    button = browser.driver.find_element("css selector", "[data-sort=last_order] button")
    button.send_keys(Keys.ENTER)  # the keyboard is enough
    shown = [row[4] for row in read_rows(browser)]
    assert shown == sorted(listed["last_order"])[:50]
    heading = "document.querySelector('[data-sort=last_order]').getAttribute('aria-sort')"
    assert browser.run(f"return {heading}") == "ascending"
    button.send_keys(Keys.ENTER)
    assert browser.run(f"return {heading}") == "descending"
    browser.driver.find_element("id", "customers-more").send_keys(Keys.ENTER)
    assert len(read_rows(browser)) == 100
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert browser.errors() == []
    assert browser.requests() == []


@pytest.mark.browser
def test_what_the_page_saves_is_the_file_beside_it(
    browser: Browser, found: sl.Segmentation, page: Path, tmp_path: Path
) -> None:
    write_items(record_lists(found.result), tmp_path)
    browser.driver.execute_cdp_cmd(
        "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
    )
    open_list(browser, page)
    for place, (segment, name) in enumerate(found.profile["name"].items()):
        choose(browser, "by-segment", str(place))
        browser.driver.find_element("id", "customers-save").click()
        saved = tmp_path / "customers.csv"
        for _ in range(100):
            if saved.is_file():
                break
            time.sleep(0.1)
        beside = tmp_path / LISTED_FOLDER / name_list(segment, name)
        assert saved.read_bytes() == beside.read_bytes()
        saved.unlink()
    assert browser.errors() == []


@pytest.mark.browser
def test_a_viewer_that_forbids_to_save_is_told_of(browser: Browser, page: Path, tmp_path: Path) -> None:
    inside = json.dumps(page.read_text("utf-8")).replace("<", "\\u003c")
    viewer = tmp_path / "viewer.html"
    viewer.write_text(
        "<!doctype html><iframe id=frame sandbox=allow-scripts width=900 height=600></iframe><script>"
        f"frame.srcdoc = {inside};</script>",
        encoding="utf-8",
    )
    hidden = "document.getElementById('customers-sandbox').hidden"
    browser.open(viewer.as_uri())
    browser.driver.switch_to.frame("frame")
    browser.until("document.getElementById('customers-sandbox')")
    assert browser.until(f"{hidden} === false")
    open_list(browser, page)
    assert browser.run(f"return {hidden}") is True
