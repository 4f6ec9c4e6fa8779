"""A laboratory in Python: everything is read, cleaned and described once."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.flow import StepTimer
from segmentlab.lab.experiment.background import BackgroundProcess

NOTHING = dict.fromkeys(["splits", "seeds", "nulls", "random", "resamples", "views", "cutoffs"], 0)
DRAWS = {f"evaluate.{name}": count for name, count in {**NOTHING, "bootstraps": 5, "gaps": 300}.items()}


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """The lines of a small generated shop."""
    return sl.make_shop(customers=300)


def test_the_data_is_opened_once_and_described_once_for_each_way(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    first, second = lab.segment(n_clusters=3), lab.segment(n_clusters=4)
    assert first.result.described is second.result.described
    assert first.result.k_scan is second.result.k_scan
    other = lab.segment(features=["rfm", "rhythm"])
    assert other.result.described is not first.result.described
    assert len(lab.found) == 3
    sales = [found.result.described.sales for found in (first, other, lab.segment(cleaning="thorough"))]
    assert sales[0] is sales[1], "lines are cleaned, and told of, once for all features"
    assert sales[0] is not sales[2]


def test_a_variant_is_the_same_as_it_would_be_alone(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    lab.segment(n_clusters=3, features=["rfm", "rhythm"])
    warm, alone = lab.segment(n_clusters=5), sl.segment(shop, evaluate="quick", n_clusters=5)
    pd.testing.assert_frame_equal(warm.customers, alone.customers)
    pd.testing.assert_frame_equal(warm.result.k_scan, alone.result.k_scan)
    assert warm.metrics == alone.metrics
    assert warm.tables.keys() == alone.tables.keys()


def test_a_sweep_is_a_row_for_each_combination(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    table = lab.sweep(n_clusters=range(3, 5), features=[["rfm"], ["rfm", "behaviour"]])
    assert table.index.tolist() == [(3, "rfm"), (3, "rfm+behaviour"), (4, "rfm"), (4, "rfm+behaviour")]
    assert table["segments/count"].tolist() == [3, 3, 4, 4]
    assert len(lab.compare()) == 4
    with pytest.raises(sl.ConfigError, match="sweep needs a choice with several values"):
        lab.sweep(n_clusters=3)


@pytest.mark.slow
def test_a_study_chooses_and_names_what_it_chose(shop: pd.DataFrame, tmp_path) -> None:
    lab = sl.Lab(shop, evaluate="quick", settings={"tune.storage": tmp_path, "tune.trials": 6})
    found = lab.tune(model="kmeans")
    typed = dict(word.split("=", 1) for word in found.setup.typed)
    assert int(typed["model.n_clusters"]) == found.metrics["segments/count"]
    again = lab.segment(n_clusters=int(typed["model.n_clusters"]))
    assert again.labels.equals(found.labels)


@pytest.fixture(scope="module")
def drawn(shop: pd.DataFrame) -> Iterator[sl.Lab]:
    """A laboratory whose evidence takes draws, with one that it gathers in the background."""
    with sl.Lab(shop, settings=DRAWS) as lab:
        lab.segment(n_clusters=3)
        yield lab


@pytest.mark.slow
def test_evidence_from_the_background_is_that_of_the_foreground(shop: pd.DataFrame, drawn: sl.Lab) -> None:
    found, alone = drawn.found[0], sl.segment(shop, settings=DRAWS, n_clusters=3)
    assert found.profile.equals(alone.profile), "which waits for nothing"
    assert found.metrics == alone.metrics
    assert found.ready
    assert found.verdict == alone.verdict
    assert found.checks == alone.checks
    pd.testing.assert_frame_equal(found.customers, alone.customers)
    for name, table in alone.tables.items():
        pd.testing.assert_frame_equal(found.tables[name], table)


def test_a_sweep_gathers_evidence_on_its_best_alone(drawn: sl.Lab) -> None:
    before = len(drawn.found)
    table = drawn.sweep(n_clusters=range(3, 6), judged=1)
    swept = drawn.found[before:]
    assert "stability/jaccard_min" not in table
    assert [found.asked for found in swept].count(True) == 1
    board = drawn.compare()
    assert sorted(board["evaluate"].tolist()) == ["quick", "quick", "standard", "standard"]
    unjudged = next(found for found in swept if not found.asked)
    assert "Nothing was drawn yet" in unjudged._repr_html_()
    assert "stability/jaccard_min" in unjudged.metrics, "once somebody asks"


def test_an_error_in_the_background_is_told_and_raised(
    drawn: sl.Lab, caplog: pytest.LogCaptureFixture
) -> None:
    background = BackgroundProcess(
        owner := sl.Lab(customers=pd.DataFrame({"customer_id": ["a"], "x": [1.0]}))
    )
    fitted = drawn.found[0]._fitted
    broken = replace(fitted, plan=replace(fitted.plan, effort=None))  # which no evidence can be gathered with
    pending = background.gather(broken, "the third variant")
    with pytest.raises(AttributeError):
        pending.wait(StepTimer())
    assert pending.ready
    owner.close()
    background.close()  # which waits for whoever tells of it
    assert "The evidence on the third variant could not be gathered" in caplog.text


def test_a_closed_laboratory_gathers_evidence_where_it_is_asked_for(shop: pd.DataFrame) -> None:
    with sl.Lab(shop, settings=DRAWS) as lab:
        found = lab.segment(n_clusters=3)
    assert not found.ready
    assert found.verdict is not None
    assert lab.segment(n_clusters=4).ready


@pytest.mark.slow
def test_the_interpreter_ends_without_waiting_for_evidence() -> None:
    """A script has no guard against being started again, and may end while evidence would take hours."""
    script = (
        "import segmentlab as sl\n"
        "lab = sl.Lab(sl.make_shop(customers=300), evaluate='full', settings={'evaluate.nulls': 1000000})\n"
        "print(len(lab.segment(n_clusters=3).profile))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=600, check=True
    )
    assert done.stdout == "3\n"
    assert not done.stderr


def test_variants_share_what_they_have_in_common(shop: pd.DataFrame) -> None:
    lab = sl.Lab(shop, evaluate="quick")
    few, many = (lab.segment(model="hierarchical", n_clusters=k) for k in (3, 5))
    trees = [found.result.segmenter.model_ for found in (few, many)]
    assert trees[0].tree_ is trees[1].tree_
    assert [tree.n_clusters for tree in trees] == [3, 5]
    alone = sl.segment(shop, evaluate="quick", model="hierarchical", n_clusters=5)
    assert many.metrics == alone.metrics
    pd.testing.assert_frame_equal(many.customers, alone.customers)
    mixture = lab.segment(model="gaussian_mixture")
    assert mixture.result.segmenter.scorer_.preparation is few.result.segmenter.scorer_.preparation
    assert lab.segment(prepare="robust").result.segmenter.scorer_.preparation is not (
        few.result.segmenter.scorer_.preparation
    )
    apart = lab.segment(model="hierarchical", one_time="apart")
    assert apart.labels.equals(
        sl.segment(shop, evaluate="quick", model="hierarchical", one_time="apart").labels
    )
