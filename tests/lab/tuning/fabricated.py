"""A study whose trials cost nothing: what a proposal comes to is written down here."""

import time
from pathlib import Path
from typing import Any

from sklearn.preprocessing import FunctionTransformer

from segmentlab.lab.tuning.order import StudyBudget, StudyLimits, StudyOrder
from segmentlab.lab.tuning.space import ChoiceList, DecimalRange, Proposal, Space, TrialOutcome, WholeRange
from segmentlab.lab.tuning.study import Study, StudyStanding

SILHOUETTE, DAVIES_BOULDIN = "separation/silhouette", "separation/davies_bouldin"
SPACE = Space(
    {
        "kmeans": {"n_clusters": WholeRange(2, 20)},
        "hdbscan": {
            "min_samples": WholeRange(3, 50),
            "share": DecimalRange(0.0, 1.0),
            "how": ChoiceList(("eom", "leaf")),
        },
    }
)


def order(storage: Path | str, trials: int = 20, **changed: Any) -> StudyOrder:
    """An order for a study of both models."""
    given: dict[str, Any] = {
        "space": SPACE,
        "untuned": Proposal("kmeans", {}),
        "models": {},
        "ks": {},
        "preparations": {},
        "scored_in": FunctionTransformer(),
        "objectives": (SILHOUETTE, DAVIES_BOULDIN),
        "bootstraps": 2,
        "splits": 1,
        "limits": StudyLimits(least_coverage=0.8, least_share=0.01, fewest=2, most=15),
        "budget": StudyBudget(trials=trials, seconds=None, patience=None),
        "sampler": "tpe",
        "choice": "knee",
        "storage": str(storage),
        "study": None,
        "workers": 1,
        "log_trials": "all",
        "memory_gib": 1.0,
        "seed": 0,
        "digest": "one",
    }
    return StudyOrder(**{**given, **changed})


def score(proposal: Proposal) -> TrialOutcome:
    """Good around eight segments; few samples find one segment only, many leave customers out."""
    given: dict[str, Any] = dict(proposal.parameters)
    if proposal.model == "kmeans":
        k = given["n_clusters"]
        return outcome(1 / k, 0.1 + abs(k - 8) / 10, count=k, share=0.5 / k)
    if given["min_samples"] < 10:
        return TrialOutcome(
            {"segments/count": 1.0, "separation/coverage": 0.9}, "one segment, two are needed"
        )
    return outcome(0.1 + given["share"] / 5, given["share"], coverage=1.2 - given["min_samples"] / 50)


def slowly(proposal: Proposal) -> TrialOutcome:
    """The same, and long enough to be killed in it."""
    time.sleep(0.02)
    return score(proposal)


def outcome(
    silhouette: float, davies_bouldin: float, *, coverage: float = 1.0, count: int = 3, share: float = 0.2
) -> TrialOutcome:
    """All that a trial is asked for."""
    return TrialOutcome(
        {
            SILHOUETTE: silhouette,
            DAVIES_BOULDIN: davies_bouldin,
            "separation/coverage": coverage,
            "segments/count": float(count),
            "segments/smallest_share": share,
        }
    )


def worked(name: str, asked: StudyOrder) -> StudyStanding:
    """How a study stands after it was worked on to its end."""
    with Study(name, asked) as study:
        study.work(score, lambda: None, lambda _standing: None)
        return study.read_standing()


def work(name: str, asked: StudyOrder) -> None:
    """What a process of its own does."""
    with Study(name, asked) as study:
        study.work(slowly, lambda: None, lambda _standing: None)
