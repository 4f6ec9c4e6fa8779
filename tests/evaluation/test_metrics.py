"""The registry of metrics is true: what runs log is in it, as it says, and one entry is enough."""

from dataclasses import fields, replace
from importlib import import_module
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from rich.console import Console
from scipy.spatial.distance import pdist
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.cluster import KMeans
from sklearn.preprocessing import FunctionTransformer

from docs.metrics import write_page
from segmentlab.errors import ConfigError
from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.k_scan import list_k_choices, scan_k
from segmentlab.evaluation.leaderboard import make_leaderboard
from segmentlab.evaluation.measure import KView, Measure, Rank
from segmentlab.evaluation.metrics import MEASURES, find_measure, list_objectives
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.scores import compute_inertia
from segmentlab.evaluation.separation import measure_separation
from segmentlab.evaluation.usefulness import Forecast, score_forecast
from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.items import Metric
from segmentlab.flow.result import DescribedCustomers, Plan, Result
from segmentlab.lab.cli.terminal import tabulate_headlines
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.experiment.study_order import build_study_order
from segmentlab.modelling.density import Hdbscan
from segmentlab.report.comparison_page import make_space_tables
from segmentlab.report.figures.k_scan import draw_k_scan
from segmentlab.report.record import record_end
from segmentlab.report.trust import make_headlines
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed
from tests.evaluation.fabricated import logged
from tests.planted import blobs

FEW = Effort(bootstraps=3, splits=2, seeds=3, nulls=4, gaps=500, random=5, resamples=10, views=2)
RARE = {
    "separation/dbcv",  # of models that find their own number of segments
    "separation/silhouette_standard_error",  # of samples
    "separation/simplified_silhouette",  # of customers who stay in Spark
    "data/quarantined",  # of files with bad rows
    "monitor/<alarm>",  # of monitor.py
}
# Segments by chance cover everybody too, who sits where a customer sat gets their segment, and what to
# recommend is told by customers' own purchases as well.
NOT_SPOILT = {"separation/coverage", "assignment/self_agreement", "recommend/hit_rate", "recommend/recall"}


class Scattered(ClusterMixin, BaseEstimator):
    """Segments by the throw of a die: whatever is good about segments, these have less of it."""

    def __init__(self, n_clusters: int = 5, random_state: int = 0) -> None:
        self.n_clusters = n_clusters
        self.random_state = random_state

    def fit(self, points, y=None):  # noqa: ARG002  (as scikit-learn has it)
        generator = np.random.default_rng(self.random_state)
        self.labels_ = generator.integers(0, self.n_clusters, len(points))
        return self


@pytest.fixture(scope="module")
def plan() -> Plan:
    usual = build_plan(composed("evaluate.holdout_days=90", "evaluate.cutoffs=2"))
    return replace(usual, effort=FEW, ks=range(3, 7))


@pytest.fixture(scope="module")
def described(plan: Plan, tmp_path_factory: pytest.TempPathFactory) -> DescribedCustomers:
    folder = tmp_path_factory.mktemp("worlds")
    dataset = SyntheticWorld(customers=300, folder=str(folder)).read(DuckDB().connect())
    assert isinstance(dataset, Dataset)
    return describe(plan, dataset, StepTimer())


@pytest.fixture(scope="module")
def good(plan: Plan, described: DescribedCustomers) -> Result:
    return segment(plan, described, StepTimer())


@pytest.fixture(scope="module")
def poor(plan: Plan, described: DescribedCustomers) -> Result:
    return segment(replace(plan, model=Scattered(), ks=()), described, StepTimer())


@pytest.fixture(scope="module")
def dense(plan: Plan, described: DescribedCustomers) -> Result:
    """A model that finds its own number of segments, scored on a sample."""
    effort = Effort(sample=200)
    return segment(replace(plan, model=Hdbscan(20), effort=effort, ks=()), described, StepTimer())


def log(result: Result) -> dict[str, float]:
    """What a run logs in the end."""
    items = record_end(result, [], None, {"fit": 0.1})
    return {item.key: item.value for item in items if isinstance(item, Metric)}


def test_every_metric_that_runs_log_has_an_entry(good: Result, dense: Result) -> None:
    for name in {**log(good), **log(dense)}:
        assert find_measure(name).logged


def test_every_entry_is_logged_by_a_run_or_known_to_be_rare(good: Result, dense: Result) -> None:
    usual = {find_measure(name).name for name in log(good)}
    assert {measure.name for measure in MEASURES if measure.logged} - usual == RARE
    assert {"separation/dbcv", "separation/silhouette_standard_error"} <= set(log(dense))


def test_what_is_shown_or_decides_is_measured_by_every_usual_run(good: Result) -> None:
    for measure in MEASURES:
        if (measure.shown or measure.rank) and measure.name not in RARE:
            assert measure.name in good.metrics, measure.name
    assert good.k_scan is not None
    assert {measure.view.column for measure in MEASURES if measure.view} <= set(good.k_scan)


def test_an_interval_is_logged_where_the_entry_says_so_and_nowhere_else(good: Result) -> None:
    metrics = log(good)
    for name in metrics:
        if name == find_measure(name).name:
            assert find_measure(name).interval is (f"{name}_low" in metrics), name


def test_segments_by_chance_are_worse_in_every_direction(good: Result, poor: Result) -> None:
    worse, better = log(poor), log(good)
    judged = [name for name in better if find_measure(name).better and name == find_measure(name).name]
    judged += [name for name in better if name.startswith("reference/")]
    gains = {name: find_measure(name).sign * (better[name] - worse[name]) for name in judged}
    assert {name for name, gain in gains.items() if gain <= 0} <= NOT_SPOILT


def test_a_forecast_that_exaggerates_is_worse_calibrated() -> None:
    spend, folds = np.repeat([0.0, 9.0], 50), np.zeros(100, dtype=int)
    honest, loud = (
        score_forecast(Forecast(np.log1p(spend), np.full(100, share), folds), spend)["repurchase_calibration"]
        for share in (0.5, 0.9)
    )
    assert find_measure("usefulness/repurchase_calibration").sign * (honest - loud) > 0


def test_names_are_found_by_family_and_by_the_ends_of_their_intervals() -> None:
    assert find_measure("reference/p_copula").name == "reference/p_<null>"
    assert find_measure("time/anything").unit == "seconds"
    assert find_measure("usefulness/baseline_rfm_grid/spend_r2").shown
    assert not find_measure("usefulness/baseline_single/spend_r2").shown
    assert find_measure("stability/jaccard_min_high") is find_measure("stability/jaccard_min")
    assert find_measure("recommend/repeat_hit_rate").better is None
    for name in ("separation/silhuette", "stability/jaccard_mean_low", "segments", "reference/p_a/b"):
        with pytest.raises(KeyError, match="has no entry"):
            find_measure(name)


def test_names_and_columns_stand_once() -> None:
    names = [measure.name for measure in MEASURES]
    columns = [measure.view.column for measure in MEASURES if measure.view]
    assert len(set(names)) == len(names)
    assert len(set(columns)) == len(columns)


@pytest.mark.parametrize("measure", MEASURES, ids=lambda measure: measure.name)
def test_what_an_entry_points_to_is_there(measure: Measure) -> None:
    module, _, function = measure.computed_by.rpartition(".")
    assert callable(getattr(import_module(f"segmentlab.{module}"), function))
    assert measure.draws is None or measure.draws in {
        "holdout_days",
        "cutoffs",
        *(one.name for one in fields(Effort)),
    }
    assert measure.meaning.endswith(".")


def test_a_rank_or_an_objective_needs_a_direction() -> None:
    for wrong in ({"rank": Rank("space")}, {"objective": True}):
        with pytest.raises(ValueError, match=r"a/b is a rank or an objective, so it needs a direction"):
            Measure("a/b", "B", "Whatever.", "nowhere", **wrong)


@pytest.mark.parametrize("wrong", ["separation/silhouete", "segments/count", "diagnostic/hopkins"])
def test_a_study_looks_for_objectives_only(wrong: str) -> None:
    with pytest.raises(ConfigError, match=r"tune\.objectives.*separation/silhouette"):
        build_study_order(composed("tune=optuna", f"tune.objectives=[{wrong}]"), {"model": "kmeans"})


# A new metric is one entry: spread within segments against the nearest two middles (Xie & Beni 1991).


def compute_xie_beni(points: np.ndarray, labels: np.ndarray) -> float:
    middles = pd.DataFrame(points).groupby(labels).mean().to_numpy()
    return compute_inertia(points, labels) / len(points) / float(pdist(middles, "sqeuclidean").min())


XIE_BENI = Measure(
    "separation/xie_beni", "Xie-Beni", "Spread within segments against the nearest two middles.", "nowhere",
    better="lower", shown=("terminal", "report"), rank=Rank("space"), view=KView("xie_beni"),
    objective=True, in_trials=True, compute=compute_xie_beni,
)  # fmt: skip
WITH_ONE_MORE = (*MEASURES, XIE_BENI)


def test_one_entry_is_enough_to_have_a_metric_in_runs_terminal_and_report() -> None:
    points, truth = blobs()
    found = measure_separation(pd.DataFrame(points), truth, 10_000, 0, WITH_ONE_MORE).metrics
    assert found["separation/xie_beni"] == compute_xie_beni(points, truth)
    console = Console(width=80, file=StringIO())
    console.print(tabulate_headlines(found, WITH_ONE_MORE))
    assert console.file.getvalue().splitlines()[-1].split() == [
        "separation/xie_beni",
        f"{found[XIE_BENI.name]:.3f}",
    ]
    assert [one.title for one in make_headlines(found, WITH_ONE_MORE)][-1] == "Xie-Beni"


def test_one_entry_is_enough_to_rank_runs_by_it() -> None:
    runs = [logged("a", {"separation/xie_beni": 0.1}), logged("b", {"separation/xie_beni": 0.2})]
    board = make_leaderboard(runs, WITH_ONE_MORE)
    assert board.set_index("run_id")["rank_in_space"].to_dict() == {"a": 1, "b": 2}
    table = next(make_space_tables(board, 10, WITH_ONE_MORE))
    assert "Xie-Beni" in table.headings
    turned = (*MEASURES, replace(XIE_BENI, better="higher"))
    assert make_leaderboard(runs, turned).set_index("run_id")["rank_in_space"].to_dict() == {"a": 2, "b": 1}


def test_runs_of_before_the_entry_keep_their_ranks() -> None:
    """They are ranked by what they have; only what a rank requires may take it away."""
    runs = [logged("a"), logged("b", {"separation/xie_beni": 0.2, "separation/silhouette": 0.2})]
    board = make_leaderboard(runs, WITH_ONE_MORE).set_index("run_id")
    assert board["rank_in_space"].to_dict() == {"a": 1, "b": 2}
    strict = (*MEASURES, replace(XIE_BENI, rank=Rank("space", required=True)))
    board = make_leaderboard(runs, strict).set_index("run_id")
    assert board["why_no_rank"].to_dict() == {"a": "has no xie_beni", "b": ""}


def test_one_entry_is_enough_to_see_a_metric_over_k() -> None:
    points, _ = blobs()
    flow = Flow(FunctionTransformer(), KMeans(n_init=3, random_state=0))
    scan = scan_k(flow, points, points, range(2, 7), Effort(), 0, WITH_ONE_MORE)
    assert list_k_choices(scan, WITH_ONE_MORE)["xie_beni"] == 4
    headings = [one.text for one in draw_k_scan(scan, 4, WITH_ONE_MORE).figure.layout.annotations]
    assert "<b>Xie-Beni</b><br>chooses 4 (lowest)" in headings


def test_one_entry_is_enough_for_studies_and_for_the_documentation() -> None:
    assert "separation/xie_beni" in list_objectives(WITH_ONE_MORE)
    assert "| `separation/xie_beni` | lower |" in write_page(WITH_ONE_MORE)
