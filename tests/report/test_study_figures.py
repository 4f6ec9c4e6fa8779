"""The data steps of a study's figures."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.measure import Measure
from segmentlab.evaluation.metrics import find_measure
from segmentlab.report.figures.study_front import (
    StudyTable,
    describe_study_trials,
    draw_study_front,
    group_trials,
)
from segmentlab.report.figures.study_history import list_trial_scores, sort_importances
from segmentlab.report.figures.study_slices import make_study_slice
from segmentlab.report.pictures import draw_study_pictures

SCORE, ERROR = find_measure("separation/silhouette"), find_measure("separation/davies_bouldin")
TRIALS = pd.DataFrame(
    {
        "number": [0, 1, 2, 3, 4],
        "feasible": [True, False, True, True, False],
        "reason": ["", "too <small>", "", "", "one segment"],
        "on_front": [False, False, True, True, False],
        "chosen": [False, False, False, True, False],
        "k": [2, 3, 4, 5, 6],
        "how": ["eom", "leaf", "leaf", "eom", "eom"],
        SCORE.name: [0.2, 0.9, 0.5, 0.3, np.nan],
        ERROR.name: [1.2, 0.1, 1.0, 0.8, np.nan],
    }
)
TABLE = StudyTable(TRIALS, [SCORE, ERROR], ["k", "how"])


def test_every_scored_trial_is_in_one_group_and_the_front_in_order():
    found = group_trials(TABLE)
    assert [part["number"].tolist() for part in found] == [[1], [0], [2], [3]]
    assert "4 trials that have both scores, of 5" in draw_study_front(TABLE).caption


def test_the_front_is_connected_through_the_chosen_one():
    lines = [trace for trace in draw_study_front(TABLE).figure.data if trace.mode == "lines"]
    assert [list(line.x) for line in lines] == [[0.3, 0.5]]


def test_three_objectives_have_no_line_in_a_plane():
    three = TABLE._replace(objectives=[SCORE, ERROR, find_measure("stability/jaccard_min")])
    drawn = draw_study_front(three)
    assert all(trace.mode == "markers" for trace in drawn.figure.data)
    assert "a further objective" in drawn.caption


@pytest.mark.parametrize(
    ("objective", "best"), [(SCORE, [0.2, 0.2, 0.5, 0.5]), (ERROR, [1.2, 1.2, 1.0, 0.8])]
)
def test_the_best_so_far_is_that_of_feasible_trials(objective: Measure, best: list[float]):
    trials = list_trial_scores(TABLE, objective)
    assert trials["best"].tolist() == best
    assert trials["value"].tolist() == TRIALS[objective.name].iloc[:4].tolist()


def test_before_the_first_feasible_trial_there_is_no_best():
    first = TABLE._replace(trials=TRIALS.assign(feasible=TRIALS["number"] >= 2))
    assert list_trial_scores(first, SCORE)["best"].isna().tolist() == [True, True, False, False]


def test_numbers_stand_where_they_are_and_words_side_by_side():
    assert make_study_slice(TABLE, "k", SCORE).places.tolist() == [2, 3, 4, 5]
    strips = make_study_slice(TABLE, "how", SCORE)
    assert strips.choices == ["eom", "leaf"]
    assert strips.places.round().tolist() == [0, 1, 1, 0]
    assert len(set(strips.places)) == 4


def test_a_slice_leaves_out_trials_of_models_without_the_parameter():
    part = TABLE._replace(trials=TRIALS.assign(k=TRIALS["k"].where(TRIALS["k"] > 3)))
    assert make_study_slice(part, "k", SCORE).trials["number"].tolist() == [2, 3]


def test_the_most_important_parameter_is_drawn_on_top():
    shares = pd.DataFrame({SCORE.name: [0.7, 0.1, 0.2]}, index=["k", "how", "tol"])
    assert sort_importances(shares).index.tolist() == ["how", "tol", "k"]


def test_a_trial_is_told_with_its_parameters_and_its_reason_and_no_markup():
    assert describe_study_trials(TRIALS.iloc[[1]], ["k", "how"]) == [
        "trial 1<br>k = 3<br>how = leaf<br>too &lt;small&gt;"
    ]


def test_one_objective_has_no_front():
    names = [picture.name for picture in draw_study_pictures(TABLE._replace(objectives=[SCORE]), None)]
    assert names == ["study_history", "study_slices"]
