"""Importance: which parameter the good trials agree on."""

import numpy as np
import pytest

from segmentlab.lab.tuning.importance import LEAST_TRIALS, compute_importances
from segmentlab.lab.tuning.space import ChoiceList, DecimalRange, Proposal, Space, WholeRange
from segmentlab.lab.tuning.trials import Trial
from tests.lab.tuning.fabricated import DAVIES_BOULDIN, SILHOUETTE

SPACE = Space(
    {
        "kmeans": {
            "n_clusters": WholeRange(2, 20),
            "tol": DecimalRange(0.0, 1.0),
            "how": ChoiceList(("a", "b")),
        }
    }
)


def trial(number: int, reason: str | None = None) -> Trial:
    rng = np.random.default_rng(number)
    k, tol, how = int(rng.integers(2, 21)), float(rng.uniform()), str(rng.choice(["a", "b"]))
    return Trial(
        number=number,
        state="scored",
        proposal=Proposal("kmeans", {}),
        tried={"kmeans.n_clusters": k, "kmeans.tol": tol, "kmeans.how": how},
        metrics={SILHOUETTE: 1 / k, DAVIES_BOULDIN: tol},
        reason=reason,
    )


def test_what_the_best_agree_on_matters() -> None:
    found = compute_importances([trial(number) for number in range(80)], SPACE, [SILHOUETTE, DAVIES_BOULDIN])
    assert not isinstance(found, str)
    assert found.sum().tolist() == pytest.approx([1.0, 1.0])
    assert found.idxmax().to_dict() == {SILHOUETTE: "kmeans.n_clusters", DAVIES_BOULDIN: "kmeans.tol"}


def test_infeasible_trials_do_not_count() -> None:
    few = [trial(number, None if number < LEAST_TRIALS - 1 else "too small") for number in range(80)]
    assert compute_importances(few, SPACE, [SILHOUETTE]) == (
        "The importance of parameters is not available: 19 trials are feasible, and 20 are needed."
    )


def test_a_single_parameter_matters_by_definition() -> None:
    space = Space(
        {"kmeans": {"n_clusters": WholeRange(2, 20)}, "hdbscan": {"min_samples": WholeRange(3, 50)}}
    )
    told = compute_importances([trial(number) for number in range(30)], space, [SILHOUETTE])
    assert str(told).endswith("the trials have fewer than two parameters in common.")
