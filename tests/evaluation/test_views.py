"""The gap, the atoms and Hopkins' diagnostic, where their answer is known."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.diagnostics import compute_hopkins, find_atoms
from segmentlab.evaluation.k_rules import choose_k_by_gap
from segmentlab.evaluation.k_scan import compute_gap, draw_uniform_box
from segmentlab.evaluation.scores import compute_inertia
from tests.evaluation.test_stability import blobs, flow


def gaps(points: np.ndarray, count: int = 10) -> pd.DataFrame:
    refits = {k: flow(k) for k in range(1, 6)}
    within = {k: compute_inertia(points, refit(points, 0).labels) for k, refit in refits.items()}
    return compute_gap(refits, points, within, count=count, seed=0)


def test_the_gap_finds_the_groups_that_are_there_and_one_where_there_are_none() -> None:
    assert choose_k_by_gap(gaps(blobs()[0])) == 3
    assert choose_k_by_gap(gaps(np.random.default_rng(0).uniform(size=(200, 2)))) == 1


def test_the_gap_is_what_the_paper_says() -> None:
    points, _ = blobs(20)
    table = gaps(points, count=4)
    logs = []
    for state in np.random.SeedSequence(0).generate_state(4):
        drawn = draw_uniform_box(points, np.random.default_rng(int(state)))
        logs.append(np.log(compute_inertia(drawn, flow(2)(drawn, int(state)).labels)))
    own = np.log(compute_inertia(points, flow(2)(points, 0).labels))
    assert table.loc[2, "gap"] == pytest.approx(np.mean(logs) - own)
    assert table.loc[2, "error"] == pytest.approx(np.std(logs) * np.sqrt(1.25))


def test_the_rule_takes_the_smallest_k_that_is_good_enough() -> None:
    table = pd.DataFrame({"gap": [0.1, 0.5, 0.52, 0.9], "error": [0.1, 0.1, 0.05, 0.1]}, index=[1, 2, 3, 4])
    assert choose_k_by_gap(table) == 2
    assert choose_k_by_gap(pd.DataFrame({"gap": [0.1, 0.5], "error": 0.01}, index=[1, 2])) is None


def test_a_box_lies_where_the_data_lies() -> None:
    points, _ = blobs()
    drawn = draw_uniform_box(points, np.random.default_rng(0))
    assert drawn.shape == points.shape
    assert np.linalg.norm(drawn.mean(axis=0) - points.mean(axis=0)) < 3


def test_atoms_are_the_values_that_most_customers_share() -> None:
    table = find_atoms(
        pd.DataFrame({"rfm_frequency": [1.0, 1.0, 1.0, 7.0], "rfm_monetary": [1.0, 2.0, 3.0, 4.0]})
    )
    assert table.loc["rfm_frequency"].tolist() == [1.0, 0.75]
    assert table.loc["rfm_monetary", "share"] == 0.25


def test_hopkins_tells_clumps_from_an_even_spread() -> None:
    even = np.random.default_rng(0).uniform(size=(2000, 2))
    assert compute_hopkins(even, 200, seed=1) == pytest.approx(0.5, abs=0.1)
    assert compute_hopkins(blobs(300, apart=40.0)[0], 90, seed=1) > 0.95
