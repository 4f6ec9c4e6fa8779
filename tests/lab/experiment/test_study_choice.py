"""The trial that becomes the run's: the first by the rule that no check calls an error."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sklearn.base import clone

from segmentlab.errors import ConfigError
from segmentlab.evaluation.checks.sizes import LEAST_COVERAGE, SMALLEST_SHARE
from segmentlab.evaluation.choice import EVIDENCE
from segmentlab.features.feature_set import Column
from segmentlab.features.table import FeatureTable
from segmentlab.flow.result import DescribedCustomers, Plan
from segmentlab.lab.config.settings import read_tuning
from segmentlab.lab.experiment.study_items import ChosenTrial
from segmentlab.lab.experiment.tune import choose_candidate
from segmentlab.lab.tuning.laboratory import Laboratory
from segmentlab.lab.tuning.space import Proposal
from segmentlab.lab.tuning.study import StudyStanding
from segmentlab.lab.tuning.trials import Trial
from segmentlab.lab.tuning.weighing import UNTUNED
from segmentlab.testing.planted import plant_customers as customers
from segmentlab.transactions.dataset import SourceFacts
from tests.configs import composed, planned
from tests.lab.tuning.fabricated import DAVIES_BOULDIN, SILHOUETTE, order


def usual_plan() -> Plan:
    return planned("model=kmeans", "evaluate=quick")


FRAME = customers(per_segment=100)[0]
COLUMNS = tuple(Column(name, "", "") for name in FRAME)
DESCRIBED = DescribedCustomers(
    SourceFacts(name="shop", source="a shop", digest="sha256:0"), FeatureTable(FRAME, COLUMNS, None, {})
)
GOOD, BAD = 3, 40  # segments: three are planted, and forty are cut out of them


def standing(*sizes: int) -> StudyStanding:
    """A front whose members come in this order by the rule `first`, each with its number of segments."""
    trials = [
        Trial(
            number=number,
            state="scored",
            proposal=Proposal("kmeans", {"n_clusters": k}),
            tried={"kmeans.n_clusters": k},
            metrics={SILHOUETTE: 1 - number / 100, DAVIES_BOULDIN: 1 - number / 100},
        )
        for number, k in enumerate(sizes)
    ]
    return StudyStanding(tuple(trials), (SILHOUETTE, DAVIES_BOULDIN))


def chosen(
    found: StudyStanding,
    folder: Path,
    stopped: Callable[[], str | None] = lambda: None,
    rule: str = "first",
    untuned: int = GOOD,
) -> ChosenTrial:
    models = {"kmeans": clone(usual_plan().model).set_params(n_clusters=untuned)}
    asked = order(
        folder,
        models=models,
        ks={"kmeans": range(2)},
        preparations={None: usual_plan().preparation},
        choice=rule,
    )
    laboratory = Laboratory(
        FRAME, (), (), usual_plan().preparation, asked.preparations, usual_plan().projection, models,
        sample=1_000, memory_gib=1.0, seed=0, objectives=asked.objectives,
    )  # fmt: skip
    return choose_candidate(asked, usual_plan(), DESCRIBED, found, stopped, laboratory)


def test_who_fails_a_check_is_passed_over_and_it_is_said(tmp_path: Path) -> None:
    found = chosen(standing(BAD, GOOD, GOOD), tmp_path)
    assert found.trial.number == 1
    [note] = found.notes
    assert note.startswith("Trial 0 was passed over: SEG001 A tiny segment")


def test_where_all_fail_the_rule_decides(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "segmentlab.tuning"):
        found = chosen(standing(*[BAD] * 3), tmp_path, untuned=BAD)
    assert found.trial.number == 0
    assert found.notes[-1] == "No trial passes all checks, so trial 0 was chosen by the rule."
    assert caplog.messages == [
        "1 of 4, trial 0",
        "2 of 4, trial 1",
        "3 of 4, trial 2",
        "4 of 4, trial untuned",
    ]


def test_the_untuned_model_is_better_than_what_is_refused(tmp_path: Path) -> None:
    """Rule 18: no study ends on a refused result while an acceptable one exists."""
    found = chosen(standing(*[BAD] * 6), tmp_path)
    assert found.trial.number == UNTUNED
    assert found.trial.proposal.parameters == {}
    assert len(found.notes) == 6


def test_evidence_takes_the_planted_groups_and_not_the_best_silhouette(tmp_path: Path) -> None:
    """Rule 18: objectives propose; who is first by them is not who is chosen."""
    found = chosen(standing(2, 6, GOOD), tmp_path, rule="evidence", untuned=5)
    assert found.trial.proposal.parameters == {"n_clusters": GOOD}
    assert found.weighed is not None
    table = found.weighed.tabulate()
    assert set(table["evidence"]) <= set(EVIDENCE)
    assert table.set_index("evidence")["trial"]["gaps"] == "2"


def test_evidence_chooses_also_where_the_untuned_model_finds_one_segment(tmp_path: Path) -> None:
    found = chosen(standing(2, 6, GOOD), tmp_path, rule="evidence", untuned=1)
    assert found.weighed is not None
    assert found.weighed.default is None
    assert "likeness_untuned" not in found.weighed.tabulate()
    assert found.trial.proposal.parameters == {"n_clusters": GOOD}


def test_evidence_keeps_what_was_typed_where_nothing_is_clearly_better(tmp_path: Path) -> None:
    found = chosen(standing(2, 6), tmp_path, rule="evidence", untuned=GOOD)
    assert found.trial.number == UNTUNED
    assert found.weighed is not None
    assert found.weighed.trials[found.weighed.default] is found.trial


def test_a_member_that_can_not_be_fitted_is_passed_over(tmp_path: Path) -> None:
    found = chosen(standing(5000, GOOD), tmp_path)
    assert found.trial.number == 1
    assert "Trial 0 was passed over: " in found.notes[0]


@pytest.mark.parametrize(("pressed_before", "number"), [(1, 0), (2, 1)])
def test_who_stops_the_judging_gets_the_next_by_the_rule(
    pressed_before: int, number: int, tmp_path: Path
) -> None:
    looks = iter([None] * (pressed_before - 1))
    found = chosen(standing(BAD, BAD, GOOD), tmp_path, lambda: next(looks, "it was interrupted"))
    assert found.trial.number == number
    assert found.notes[-1] == f"Trial {number} was not judged: it was interrupted."


def test_nothing_feasible_is_no_choice(tmp_path: Path) -> None:
    found = standing(GOOD)
    refused = replace(found, trials=tuple(replace(one, reason="too small") for one in found.trials))
    with pytest.raises(ConfigError, match="No trial of 1 is feasible"):
        chosen(refused, tmp_path)


def test_what_is_feasible_is_no_error_by_its_size_or_coverage() -> None:
    tune = read_tuning(composed("tune=optuna"))
    assert tune is not None
    assert tune.least_share >= SMALLEST_SHARE
    assert tune.least_coverage >= LEAST_COVERAGE
