"""Outliers and one-time buyers, from the configuration to the terminal."""

import io
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from segmentlab.errors import ConfigError
from segmentlab.flow import StepTimer, describe, fit_segments, segment
from segmentlab.flow.items import Table
from segmentlab.flow.result import Result
from segmentlab.lab.cli.terminal import show_answer, summarise_run
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.report.pictures import make_pictures
from segmentlab.report.record import record_end
from tests.commands import SMALL
from tests.configs import composed

FENCES = ["outliers.scale=raw", "outliers.columns=[rfm_monetary,rfm_frequency]"]


def outcome(folder: Path, *choices: str) -> Result:
    config = composed(SMALL, f"data.folder={folder}", *choices)
    plan = build_plan(config)
    dataset = build_source(config).read(ibis.duckdb.connect())
    return segment(plan, describe(plan, dataset, StepTimer()), StepTimer())


def tables(result: Result) -> dict[str, pd.DataFrame]:
    items = record_end(result, make_pictures(result), "", {})
    return {item.path: item.frame for item in items if isinstance(item, Table)}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def isolated(worlds: Path) -> Result:
    return outcome(worlds, "prepare=winsorized", "outliers=isolate", "one_time=apart", *FENCES)


def test_named_segments_stand_beside_the_numbered_ones(isolated: Result) -> None:
    names = isolated.profile["name"].tolist()
    assert {"Outliers", "One-time buyers"} <= set(names)
    assert len(names) == 7
    assert isolated.found == 5
    customers = tables(isolated)["segments/customers.parquet"]
    assert (customers["name"] == "One-time buyers").equals(customers["rfm_frequency"] == 1)
    assert set(customers["name"]) == set(names)


def test_their_limits_are_those_of_the_study(isolated: Result) -> None:
    customers = isolated.customers
    beyond = np.zeros(len(customers), dtype=bool)
    for feature in ("rfm_monetary", "rfm_frequency"):
        first, third = np.quantile(customers[feature], [0.25, 0.75])
        beyond |= customers[feature] > third + 1.5 * (third - first)
    assert beyond.sum() > 5
    assert ((customers["name"] == "Outliers") == (beyond & (customers["rfm_frequency"] > 1))).all()


def test_sums_are_still_those_of_the_data(isolated: Result) -> None:
    sales = isolated.described.sales
    assert sales is not None
    assert isolated.profile["customers"].sum() == sales.ledger["customers"].iloc[-1]
    assert isolated.profile["revenue"].sum() == pytest.approx(sales.ledger["revenue"].iloc[-1], abs=0.01)
    assert isolated.metrics["separation/coverage"] == 1


def test_the_terminal_names_them(isolated: Result) -> None:
    console = Console(file=io.StringIO(), width=80)
    show_answer("a run", fit_segments(isolated.plan, isolated.described, StepTimer()), console)
    summarise_run(isolated, "sqlite:///", console)
    shown = console.file.getvalue()
    assert "Outliers" in shown
    assert "One-time buyers" in shown
    assert "n_clusters=4,5,6" in shown, "it compares the numbers that the model was asked for"


def test_a_new_customer_lands_in_the_same_named_segment(isolated: Result) -> None:
    usual = isolated.described.features.frame.median()
    new = pd.DataFrame([usual, usual, usual], index=["giant", "once", "both"])
    new.loc[["giant", "both"], "rfm_monetary"] = 1e7
    new.loc[["once", "both"], "rfm_frequency"] = 1.0
    new.loc["giant", "rfm_frequency"] = 12.0
    answer = isolated.segmenter.scorer_.assign(new)
    assert answer["name"].tolist() == ["Outliers", "One-time buyers", "One-time buyers"]
    number = isolated.profile.reset_index().set_index("name")["segment"]
    assert answer["segment"].tolist() == number[answer["name"]].tolist()


@pytest.mark.parametrize("outliers", ["isolate", "cap", "drop"])
def test_saved_and_loaded_it_sets_the_same_customers_apart(
    outliers: str, worlds: Path, tmp_path: Path
) -> None:
    result = outcome(worlds, "prepare=winsorized", f"outliers={outliers}", "one_time=apart")
    scorer, path = result.segmenter.scorer_, tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(scorer))
    loaded = load_scorer_file(path, compute_digest(path.read_bytes()))
    wild = result.described.features.frame * 30  # beyond fences, and nobody has bought once
    assert loaded.assign(wild).equals(scorer.assign(wild))
    assert loaded.predict(result.described.features.frame).tolist() == result.segmenter.labels_.tolist()


def test_the_preparation_is_shown_with_its_caps(isolated: Result) -> None:
    table = tables(isolated)["tables/preparation.csv"].set_index("feature")
    seen = isolated.customers[~isolated.customers["name"].isin(["Outliers", "One-time buyers"])]
    for feature, row in table.iterrows():
        assert row["high_cap"] == pytest.approx(seen[feature].quantile(0.99))
        assert row["skewness_before"] == pytest.approx(seen[feature].skew())
    assert "preparation" in {picture.name for picture in make_pictures(isolated)}


def test_to_drop_is_not_free(worlds: Path) -> None:
    result = outcome(worlds, "outliers=drop", *FENCES)
    dropped = tables(result)["data/outliers.csv"]
    assert len(dropped) > 5
    assert result.metrics["separation/coverage"] == pytest.approx(1 - len(dropped) / len(result.customers))
    nobody = result.customers[result.customers["segment"] == -1]
    assert sorted(nobody["customer_id"]) == sorted(dropped.index)
    assert result.profile.loc[-1, "customers"] == len(dropped)


def test_to_cap_keeps_everybody_and_the_fitted_object_caps_new_customers_too(worlds: Path) -> None:
    result = outcome(worlds, "outliers=cap", *FENCES)
    assert "data/outliers.csv" not in tables(result)
    assert set(result.segmenter.scorer_.given) == {-1}, "nobody is set apart"
    assert -1 not in result.profile.index
    far = result.described.features.frame.median().to_frame().T.assign(rfm_monetary=[1e6])
    prepare = result.segmenter.scorer_.prepare
    pd.testing.assert_frame_equal(prepare(far), prepare(far * [1, 1, 1000]))


def test_what_the_features_do_not_tell_is_said(worlds: Path) -> None:
    with pytest.raises(ConfigError, match="one_time=apart needs to know how many invoices"):
        outcome(worlds, "one_time=apart", "features=rhythm")
