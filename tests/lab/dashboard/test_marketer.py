"""The marketer's pages by Streamlit's own AppTest: what they say, and what they leave alone."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
from mlflow import MlflowClient
from streamlit.testing.v1 import AppTest

from segmentlab.lab.dashboard.tables import write_csv
from segmentlab.lab.tracking import open_store
from tests.lab.dashboard.conftest import AFTER, BEFORE, ShownShop
from tests.lab.dashboard.served import list_errors, make_settings, open_page, read_texts


def read_figures(page: AppTest) -> dict[str, str]:
    """The numbers with their headings."""
    return {one.label: one.value for one in page.metric}


def test_segments_begin_with_people_money_and_what_changed(shown: ShownShop) -> None:
    page = open_page("marketer.segments", shown.settings)
    assert list_errors(page) == []
    figures = read_figures(page)
    assert figures["Customers"] == "300"
    assert (figures["Won"], figures["Lost"], figures["New"]) == ("5", "3", "2")
    assert len(page.dataframe[0].value) == shown.customers["segment"].nunique()


def test_changes_keep_gains_and_losses_apart_and_list_who_moved(shown: ShownShop) -> None:
    page = open_page("marketer.changes", shown.settings)
    assert list_errors(page) == []
    assert f"Between {BEFORE} and {AFTER}" in read_texts(page).replace("\\", "")
    people = page.dataframe[-1].value
    assert len(people) == 5  # behind the largest move
    assert set(people["Why"]) == {"ordered"}


def test_days_the_wrong_way_round_are_told_in_words(shown: ShownShop) -> None:
    page = open_page("marketer.changes", shown.settings)
    page.selectbox[0].select(AFTER).run()
    assert "earlier day" in page.warning[0].value
    assert not page.exception


def test_customers_are_filtered_and_one_shows_purchases_and_offers(shown: ShownShop) -> None:
    page = open_page("marketer.customers", shown.settings)
    assert list_errors(page) == []
    name = shown.customers["name"].iloc[0]
    page.multiselect[0].select(name).run()
    own = shown.customers[shown.customers["name"] == name]
    assert f"**{len(own)}** of 300 customers" in read_texts(page)
    customer = own["customer_id"].iloc[0]
    page.text_input[-1].set_value(customer).run()
    assert list_errors(page) == []
    purchases = next(one.value for one in page.dataframe if "Order" in one.value)
    assert len(purchases) > 0
    page.text_input[-1].set_value("nobody").run()
    assert "no customer 'nobody'" in list_errors(page)[0]


def test_countries_come_from_the_log(shown: ShownShop) -> None:
    page = open_page("marketer.customers", shown.settings)
    page.toggle[0].set_value(True).run()
    assert list_errors(page) == []
    assert "Country" in page.dataframe[0].value


def test_a_log_that_is_gone_says_how_to_point_at_it(shown: ShownShop, tmp_path: Path) -> None:
    gone = replace(shown.settings, log=str(tmp_path / "gone.csv"))
    page = open_page("marketer.customers", gone)
    page.text_input[-1].set_value(shown.customers["customer_id"].iloc[0]).run()
    assert "there is no such file" in list_errors(page)[0]


def test_a_campaign_is_planned_and_nothing_is_remembered(shown: ShownShop) -> None:
    page = open_page("marketer.campaign", shown.settings)
    goal = next(one for one in page.selectbox if one.label == "Goal")
    goal.select(next(words for words in goal.options if "in their rhythm" in words))
    page.button[0].click().run()
    assert list_errors(page) == []
    figures = read_figures(page)
    assert int(figures["Contacted"]) > 0
    assert int(figures["Left alone"]) > 0
    assert "model_uri=runs:/" in page.code[0].value
    assert "Remember this campaign" not in [one.label for one in page.button]
    history = shown.settings.history.removeprefix("duckdb:///")
    with duckdb.connect(history, read_only=True) as opened:
        tables = [
            name for (name,) in opened.execute("select table_name from information_schema.tables").fetchall()
        ]
    assert tables == ["scorings"]


def test_products_say_what_a_segment_buys(shown: ShownShop) -> None:
    page = open_page("marketer.products", shown.settings)
    assert list_errors(page) == []
    assert "Product" in page.dataframe[0].value


def test_files_to_take_away_run_no_formula() -> None:
    written = write_csv(pd.DataFrame({"customer_id": ["=1+1", "a"], "net": [-1.5, 2.0]})).decode("utf-8-sig")
    assert written.splitlines() == ["customer_id,net", "'=1+1,-1.5", "a,2.0"]


def test_an_empty_place_says_how_to_begin(tmp_path: Path) -> None:
    page = open_page("marketer.segments", make_settings(tmp_path))
    assert "There is no store" in list_errors(page)[0]
    assert list(tmp_path.iterdir()) == []  # looking has made nothing


def test_a_store_of_somebody_else_is_left_as_it_was(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    theirs = open_store(settings.uri, "theirs", artifacts=None).client
    page = open_page("marketer.segments", settings)
    assert "has no experiment 'segmentlab'" in list_errors(page)[0]
    assert "'theirs'" in list_errors(page)[0]
    assert sorted(one.name for one in theirs.search_experiments()) == ["Default", "theirs"]


def test_a_store_without_segmentations_says_so(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    tracker = open_store(settings.uri, "segmentlab", artifacts=None)
    tracker.client.set_terminated(tracker.client.create_run(tracker.experiment_id).info.run_id)
    page = open_page("marketer.segments", settings)
    assert "no finished segmentation yet" in list_errors(page)[0]


def test_a_dead_server_is_told_of_in_words(tmp_path: Path) -> None:
    page = open_page("marketer.segments", make_settings(tmp_path, uri="http://127.0.0.1:9"))
    assert "can't be opened" in list_errors(page)[0]


def test_a_run_that_is_deleted_while_it_is_shown(shown: ShownShop) -> None:
    client = MlflowClient(shown.settings.uri, shown.settings.uri)
    page = open_page("marketer.segments", shown.settings)
    client.delete_run(shown.run_id)
    try:
        import streamlit as st

        st.cache_data.clear()  # as ten seconds later
        page.run()
        assert "no finished segmentation" in list_errors(page)[0]
    finally:
        client.restore_run(shown.run_id)
        st.cache_data.clear()


def test_a_history_that_another_command_holds(shown: ShownShop, tmp_path: Path) -> None:
    import subprocess
    import sys

    path = tmp_path / "held.duckdb"
    script = (
        f"import duckdb, time; c = duckdb.connect({str(path)!r}); print('held', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        page = open_page("marketer.changes", replace(shown.settings, history=f"duckdb:///{path}"))
        holder.kill()
    assert "in use by another command" in list_errors(page)[0]
