"""Each model shows what it has, from the configuration to the record."""

import io
from functools import cache
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.items import Provenance, Table, Tag
from segmentlab.flow.result import DescribedCustomers, Result
from segmentlab.lab.cli.terminal import summarise_run
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.modelling import hierarchy
from segmentlab.modelling.numbering import NOISE
from segmentlab.report.pictures import make_page, make_pictures
from segmentlab.report.record import record_end
from segmentlab.report.segment_pictures import draw_model_pictures, make_model_tables
from tests.commands import SMALL
from tests.configs import composed, need_labels, options

SHOWN = {
    "hierarchical": ["dendrogram"],
    "dbscan": ["k_distance"],
    "hdbscan": ["condensed_tree", "memberships"],
    "gaussian_mixture": ["information_criteria"],
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@cache
def described(worlds: Path) -> DescribedCustomers:
    """The customers, whom no choice of a model changes."""
    config = composed(SMALL, f"data.folder={worlds}")
    dataset = build_source(config).read(ibis.duckdb.connect())
    return describe(build_plan(config), dataset, StepTimer())


def outcome(worlds: Path, *choices: str) -> Result:
    return segment(build_plan(composed(SMALL, *choices)), described(worlds), StepTimer())


def tables(result: Result) -> dict[str, Table]:
    return {table.path: table for table in make_model_tables(result)}


@pytest.mark.parametrize("model", options("model"))
def test_each_model_shows_what_it_has(worlds: Path, model: str) -> None:
    known = (
        outcome(worlds, "model=kmeans", "evaluate=quick").customers
        if model == "given_labels"
        else pd.DataFrame()
    )
    needed = need_labels(model, known.get("customer_id", known.index), known.get("segment", ()))
    result = outcome(worlds, f"model={model}", "evaluate=quick", *needed)
    own = [picture.name for picture in draw_model_pictures(result)]
    assert own == SHOWN.get(model, [])
    assert set(own) <= {picture.name for picture in make_pictures(result)}


def test_memberships_are_kept_for_every_customer_whom_the_model_saw(worlds: Path) -> None:
    result = outcome(worlds, "model=hdbscan", "one_time=apart")
    table = tables(result)["tables/memberships.parquet"].frame
    assert table.columns.tolist() == ["customer_id", "segment", "probability", "outlier_score"]
    seen = result.customers[result.segmenter.clustered_]
    assert 0 < len(seen) < len(result.customers)
    assert table["customer_id"].tolist() == seen["customer_id"].tolist()
    assert table["segment"].tolist() == seen["segment"].tolist()
    assert (table.loc[table["segment"] == NOISE, "probability"] == 0).all()


def test_criteria_are_those_of_the_library_at_each_number_of_components(worlds: Path) -> None:
    result = outcome(worlds, "model=gaussian_mixture", "model.n_components=3", "search.n_components=[2,4]")
    table = tables(result)["tables/information_criteria.csv"].frame
    assert table["k"].tolist() == [1, 2, 3, 4]
    chosen = table.set_index("k").loc[3]
    model, points = result.segmenter.model_, result.segmenter.points_
    np.testing.assert_allclose(chosen[["bic", "aic"]], [model.bic(points), model.aic(points)])


def test_what_was_done_because_of_the_size_is_said_everywhere(
    worlds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hierarchy, "MOST_CENTRES", 50)
    result = outcome(worlds, "model=hierarchical", "model.memory_gib=1e-6")
    (note,) = result.segmenter.notes_
    assert "weighted by their customers" in note
    drawn = make_pictures(result)
    assert Tag("model.notes", note) in list(record_end(result, drawn, "", {}))
    choices = {"features": "rfm", "prepare": "log_standard", "model": "hierarchical"}
    assert note in make_page(result, drawn, Provenance(choices, {}, "", "run", "", {}))
    console = Console(file=io.StringIO(), width=1_000)
    summarise_run(result, "sqlite:///", console)
    assert note in console.file.getvalue()


def test_a_run_as_it_was_asked_has_no_such_tag(worlds: Path) -> None:
    result = outcome(worlds, "model=kmeans")
    assert "model.notes" not in [i.key for i in record_end(result, [], "", {}) if isinstance(i, Tag)]


def test_a_grid_says_from_where_to_where_each_cell_reaches(worlds: Path) -> None:
    result = outcome(worlds, "model=rfm_grid", "model.recency=[30]", "model.monetary=1")
    table = tables(result)["tables/rfm_grid.csv"].frame
    assert table.columns.tolist() == [
        "segment", "rfm_recency_from", "rfm_recency_to", "rfm_frequency_from", "rfm_frequency_to",
        "rfm_monetary_from", "rfm_monetary_to", "customers",
    ]  # fmt: skip
    assert table["customers"].sum() == len(result.customers)
    lately = table["rfm_recency_to"] <= 30
    assert (table.loc[~lately, "rfm_recency_from"] > 30).all()
