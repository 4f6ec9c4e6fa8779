"""The rules over k, the atoms and Hopkins' diagnostic, where their answer is known."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.diagnostics import compute_hopkins, find_atoms
from segmentlab.evaluation.k_rules import choose_k_by_gap
from tests.evaluation.test_stability import blobs


def test_the_rule_takes_the_smallest_k_that_is_good_enough() -> None:
    table = pd.DataFrame({"gap": [0.1, 0.5, 0.52, 0.9], "error": [0.1, 0.1, 0.05, 0.1]}, index=[1, 2, 3, 4])
    assert choose_k_by_gap(table) == 2
    assert choose_k_by_gap(pd.DataFrame({"gap": [0.1, 0.5], "error": 0.01}, index=[1, 2])) is None


def test_atoms_are_the_values_that_most_customers_share() -> None:
    table = find_atoms(
        pd.DataFrame({"rfm_frequency": [1.0, 1.0, 1.0, 7.0], "rfm_monetary": [1.0, 2.0, 3.0, 4.0]})
    )
    assert table.loc["rfm_frequency"].tolist() == [1.0, 0.75]
    assert table.loc["rfm_monetary", "share"] == 0.25


@pytest.mark.parametrize("most", [3, 40, 100_000], ids=["ties", "some", "all different"])
def test_an_atom_is_what_a_table_of_all_values_has_first(most: int) -> None:
    values = pd.Series(np.random.default_rng(most).integers(0, most, 60).astype(float))
    counts, atom = values.value_counts(normalize=True), find_atoms(values.to_frame("x")).loc["x"]
    assert (atom["value"], atom["share"]) == (counts.index[0], counts.iloc[0])


def test_hopkins_tells_clumps_from_an_even_spread() -> None:
    even = np.random.default_rng(0).uniform(size=(2000, 2))
    assert compute_hopkins(even, 200, seed=1) == pytest.approx(0.5, abs=0.1)
    assert compute_hopkins(blobs(300, apart=40.0)[0], 90, seed=1) > 0.95
