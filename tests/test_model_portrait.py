"""Each model shows what it has, from the configuration to the record."""

import io
from pathlib import Path

import ibis
import numpy as np
import pytest
from rich.console import Console

from segmentlab.build import build_plan, build_source
from segmentlab.command.terminal import summarise
from segmentlab.items import Table, Tag
from segmentlab.model_portrait import model_pictures, model_tables
from segmentlab.modelling import hierarchy
from segmentlab.modelling.numbering import NOISE
from segmentlab.pipeline import describe, segment
from segmentlab.presentation import page, pictures
from segmentlab.record import closing
from segmentlab.result import Provenance, Result
from segmentlab.steps import Steps
from tests.commands import SMALL
from tests.configs import composed, options

SHOWN = {
    "hierarchical": ["dendrogram"],
    "dbscan": ["k_distance"],
    "hdbscan": ["condensed_tree", "memberships"],
    "gaussian_mixture": ["information_criteria"],
}


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


def outcome(worlds: Path, *choices: str) -> Result:
    config = composed(SMALL, f"data.folder={worlds}", *choices)
    plan = build_plan(config)
    dataset = build_source(config).read(ibis.duckdb.connect())
    return segment(plan, describe(plan, dataset, Steps()), Steps())


def tables(result: Result) -> dict[str, Table]:
    return {table.path: table for table in model_tables(result)}


@pytest.mark.parametrize("model", options("model"))
def test_each_model_shows_what_it_has(worlds: Path, model: str) -> None:
    result = outcome(worlds, f"model={model}")
    own = [picture.name for picture in model_pictures(result)]
    assert own == SHOWN.get(model, [])
    assert set(own) <= {picture.name for picture in pictures(result)}


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
    assert table["k"].tolist() == [2, 3, 4]
    chosen = table.set_index("k").loc[3]
    model, points = result.segmenter.model_, result.segmenter.points_
    np.testing.assert_allclose(chosen[["bic", "aic"]], [model.bic(points), model.aic(points)])


def test_what_was_done_because_of_the_size_is_said_everywhere(
    worlds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hierarchy, "CENTRES", 50)
    result = outcome(worlds, "model=hierarchical", "model.memory_gib=1e-6")
    (note,) = result.segmenter.notes_
    assert "weighted by their customers" in note
    drawn = pictures(result)
    assert Tag("model.notes", note) in list(closing(result, drawn, "", {}))
    choices = {"features": "rfm", "prepare": "log_standard", "model": "hierarchical"}
    assert note in page(result, drawn, Provenance(choices, {}, "", "run", "", {}))
    console = Console(file=io.StringIO(), width=1_000)
    summarise("a run", result, "sqlite:///", console)
    assert note in console.file.getvalue()


def test_a_run_as_it_was_asked_has_no_such_tag(worlds: Path) -> None:
    result = outcome(worlds, "model=kmeans")
    assert "model.notes" not in [i.key for i in closing(result, [], "", {}) if isinstance(i, Tag)]
