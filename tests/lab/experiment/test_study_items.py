"""What a study tells and leaves behind."""

from pathlib import Path

import pytest

from segmentlab.lab.experiment.study_items import (
    SHOWN_ALTERNATIVES,
    ChosenTrial,
    describe_chosen_trial,
    make_study_table,
)
from segmentlab.lab.tuning.candidate import rank_front
from segmentlab.lab.tuning.importance import compute_importances
from segmentlab.lab.tuning.space import Space, WholeRange
from segmentlab.lab.tuning.study import Study
from segmentlab.report.pictures import draw_study_pictures
from segmentlab.report.raster.canvas import paint_png
from tests.commands import SMALL, Lab
from tests.lab.tuning.fabricated import SPACE, order, score


def test_a_study_is_told_with_what_else_there_was(tmp_path: Path) -> None:
    with Study("study", order(tmp_path, trials=60)) as study:
        study.work(score, lambda: None, lambda _standing: None)
        standing = study.read_standing()
    by_rule = rank_front(standing.front, standing.objectives, "knee")
    assert len(by_rule) > SHOWN_ALTERNATIVES
    chosen = ChosenTrial(by_rule[1], ("Trial 0 was passed over.",))
    told = "\n".join(
        describe_chosen_trial(study, standing, chosen, "enough", lambda one: [f"trial={one.number}"])
    )
    assert f"has ended: enough. {standing.feasible} of 60 trials are feasible" in told
    assert "Trial 0 was passed over." in told
    assert f"By the rule 'knee' the segments are those of trial {by_rule[1].number} (" in told
    others = [one for one in by_rule if one is not by_rule[1]]
    told_of = [one for one in others if f"python src/run.py trial={one.number}\n" in told]
    assert told_of == others[:SHOWN_ALTERNATIVES], "the nearest by the rule, and never the chosen one"
    assert told.endswith("with tune.trials=120 goes on with this study.")


def test_a_study_that_tried_everything_does_not_ask_for_more(tmp_path: Path) -> None:
    space = Space({"kmeans": {"n_clusters": WholeRange(2, 9)}})
    with Study("study", order(tmp_path, trials=60, space=space)) as study:
        study.work(score, lambda: None, lambda _standing: None)
        standing = study.read_standing()
    told = describe_chosen_trial(study, standing, ChosenTrial(standing.front[0], ()), "enough", lambda _: [])
    assert told[-1] == "Every setting of its space was tried."


def test_a_study_over_several_models_is_drawn(tmp_path: Path) -> None:
    with Study("study", order(tmp_path, trials=60)) as study:
        study.work(score, lambda: None, lambda _standing: None)
        standing = study.read_standing()
    table = make_study_table(standing, ChosenTrial(standing.front[0], ()))
    assert set(table.parameters) > {"model", "kmeans.n_clusters", "hdbscan.how"}
    assert table.trials["chosen"].sum() == 1
    assert [one.better for one in table.objectives] == ["higher", "lower"]
    assert isinstance(compute_importances(standing.trials, SPACE, standing.objectives), str)
    for picture in draw_study_pictures(table, None):
        assert paint_png(picture.figure, title=picture.title, width=900, height=560)


@pytest.mark.slow
def test_the_figures_of_a_study_are_in_its_report_and_beside_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    overrides = ("model=hierarchical", "tune=optuna", "tune.trials=40", "evaluate=quick", "report=summary")
    done = lab.run(SMALL, *overrides, f"tune.storage={tmp_path / 'studies'}")
    assert done.returncode == 0, done.stderr
    [run] = [run for run in lab.runs() if "segmentlab.trial" not in run.data.tags]
    page = lab.download(run, "report/report.html").read_text(encoding="utf-8")
    assert ">Tuning<" in page
    for name in ("study_choice", "study_front", "study_history", "study_slices"):
        assert lab.download(run, f"figures/{name}.png").stat().st_size > 5_000
        assert name in page
    assert f"{SMALL} model=hierarchical evaluate=quick report=summary model.n_clusters=" in done.stdout
