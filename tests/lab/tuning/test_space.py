"""What may vary is written in a few characters, and a slip in them is told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError
from segmentlab.lab.tuning.space import (
    ChoiceList,
    DecimalRange,
    Proposal,
    Space,
    WholeRange,
    check_known_name,
    read_dimension,
)
from tests.examples import draw_examples
from tests.lab.tuning.fabricated import SPACE


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([2, 12], WholeRange(2, 12)),
        ([0.1, 1.5], DecimalRange(0.1, 1.5)),
        ([1, 1.5], DecimalRange(1.0, 1.5)),
        (["eom", "leaf"], ChoiceList(("eom", "leaf"))),
        ([True, False], ChoiceList((True, False))),
        ([2, 4, 8], ChoiceList((2, 4, 8))),
        (["full"], ChoiceList(("full",))),
    ],
)
def test_a_range_or_a_list_of_choices(written: object, read: object) -> None:
    assert read_dimension("search.x", written) == read


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ([12, 2], r"search.x=\[12,2\] is upside down: write \[2,12\]"),
        (7, "search.x=7 is no range"),
        ([], "no range and no list"),
        ("eom", "no range and no list"),
    ],
)
def test_a_slip_is_told(written: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_dimension("search.x", written)


def test_the_nearest_name_is_offered() -> None:
    with pytest.raises(ConfigError, match=r"search: 'n_cluster' does not exist. Did you mean n_clusters\?"):
        check_known_name("n_cluster", ["n_clusters", "tol"], "search")


def test_flat_values_become_a_proposal() -> None:
    space = Space(
        {"kmeans": {"n_clusters": WholeRange(2, 5)}},
        {"n_components": WholeRange(1, 3)},
        ("robust", "standard"),
    )
    assert space.model is None, "one model is no choice"
    values = {"kmeans.n_clusters": 3, "projection.n_components": 2, "prepare": "robust"}
    assert list(space.dimensions("kmeans")) == list(values)
    assert space.proposal(values) == Proposal("kmeans", {"n_clusters": 3}, {"n_components": 2}, "robust")


@draw_examples(20)
@given(st.data())
def test_every_point_of_the_grid_is_a_proposal_within_the_bounds(data: st.DataObject) -> None:
    values = data.draw(st.sampled_from(list(SPACE.points())))
    proposal = SPACE.proposal(values)
    own = SPACE.models[proposal.model]
    assert set(proposal.parameters) == set(own)
    for name, value in proposal.parameters.items():
        match own[name]:
            case WholeRange(low, high) | DecimalRange(low, high):
                assert low <= value <= high
            case ChoiceList(options):
                assert value in options


def test_a_grid_has_every_combination_once() -> None:
    points = [tuple(point.items()) for point in SPACE.points()]
    assert len(points) == len(set(points)) == 19 + 48 * 10 * 2
