"""The data steps of what models show of themselves, on trees small enough to draw by hand."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.evaluation.sample import choose_even_ranks
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.report.figures.condensed_tree import draw_condensed_tree, find_tree_branches
from segmentlab.report.figures.dendrogram import DendrogramStroke, find_tree_top
from segmentlab.report.figures.memberships import compute_membership_spread
from segmentlab.report.figures.model_curves import (
    compute_k_distance_curve,
    draw_k_distance,
    find_best_criteria,
)

# Leaves 0 and 1 merge at height 1, leaves 2 and 3 at 2, and all of them at 6.
TREE = np.array([[0, 1, 1, 2], [2, 3, 2, 2], [4, 5, 6, 4]], dtype=float)

# Ten customers: two leave at once, then five and three part at density 2; the three last to density 8.
LEAVING = [(10, 0, 0.5, 1), (10, 1, 1.0, 1), (10, 11, 2.0, 5), (10, 12, 2.0, 3)]
PARTS = [(11, n, 4.0, 1) for n in range(2, 7)] + [(12, n, 8.0, 1) for n in range(7, 10)]
CONDENSED = np.array(
    LEAVING + PARTS, dtype=[("parent", int), ("child", int), ("lambda_val", float), ("child_size", int)]
)
SEGMENTS = np.array([-1, -1, 1, 1, 1, 1, 1, 0, 0, 0])


def test_each_branch_has_its_segment_and_what_joins_several_has_none() -> None:
    top = find_tree_top(TREE, np.array([10.0, 1, 1, 5]), np.array([1, 1, 0, 0]))
    assert top.customers == [10, 1, 1, 5]
    assert (top.merges, top.cut) == (3, 4)
    assert DendrogramStroke(1, (0.0, 1.0), (0.0, 0.0)) in top.strokes
    assert DendrogramStroke(0, (2.0, 6.0), (2.5, 2.5)) in top.strokes
    assert [stroke for stroke in top.strokes if stroke.segment is None] == [
        DendrogramStroke(None, (6, 6), (0.5, 2.5))
    ]


def test_what_merged_before_is_one_end() -> None:
    top = find_tree_top(TREE, np.array([10.0, 1, 1, 5]), np.array([1, 1, 0, 0]), ends=2)
    assert top.customers == [11, 6]
    assert len(top.strokes) == 3


def test_there_are_never_fewer_ends_than_segments() -> None:
    top = find_tree_top(TREE, np.ones(4), np.array([0, 1, 2, 3]), ends=2)
    assert len(top.customers) == 4
    assert top.cut == 0.5
    assert find_tree_top(TREE, np.ones(4), np.zeros(4, dtype=np.int64)).cut is None


@given(st.integers(2, 12), st.integers(2, 40), st.sampled_from(["ward", "single"]))
def test_the_cut_crosses_every_segment_once(groups: int, ends: int, linkage: str) -> None:
    points = np.random.default_rng(groups).normal(size=(60, 2))
    model = Hierarchical(groups, linkage).fit(points)
    top = find_tree_top(model.tree_, model.weights_, model.labels_, ends)
    assert sum(top.customers) == len(points)
    assert top.cut is not None
    crossed = [s.segment for s in top.strokes if s.heights[0] <= top.cut < s.heights[1]]
    assert sorted(crossed, key=str) == sorted(range(groups), key=str)


def test_a_branch_is_as_wide_as_it_has_customers() -> None:
    root, one, other = find_tree_branches(CONDENSED, SEGMENTS)
    assert [branch.segment for branch in (root, one, other)] == [-1, 1, 0]
    assert [branch.customers for branch in (root, one, other)] == [10, 5, 3]
    assert root.density.tolist() == [0.5, 0.5, 1, 2]
    assert (root.right - root.left).tolist() == [10, 9, 8, 8]


def test_parts_share_the_place_of_what_they_come_from() -> None:
    root, one, other = find_tree_branches(CONDENSED, SEGMENTS)
    assert one.left[0] == root.left[-1]
    assert one.right[0] == other.left[0]
    assert other.right[0] == root.right[-1]
    assert one.density[0] == other.density[0] == root.density[-1]


def test_copies_are_drawn_to_the_highest_finite_density() -> None:
    copies = CONDENSED.copy()
    copies["lambda_val"][-3:] = np.inf
    assert find_tree_branches(copies, SEGMENTS)[2].density.max() == 4


def test_the_largest_branches_are_drawn_and_the_others_said() -> None:
    drawn = find_tree_branches(CONDENSED, SEGMENTS, limit=2)
    assert [branch.customers for branch in drawn] == [10, 5]
    profile = pd.DataFrame({"name": ["Noise", "Few", "Many"]}, index=[-1, 0, 1])
    picture = draw_condensed_tree(drawn, total=3, profile=profile)
    assert "The 2 largest of 3 branches are drawn" in picture.caption
    assert [trace.name for trace in picture.figure.data] == ["several segments or none", "Many"]


def test_memberships_are_spread_by_segment() -> None:
    table = pd.DataFrame({"segment": [0] * 5 + [-1], "probability": [0.0, 0.25, 0.5, 0.75, 1.0, 0.0]})
    rows = compute_membership_spread(table, "probability")
    assert rows.index.tolist() == [-1, 0]
    assert rows.loc[0].tolist() == pytest.approx([0.05, 0.25, 0.5, 0.75, 0.95])


def test_a_curve_is_thinned_and_keeps_its_ends() -> None:
    drawn = compute_k_distance_curve(np.arange(10_000.0), limit=100)
    assert len(drawn) == 100
    assert drawn["distance"].iloc[[0, -1]].tolist() == [0, 9_999]
    assert drawn["share"].iloc[-1] == 1


@pytest.mark.parametrize(("chosen", "said"), [(True, "chosen where"), (False, "as it was given")])
def test_the_radius_is_said_with_its_origin_and_its_core_points(chosen: bool, said: str) -> None:
    picture = draw_k_distance(np.array([1.0, 2.0, 3.0, 9.0]), neighbours=2, eps=3.0, chosen=chosen)
    assert said in picture.caption
    assert "the 75.0 % of customers" in picture.caption


def test_a_criterion_is_best_where_it_is_lowest() -> None:
    criteria = pd.DataFrame({"k": [2, 3, 4], "bic": [5.0, -1.0, 0.0], "aic": [5.0, -1.0, -2.0]})
    assert find_best_criteria(criteria) == {"bic": 3, "aic": 4}


@given(st.integers(1, 500), st.integers(2, 50))
def test_even_ranks_keep_both_ends_and_the_limit(total: int, limit: int) -> None:
    ranks = choose_even_ranks(total, limit)
    assert len(ranks) == min(total, limit)
    assert (ranks[0], ranks[-1]) == (0, total - 1)
    assert (np.diff(ranks) > 0).all()
