"""The fifteen rules that our numbers obey (docs/evidence.md): one test for each, in their order."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.evaluation.checks.check import write_check_tags
from segmentlab.evaluation.draws import Effort
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.gates import judge_gates
from segmentlab.evaluation.judgement import Judgement, gather_evidence, judge_segments
from segmentlab.evaluation.k_scan import describe_k_agreement, list_k_choices, scan_k
from segmentlab.evaluation.leaderboard import make_leaderboard
from segmentlab.evaluation.logged_run import LoggedRun
from segmentlab.evaluation.metrics import MEASURES, find_measure
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.stability import compute_seed_agreement
from segmentlab.evaluation.verdict import judge_structure
from segmentlab.flow import StepTimer, describe
from segmentlab.flow.past import PastCustomers
from segmentlab.lab.config.build import build_plan
from segmentlab.modelling.density import Dbscan, Hdbscan
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.umap_map import UmapMap
from segmentlab.testing.planted import plant_customers as customers
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed
from tests.evaluation.fabricated import logged
from tests.planted import blobs, nested

NOTHING = FunctionTransformer()


def frame(points: np.ndarray) -> pd.DataFrame:
    index = pd.Index([f"c{number:04d}" for number in range(len(points))], name="customer_id")
    return pd.DataFrame(points, index=index, columns=[f"a_{number}" for number in range(points.shape[1])])


def judged(
    points: np.ndarray,
    model: BaseEstimator,
    effort: Effort | None = None,
    projection: BaseEstimator = NOTHING,
) -> Judgement:
    """What a run would say of the model's segments."""
    features = frame(points)
    segmenter = Segmenter(StandardScaler(), projection, model).fit(features)
    prepared = segmenter.scorer_.prepare(features)
    evidence = gather_evidence(segmenter, prepared, features, effort or Effort(), seed=0)
    return judge_segments(evidence, features, segmenter.labels_, evidence.metrics)


def errors(judgement: Judgement) -> set[str]:
    return {check.code for check in judgement.checks if check.severity == "error"}


def kmeans(k: int, **options: object) -> KMeans:
    return KMeans(k, **{"n_init": 5, "random_state": 0} | options)


def cloud(rows: int = 400) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(rows, 2))


def three_groups() -> np.ndarray:
    """Three corners of a square: no feature by itself tells which of them go together."""
    points, truth = blobs()
    return points[truth < 3]


def islands(points: np.ndarray) -> np.ndarray:
    """Tears one cloud into four, as a map of neighbours may."""
    return np.asarray(points + 20 * np.sign(points))


def run(name: str, evidence: Evidence, params: dict[str, str] | None = None) -> LoggedRun:
    """The run as the store would tell of it."""
    usual = logged(name, params=params, without=("",))
    return replace(usual, metrics=evidence.metrics)


def ranked(*runs: LoggedRun, column: str = "rank") -> dict[str, int]:
    return make_leaderboard(runs).dropna(subset=column).set_index("run_id")[column].to_dict()


def test_01_a_silhouette_alone_never_decides() -> None:
    """One blob and six wholesalers: the highest silhouette of all, and refused."""
    points = np.concatenate([cloud(), cloud(6) + 40])
    found = judged(points, kmeans(2))
    assert found.evidence.metrics["separation/silhouette"] > 0.85
    assert "separation/silhouette_macro" in found.evidence.metrics
    assert "SEG001" in errors(found)


def test_02_noise_is_no_segment_and_discarding_customers_improves_no_rank() -> None:
    points, _ = blobs()
    points += np.random.default_rng(0).normal(scale=1.5, size=points.shape)
    whole, strict = judged(points, kmeans(4)), judged(points, Hdbscan(25, min_samples=5))
    labels, discarding = strict.evidence.metrics, run("b", strict.evidence)
    assert labels["segments/count"] == 4
    assert labels["separation/coverage"] < 0.8
    assert labels["separation/silhouette"] > whole.evidence.metrics["separation/silhouette"]
    assert "SEG002" in errors(strict)
    assert ranked(run("a", whole.evidence), discarding, column="rank_in_space") == {"a": 1}


def test_03_scores_are_taken_in_the_features_and_not_in_the_map() -> None:
    found = judged(cloud(), kmeans(4), Effort(gaps=5_000), FunctionTransformer(islands))
    features = StandardScaler().fit_transform(cloud())
    labels = kmeans(4).fit_predict(islands(features))
    assert found.evidence.metrics["separation/silhouette"] == pytest.approx(
        silhouette_score(features, labels)
    )
    assert silhouette_score(islands(features), labels) > 0.8
    assert found.verdict is not None
    assert found.verdict.kind != "natural clusters"


@pytest.mark.slow
def test_03_islands_that_umap_makes_of_one_cloud_are_no_clusters() -> None:
    """UMAP tears one Gaussian into groups; between them there are no gaps in the features."""
    found = judged(cloud(500), kmeans(6), Effort(gaps=5_000), UmapMap(random_state=0))
    assert found.verdict is not None
    assert found.verdict.kind == "a partition of a continuum"


def test_04_columns_of_noise_do_not_change_the_ranks_of_two_runs() -> None:
    """They push the better run's raw silhouette below the poorer run's; what compares stays in order."""
    points, _ = blobs()
    noise = np.random.default_rng(1).normal(size=points.shape)
    effort = Effort(bootstraps=10, splits=4, random=20)
    poor = run("poor", judged(points, kmeans(4, n_init=1, init="random", random_state=8), effort).evidence)
    for columns in (0, 1, 2):
        space = {"features.noise.columns": str(columns)} if columns else {}
        wide = np.column_stack([points, noise[:, :columns]])
        good = run("good", judged(wide, kmeans(4), effort).evidence, space)
        assert ranked(good, poor) == {"good": 1, "poor": 2}
    assert good.metrics["separation/silhouette"] < poor.metrics["separation/silhouette_low"]


def test_05_whether_there_is_structure_at_all_is_asked_of_the_null() -> None:
    """One cloud is cut into three as readily as three groups are found; the null tells them apart."""
    found = [judged(points, kmeans(3), Effort(nulls=19, gaps=500)) for points in (cloud(), three_groups())]
    told = [judgement.verdict.kind for judgement in found if judgement.verdict is not None]
    assert told == ["a partition of a continuum", "natural clusters"]
    assert all("p=" in judgement.verdict.reason for judgement in found if judgement.verdict is not None)
    assert ["SEG004" in errors(judgement) for judgement in found] == [True, False]


def test_06_every_segment_has_its_own_stability() -> None:
    """Three groups in five segments: what is cut in two is not to be trusted."""
    found = judged(three_groups(), kmeans(5), Effort(bootstraps=30))
    assert found.evidence.stability is not None
    jaccard = found.evidence.stability["jaccard"]
    assert jaccard.max() > 0.75
    unstable = next(check for check in found.checks if check.code == "SEG003")
    for segment, value in jaccard.items():
        assert (f"{segment} ({value:.2f})" in unstable.evidence) is (value < 0.6)


def test_07_no_view_of_k_is_hidden_and_the_elbow_chooses_nothing() -> None:
    points = cloud()
    scan = scan_k(Flow(NOTHING, kmeans(2)), points, points, range(2, 8), Effort(views=4, gaps=500), seed=0)
    views = {"error", *(measure.view.column for measure in MEASURES if measure.view)}
    assert views <= set(scan.columns)
    chosen = list_k_choices(scan)
    assert "inertia" not in chosen
    assert len(set(chosen.values())) > 1
    assert "disagree" in describe_k_agreement(chosen)


def test_08_dbcv_compares_within_one_space_only_and_may_be_missing() -> None:
    points, _ = blobs()
    found = judged(points, Hdbscan(25)).evidence
    assert found.metrics["separation/dbcv"] == pytest.approx(found.dbcv)
    assert "separation/dbcv" not in judged(cloud(), Dbscan(eps=9.0)).evidence.metrics
    assert find_measure("separation/dbcv").rank is None


def test_09_what_can_not_be_computed_is_missing_and_has_no_rank() -> None:
    found = judged(cloud(), kmeans(1), Effort(bootstraps=2, nulls=19, random=5, splits=2))
    assert not [name for name in found.evidence.metrics if name.startswith(("stability", "calibrated"))]
    assert not {"separation/silhouette", "separation/davies_bouldin"} & set(found.evidence.metrics)
    assert not np.isnan(list(found.evidence.metrics.values())).any()
    assert found.evidence.notes
    board = make_leaderboard([run("a", found.evidence), logged("b")]).set_index("run_id")
    assert board.loc["a", "why_no_rank"] == "has no silhouette"
    assert board["rank_in_space"].notna().to_dict() == {"a": False, "b": True}


def test_10_a_spike_is_no_segment() -> None:
    """A third bought once: a density model finds exactly them, and the check says what it has found."""
    generator = np.random.default_rng(0)
    bought = np.where(np.arange(600) < 200, 0.0, generator.normal(6, 1, 600))
    found = judged(np.column_stack([bought, generator.uniform(0, 1, 600)]), Dbscan(eps=0.5))
    assert found.evidence.atoms.loc["a_0"].tolist() == [0.0, pytest.approx(1 / 3)]
    assert "SEG008" in {check.code for check in found.checks}


def test_11_a_sample_is_stratified_seeded_and_stated() -> None:
    points, _ = blobs()
    small = np.concatenate([points, cloud(20) + 60])
    scores = [judged(small, kmeans(5), Effort(sample=200)).evidence for _ in range(2)]
    own = scores[0].metrics
    assert own == scores[1].metrics
    assert own["separation/silhouette_standard_error"] > 0
    scored = scores[0].separation.silhouettes.index
    assert f"stratified sample of {len(scored)} of 620 customers" in " ".join(scores[0].notes)
    assert scored.isin(frame(small).index[-20:]).sum() == round(20 * 200 / 620)


@pytest.mark.parametrize("model", [kmeans(3), Hdbscan(15)], ids=["kmeans", "hdbscan"])
def test_12_new_customers_are_placed_as_the_fitted_were(model: BaseEstimator) -> None:
    features, money, _ = customers()
    segmenter = Segmenter(StandardScaler(), NOTHING, model).fit(np.log(features), value=money)
    together = segmenter.scorer_.predict(np.log(features) * 1.01)
    alone = [segmenter.scorer_.predict(np.log(features.iloc[[row]]) * 1.01)[0] for row in range(0, 120, 15)]
    assert set(together) <= {*segmenter.labels_, -1}
    assert together[::15].tolist() == alone
    own = segmenter.scorer_.predict(np.log(features))
    assert (own == segmenter.labels_).all()


def test_13_usefulness_is_judged_by_what_came_after_and_learnt_without_it(tmp_path) -> None:
    """Prices after the day sevenfold: what came after changes, what was known does not."""
    plan = build_plan(composed("evaluate.holdout_days=90"))
    world = SyntheticWorld(customers=200, folder=str(tmp_path)).read(DuckDB().connect())
    assert isinstance(world, Dataset)
    before = describe(plan, world, StepTimer()).past
    assert isinstance(before, PastCustomers)
    lines = world.transactions
    later = lines["timestamp"] >= ibis.timestamp(before.cut.isoformat())
    dearer = lines.mutate(unit_price=ibis.ifelse(later, lines["unit_price"] * 7, lines["unit_price"]))
    after = describe(plan, replace(world, transactions=dearer), StepTimer()).past
    assert isinstance(after, PastCustomers)
    pd.testing.assert_frame_equal(before.features, after.features)
    pd.testing.assert_series_equal(after.spend, before.spend * 7)
    assert before.spend.sum() > 0


def test_14_there_are_enough_starts_that_chance_hardly_matters() -> None:
    """The configured model over seeds, where nine groups lie nested in three; one start wanders."""
    usual = build_plan(composed("model.n_clusters=9")).model
    assert isinstance(usual, KMeans)
    lucky, unlucky = (
        compute_seed_agreement(Flow(NOTHING, model), nested()[0], count=6, seed=0)
        for model in (usual, kmeans(9, n_init=1, init="random"))
    )
    assert lucky > 0.99
    assert unlucky < 0.9


def test_15_a_run_passes_its_gates_or_the_failed_one_is_named() -> None:
    sound = judged(blobs()[0], kmeans(4), Effort(bootstraps=10, nulls=19))
    metrics = {**sound.evidence.metrics, "assignment/self_agreement": 1.0, "usefulness/spend_r2": 0.3}
    tags = write_check_tags(sound.checks)
    assert all(gate.passed for gate in judge_gates(metrics, tags, {"usefulness/spend_r2": 0.3}))
    champion = {"usefulness/spend_r2": 0.5, "usefulness/spend_r2_low": 0.4}
    cases = {
        "size": {"checks": "SEG001"},
        "coverage": {"checks": "SEG002"},
        "stability": {"checks": "SEG003"},
        "null": {"checks": "SEG004"},
    }
    for name, fired in cases.items():
        assert [gate.name for gate in judge_gates(metrics, fired) if not gate.passed] == [name]
    assert [gate.name for gate in judge_gates(metrics, tags, champion) if not gate.passed] == ["champion"]


def test_a_verdict_needs_a_look_for_gaps() -> None:
    assert judge_structure(judged(cloud(), kmeans(3)).evidence.gaps) is None
