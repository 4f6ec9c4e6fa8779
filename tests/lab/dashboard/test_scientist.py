"""The data scientist's pages, by Streamlit's own AppTest: what they say and compute."""

from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from segmentlab.lab.dashboard import DashboardSettings
from segmentlab.lab.experiment import TRIALS_FILE
from tests.lab.dashboard.served import list_errors, make_settings, open_page, read_texts

PAGES = ("runs", "explore", "what_if", "studies", "promotion")


def open_one(module: str, settings: DashboardSettings) -> AppTest:
    page = open_page(f"scientist.{module}", settings)
    assert list_errors(page) == []
    return page


def read_code(page: AppTest) -> str:
    return "\n".join(str(code.value) for code in page.code)


def find_row(page: AppTest, column: str, value: str) -> pd.Series:
    """The row of the first table that has it."""
    for table in page.dataframe:
        frame = table.value
        if column in frame and (frame[column] == value).any():
            found: pd.Series = frame[frame[column] == value].iloc[0]
            return found
    raise AssertionError(f"no table has {value} in {column}")


def test_runs_stand_side_by_side_with_what_may_be_compared(laboratory: DashboardSettings) -> None:
    page = open_one("runs", laboratory)
    row = find_row(page, "What", "Silhouette, higher is better")
    assert row["Comparable"] == "yes"
    assert " to " in row.iloc[1], "a metric stands with its interval"
    assert [metric.label for metric in page.metric][:2] == ["Adjusted Rand index", "Stay in their segment"]
    assert "in another segment than the counterpart" in read_texts(page)
    assert "compare.py 'runs=[" in read_code(page) or "compare 'runs=[" in read_code(page)


def test_the_list_of_who_changed_follows_the_way_that_is_chosen(laboratory: DashboardSettings) -> None:
    page = open_one("runs", laboratory)
    way = page.selectbox[-1].options[1]
    page.selectbox[-1].set_value(way).run()
    listed = page.dataframe[-1].value
    assert {f"{a} → {b}" for a, b in zip(listed["from"], listed["to"], strict=True)} == {way}


def test_one_run_alone_asks_for_another(laboratory: DashboardSettings) -> None:
    page = open_one("runs", laboratory)
    page.multiselect[0].set_value(page.multiselect[0].value[:1]).run()
    assert "Choose two runs or more" in read_texts(page)


def test_who_came_long_ago_is_placed_elsewhere_and_the_border_is_told(laboratory: DashboardSettings) -> None:
    page = open_one("what_if", laboratory)
    names = [element.value for element in page.markdown if element.value.startswith("#### ")]
    assert len(names) == 2
    assert names[0] == names[1], "nothing is changed yet"
    assert "instead of" in read_texts(page)
    border = page.dataframe[0].value.iloc[0]
    name = next(one for one in page.number_input if one.label.lower() == border["Feature"])
    name.set_value(type(name.value)(str(border["Border"]).replace(",", ""))).run()
    assert list_errors(page) == []
    assert "A real customer with other purchases might differ" in read_texts(page)


def test_a_customer_who_is_not_there_is_told_in_words(laboratory: DashboardSettings) -> None:
    page = open_one("what_if", laboratory)
    page.text_input[0].set_value("nobody").run()
    assert list_errors(page) == ["There is no customer 'nobody' in this run."]


def test_a_trial_of_the_front_has_its_command(laboratory: DashboardSettings) -> None:
    page = open_one("studies", laboratory)
    assert "3 trials looked for silhouette and davies bouldin" in read_texts(page)
    assert page.selectbox[-1].options == ["Trial 0 (on the front)", "Trial 1 (chosen, on the front)"]
    assert "model.n_clusters=4" in read_code(page)
    page.selectbox[-1].set_value(1).run()
    assert "model.n_clusters=3" in read_code(page)
    assert next(one for one in page.button if one.label == "Run this trial").disabled


def test_shut_gates_say_why_and_nothing_is_promoted_without_write(laboratory: DashboardSettings) -> None:
    page = open_one_with_gates(laboratory)
    assert find_row(page, "Gate", "stability")["Because"].endswith("use evaluate=standard.")
    button = next(one for one in page.button if one.label == "Promote this run")
    assert button.disabled
    assert "Start it with `write=true`" in read_texts(page)
    assert "promote" in read_code(page)


def test_with_write_a_shut_gate_takes_a_reason(laboratory: DashboardSettings) -> None:
    writing = make_settings(Path(laboratory.cache_folder).parent, write=True)
    page = open_one_with_gates(writing)
    assert "Promoting is off: a gate is shut" in read_texts(page)
    assert "Promote this run" not in [one.label for one in page.button]
    page.text_input[0].set_value("it's for a test").run()
    assert not next(one for one in page.button if one.label == "Promote this run").disabled
    assert "force=true" in read_code(page)


def open_one_with_gates(settings: DashboardSettings) -> AppTest:
    page = open_page("scientist.promotion", settings)
    assert [error for error in list_errors(page) if not error.startswith("Shut: ")] == []
    return page


def test_what_would_keep_a_repeated_run_elsewhere_is_not_taken(laboratory: DashboardSettings) -> None:
    page = open_one_with_gates(laboratory)
    again = next(one for one in page.text_input if one.label == "With other choices")
    again.set_value("seed=1 tracking.uri=x -m").run()
    assert "again=" in read_code(page)
    assert "seed=1" in read_code(page)
    assert "tracking.uri=x" not in read_code(page)


@pytest.mark.slow
def test_evidence_streams_in_and_ends(laboratory: DashboardSettings) -> None:
    page = open_one("explore", laboratory)
    assert page.metric[0].label == "Silhouette"
    texts = ""
    for _ in range(40):
        texts = read_texts(page)
        if "Evidence, as it comes in" not in texts:
            break
        page.run()
    assert "Evidence" in texts
    page.slider[0].set_value(3).run()
    assert "n_clusters=3" in read_code(page)
    assert len(page.dataframe[0].value) == 3
    page.session_state["bench"].lab.close()


@pytest.mark.parametrize("module", PAGES)
def test_a_store_that_is_not_there_is_told_in_words(module: str, tmp_path: Path) -> None:
    page = open_page(f"scientist.{module}", make_settings(tmp_path))
    errors = list_errors(page)
    assert errors
    assert "There is no store" in errors[0]


@pytest.mark.parametrize("module", ["runs", "what_if", "promotion"])
def test_a_server_that_is_dead_is_told_in_words(
    module: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    page = open_page(f"scientist.{module}", make_settings(tmp_path, uri="http://127.0.0.1:9"))
    assert "http://127.0.0.1:9" in list_errors(page)[0]


def test_a_run_that_was_deleted_while_it_was_shown_is_told_in_words(
    laboratory: DashboardSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from segmentlab.lab.dashboard import store

    page = open_one("what_if", laboratory)
    runs = store.list_runs(laboratory)
    shown = page.sidebar.selectbox[0].value
    monkeypatch.setattr(
        "segmentlab.lab.dashboard.choice.list_runs",
        lambda _settings: [run for run in runs if run.run_id != shown],
    )
    monkeypatch.setattr(
        "segmentlab.lab.dashboard.store.list_runs",
        lambda _settings: [run for run in runs if run.run_id != shown],
    )
    page.run()
    assert "no longer in the store" in list_errors(page)[0]


def test_a_study_without_trials_is_told_in_words(laboratory: DashboardSettings) -> None:
    from segmentlab.errors import StoreError
    from segmentlab.lab.dashboard import store
    from segmentlab.lab.experiment import read_study_table, select_studies

    run = select_studies(store.list_runs(laboratory))[0]
    with pytest.raises(StoreError, match="has no trials"):
        read_study_table(run, pd.DataFrame())


def test_a_trial_of_another_model_is_written_with_its_model(laboratory: DashboardSettings) -> None:
    from segmentlab.lab.dashboard import store
    from segmentlab.lab.experiment import read_study_table, select_studies, write_trial_words

    run = select_studies(store.list_runs(laboratory))[0]
    table = read_study_table(run, store.read_run_table(laboratory, run.run_id, TRIALS_FILE))
    assert write_trial_words(run, table.trials.iloc[2].to_dict())[1:] == [
        "model=hdbscan",
        "model.min_cluster_size=5",
    ]
