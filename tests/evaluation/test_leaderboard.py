"""Rule 4: ranks only where they can be compared."""

import random
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.evaluation.leaderboard import make_leaderboard
from segmentlab.evaluation.logged_run import identify_data, identify_space, select_comparable
from tests.evaluation.fabricated import EVIDENCE, logged
from tests.examples import draw_examples

OTHER_SPACE = {"features": "rfm,noise", "features.noise._target_": "Noise"}
values = st.floats(0, 1).map(lambda value: round(value, 3))


def ranked(*runs, column: str = "rank") -> dict[str, int]:
    """The rank by run; runs without one are not there."""
    board = make_leaderboard(runs)
    return board.dropna(subset=column).set_index("run_id")[column].to_dict()


def why(*runs) -> dict[str, str]:
    return make_leaderboard(runs).set_index("run_id")["why_no_rank"].to_dict()


def test_within_a_space_silhouette_decides_and_davies_bouldin_between_equals():
    good = logged("a", {"separation/silhouette": 0.5, "separation/davies_bouldin": 0.7})
    poor = logged("b", {"separation/silhouette": 0.2, "separation/davies_bouldin": 0.4})
    equal = logged("c", {"separation/silhouette": 0.5, "separation/davies_bouldin": 0.9})
    assert ranked(good, poor, equal, column="rank_in_space") == {"a": 1, "c": 2, "b": 3}


@draw_examples(15)
@given(silhouette=values, davies_bouldin=values)
def test_across_spaces_raw_scores_have_no_say(silhouette, davies_bouldin):
    """Columns of noise lower the raw silhouette of a space; whatever they do to it, ranks stay."""
    better = logged("a", {"usefulness/spend_r2": 0.4})
    noisy = logged(
        "b", {"separation/silhouette": silhouette, "separation/davies_bouldin": davies_bouldin}, OTHER_SPACE
    )
    assert ranked(better, noisy) == {"a": 1, "b": 2}
    assert ranked(better, noisy, column="rank_in_space") == {"a": 1, "b": 1}


@draw_examples(15)
@given(coverage=st.floats(0, 0.79), silhouette=st.floats(0.3, 1))
def test_discarding_customers_below_the_floor_never_improves_a_rank(coverage, silhouette):
    whole, other = logged("a"), logged("b", {"separation/silhouette": 0.2})
    discarding = logged(
        "a", {"separation/coverage": coverage, "separation/silhouette": silhouette,
              "calibrated/silhouette_z": 30.0, "usefulness/spend_r2": 0.9}
    )  # fmt: skip
    for column in ("rank", "rank_in_space"):
        assert ranked(whole, other, column=column)["a"] == 1
        assert ranked(discarding, other, column=column) == {"b": 1}
    assert "below 0.8" in why(discarding, other)["a"]


@draw_examples(15)
@given(st.lists(st.tuples(values, values, values), min_size=1, max_size=8), st.randoms())
def test_the_order_of_runs_does_not_matter(numbers: list[tuple[float, ...]], shuffling: random.Random):
    runs = [
        logged(f"{number:02d}", {"separation/silhouette": first, "stability/jaccard_min": second,
                                 "usefulness/spend_r2": third, "separation/coverage": 0.5 + third},
               OTHER_SPACE if number % 2 else None)
        for number, (first, second, third) in enumerate(numbers)
    ]  # fmt: skip
    board = make_leaderboard(runs)
    shuffling.shuffle(runs)
    pd.testing.assert_frame_equal(make_leaderboard(runs), board)


@draw_examples(15)
@given(values, st.sampled_from(sorted(EVIDENCE)))
def test_a_higher_score_never_lowers_a_rank(gain, metric):
    others = [logged("b"), logged("c", {metric: EVIDENCE[metric] + 0.1})]
    before, after = logged("a"), logged("a", {metric: EVIDENCE[metric] + gain})
    assert ranked(after, *others)["a"] <= ranked(before, *others)["a"]


def recommended(*runs) -> dict[str, str]:
    """The run to take, and why; empty where there is none."""
    board = make_leaderboard(runs)
    return board[board["recommended"]].set_index("run_id")["reason"].to_dict()


def equals(*runs) -> set[str]:
    """Those that can't be told from the best."""
    board = make_leaderboard(runs)
    return set(board.loc[board["as_good_as_best"], "run_id"])


def useful(run_id, value, reach=0.05, **others):
    """Judged on one day, with an interval."""
    bounds = {"usefulness/spend_r2_low": value - reach, "usefulness/spend_r2_high": value + reach}
    return logged(run_id, {"usefulness/spend_r2": value, **bounds, **others.pop("metrics", {})}, **others)


def paired(run_id, value, spread=0.0, days=(0.0, 0.0, 0.0), segments=4, **others):
    """Judged on three days: all share what customers happened to be drawn, and `spread` is the run's own."""
    shared = np.random.default_rng(0).normal(0, 0.05, 100)
    own = np.random.default_rng(int(1e4 * value) + segments).normal(0, spread, 100)
    drawn = value + shared + own
    name = "usefulness/mean_spend_r2"
    metrics = {name: value, f"{name}_low": value - 0.1, f"{name}_high": value + 0.1,
               "usefulness/cutoffs": 3.0, "segments/count": segments}  # fmt: skip
    tags = {"usefulness.draws": ",".join(f"{1e5 * one:.0f}" for one in drawn),
            "usefulness.days": ",".join(f"{1e5 * (value + day):.0f}" for day in days)}  # fmt: skip
    metrics |= others.pop("metrics", {})
    return logged(run_id, metrics, tags=tags | others.pop("tags", {}), **others)


def test_an_error_keeps_a_run_from_being_recommended():
    best = {name: value + 0.1 for name, value in EVIDENCE.items()}
    refused = logged("a", best, tags={"checks": "SEG001", "checks.errors": "1"})
    warned = logged("b", tags={"checks": "SEG008", "checks.errors": "0"})
    assert ranked(refused, warned) == {"a": 1, "b": 2}
    assert ranked(refused, warned, column="rank_in_space") == {"b": 1, "a": 2}
    assert list(recommended(refused, warned)) == ["b"]
    assert recommended(refused)["a"].endswith(
        "every run has an error of a check, so look at the checks first."
    )


def test_runs_whose_intervals_overlap_are_equal():
    runs = useful("a", 0.30), useful("b", 0.38), useful("c", 0.45)
    assert ranked(*runs) == {"c": 1, "b": 2, "a": 3}
    assert equals(*runs) == {"b", "c"}


def test_in_pairs_runs_are_told_apart_whose_intervals_overlap():
    best, near, far = paired("a", 0.40), paired("b", 0.395, spread=0.01), paired("c", 0.35, spread=0.01)
    assert equals(best, near, far) == {"a", "b"}


def test_a_difference_that_is_not_there_every_day_is_none():
    steady, luckier = paired("a", 0.40), paired("b", 0.41, days=(0.09, -0.04, -0.05))
    assert equals(steady, luckier) == {"a", "b"}
    assert equals(steady, paired("b", 0.41)) == {"b"}


def test_the_simplest_of_equals_is_recommended_and_the_sentence_says_why():
    best, simple = paired("a", 0.40, segments=8), paired("b", 0.395, spread=0.01, segments=3)
    poor = paired("c", 0.2, segments=2)
    assert recommended(best, simple, poor) == {
        "b": "of 2 runs that can't be told from the best by Mean spend R2, 90 days after each of 3 days: "
        "0.395 against 0.400, it is the simplest."
    }
    assert recommended(best, poor) == {
        "a": "it is best by Mean spend R2, 90 days after each of 3 days: 0.400, and no other run is as good "
        "within what chance makes of it."
    }


def test_gaps_and_stability_decide_between_runs_that_foresee_about_as_much():
    certain = paired("a", 0.40, metrics={"gaps/share": 0.8, "stability/jaccard_min": 0.9})
    assert ranked(certain, paired("b", 0.42)) == {"a": 1, "b": 2}
    assert ranked(certain, paired("b", 0.45)) == {"b": 1, "a": 2}


def test_of_equally_simple_runs_the_stabler_is_recommended():
    shaky = paired("a", 0.40, metrics={"stability/jaccard_min": 0.65})
    assert list(recommended(shaky, paired("b", 0.395, spread=0.01))) == ["b"]


def test_what_a_plain_grid_surely_beats_is_recommended_only_where_all_is():
    beaten = paired("a", 0.40, metrics={"usefulness/beyond_best_grid_high": -0.01})
    old = useful("b", 0.3)
    assert list(recommended(beaten, old)) == ["b"]
    assert "a plain RFM grid foresees later spend better" in recommended(beaten)["a"]


def test_efforts_are_compared_by_the_draws_that_both_have():
    """`full` draws more, and the first of them are those of `standard`."""
    few = paired("b", 0.395, spread=0.01)
    few.tags["usefulness.draws"] = ",".join(few.tags["usefulness.draws"].split(",")[:40])
    assert equals(paired("a", 0.40, params={"evaluate": "full"}), few) == {"a", "b"}


def test_runs_of_before_there_were_several_days_come_after_those_that_have_them():
    old, new = useful("a", 0.9), paired("b", 0.3)
    assert ranked(old, new) == {"b": 1, "a": 2}
    board = make_leaderboard([old, new]).set_index("run_id")
    assert board["judged_by"].to_dict() == {
        "a": "Spend R2, 90 days",
        "b": "Mean spend R2, 90 days after each of 3 days",
    }


def test_calibrated_scores_are_compared_among_equal_numbers_of_segments():
    few = logged("a", {"segments/count": 3.0, "calibrated/silhouette_z": 2.0})
    many = logged("b", {"segments/count": 9.0, "calibrated/silhouette_z": 20.0})
    assert ranked(few, many) == {"a": 1, "b": 1}


def test_usefulness_is_compared_over_the_same_days():
    month = logged("a", {"usefulness/spend_r2": 0.9}, {"evaluate.holdout_days": "30"})
    assert ranked(month, logged("b")) == {"b": 1, "a": 2}
    assert equals(month, logged("b")) == {"b"}


def test_a_run_without_evidence_is_listed_with_what_to_run():
    quick = logged(
        "a", params={"evaluate": "quick", "evaluate.holdout_days": "0"},
        without=("calibrated/", "stability/", "usefulness/"),
    )  # fmt: skip
    full = logged("b")
    assert ranked(quick, full) == {"b": 1}
    assert ranked(quick, full, column="rank_in_space") == {"a": 1, "b": 1}
    assert why(quick, full)["a"] == "lacks usefulness scores: run it with evaluate=standard"


def test_where_usefulness_can_not_be_had_stability_decides():
    """A table of customers tells nothing of later days, whatever a run asks for."""
    runs = (
        logged("a", without=("usefulness/",)),
        logged("b", {"stability/jaccard_min": 0.9}, without=("usefulness/",)),
    )
    assert ranked(*runs) == {"b": 1, "a": 2}
    assert list(recommended(*runs)) == ["b"]
    nothing = logged("c", without=("usefulness/", "stability/"))
    assert why(nothing)["c"] == "lacks usefulness and stability scores: its report says why"


@pytest.mark.parametrize("lacking", ["separation/silhouette", "separation/coverage"])
def test_a_score_that_is_missing_is_not_zero(lacking):
    run = logged("a", without=(lacking,))
    assert ranked(run, column="rank_in_space") == {}
    assert why(run)["a"] == f"has no {lacking.partition('/')[2]}"


@pytest.mark.parametrize(
    ("params", "tags", "same_data", "same_space"),
    [
        ({"model": "hdbscan", "seed": "7", "model.n_clusters": "9", "evaluate": "quick"}, {}, True, True),
        ({"data.folder": "/elsewhere"}, {}, True, True),
        ({"prepare": "log_standard_again"}, {}, True, True),  # another name for the same values
        ({"prepare._target_": "Robust"}, {}, True, False),
        ({"cleaning.new_rule._target_": "Rule"}, {}, True, False),
        ({"leave_out": "[rfm_recency]"}, {}, True, False),
        ({"one_time.bought": "1"}, {}, True, False),
        ({"outliers.fence": "3"}, {}, True, False),
        (OTHER_SPACE, {}, True, False),
        ({"as_of": "2011-12-10"}, {}, False, False),
        ({"data.dates": "day_first"}, {}, False, False),
        ({}, {"data.digest": "e" * 64}, False, False),
    ],
)
def test_what_makes_runs_alike(params, tags, same_data, same_space):
    usual, other = logged("a"), logged("b", params=params, tags=tags)
    assert (identify_data(usual) == identify_data(other)) is same_data
    assert (identify_space(usual) == identify_space(other)) is same_space
    board = make_leaderboard([usual, other])
    assert len(board["data"].unique()) == (1 if same_data else 2)
    assert board.groupby(["data", "space"]).ngroups == (1 if same_space else 2)


def test_spaces_are_told_apart_in_words():
    board = make_leaderboard([logged("a"), logged("b", params={"prepare.quantile": "0.99"})])
    assert dict(zip(board["run_id"], board["space"], strict=True)) == {
        "a": "features=rfm prepare=log_standard",
        "b": "features=rfm prepare=log_standard prepare.quantile=0.99",
    }


def test_a_choice_that_was_left_open_may_be_logged_or_not():
    earlier, later = logged("a"), logged("b")
    given = {key: value for key, value in later.params.items() if key not in ("as_of", "leave_out")}
    board = make_leaderboard([earlier, replace(later, params=given)])
    assert board.groupby(["data", "space"]).ngroups == 1
    assert set(board["space"]) == {"features=rfm prepare=log_standard"}


def test_runs_on_other_data_are_not_compared():
    elsewhere = logged("b", {"stability/jaccard_min": 0.99}, tags={"data.digest": "e" * 64})
    assert ranked(logged("a"), elsewhere) == {"a": 1, "b": 1}


@pytest.mark.parametrize(
    ("params", "tags", "kinds"),
    [
        ({"model": "hdbscan"}, {}, {"separation", "usefulness"}),
        (OTHER_SPACE, {}, {"usefulness"}),
        ({"evaluate.holdout_days": "30"}, {}, {"separation"}),
        ({}, {"data.digest": "e" * 64}, set()),
    ],
)
def test_what_may_be_held_against_another_run(params, tags, kinds):
    found = select_comparable(logged("a"), logged("b", params=params, tags=tags))
    assert {name.partition("/")[0] for name in found} == kinds
