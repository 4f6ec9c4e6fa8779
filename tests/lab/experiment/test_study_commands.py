"""The command that gives a trial's segments without its study."""

import pytest

from segmentlab.lab.experiment.tune import write_command_without_study
from segmentlab.lab.tuning.space import Proposal

TYPED = ["model=kmeans", "+model.tol=0.1", "tune=optuna", "+tune.space.prepare=[robust]", "prepare=standard"]


@pytest.mark.parametrize(
    ("own", "proposal", "expected"),
    [
        (
            "kmeans",
            Proposal("kmeans", {"n_clusters": 4}),
            [*TYPED[:2], "prepare=standard", "model.n_clusters=4"],
        ),
        ("kmeans", Proposal("kmeans", {"tol": 0.5}), ["model=kmeans", "prepare=standard", "model.tol=0.5"]),
        ("kmeans", Proposal("dbscan", {"eps": 0.5}), ["prepare=standard", "model=dbscan", "model.eps=0.5"]),
        (
            "kmeans",
            Proposal("kmeans", {}, {"n_components": 2}, "robust"),
            [*TYPED[:2], "projection.n_components=2", "prepare=robust"],
        ),
    ],
)
def test_a_trial_takes_the_place_of_its_study(own: str, proposal: Proposal, expected: list[str]) -> None:
    assert write_command_without_study(TYPED, own, proposal) == expected
