"""Each check fires where it should, and stays silent where it should not."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation.checks import Check, CheckedSegments, run_checks
from segmentlab.evaluation.diagnostics import find_atoms
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.reference import Reference, judge_structure
from segmentlab.evaluation.separation import measure_separation
from tests.planted import customers

FEATURES, _, TRUTH = customers()


def judged(
    labels: np.ndarray = TRUTH, features: pd.DataFrame = FEATURES, returns: float = 1.0, **evidence: object
) -> CheckedSegments:
    logs = np.log1p(features)
    prepared = (logs - logs.mean()) / logs.std().replace(0, 1)
    found = Evidence(
        separation=measure_separation(prepared, labels, sample=1000, seed=0),
        atoms=find_atoms(features),
        **evidence,
    )
    return CheckedSegments(features, labels, found, found.metrics | {"assignment/self_agreement": returns})


def codes(case: CheckedSegments) -> list[str]:
    return [finding.code for finding in run_checks(case)]


def stability(*values: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"jaccard": values, "error": 0.01, "verdict": "x", "dissolved": 0.0, "recovered": 1.0}
    )


def reference(observed: float) -> Reference:
    return Reference(observed, np.linspace(0, 0.5, 50))


def usefulness(beyond_high: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"spend_r2": [0.2, 0.3], "spend_r2_beyond_high": [beyond_high, 0.0]},
        index=["segments", "baseline_rfm_grid"],
    )


def one_small() -> np.ndarray:
    labels = TRUTH.copy()
    labels[labels == 2] = 1
    labels[0] = 2
    return labels


def by_recency() -> np.ndarray:
    return (FEATURES["rfm_recency"] > FEATURES["rfm_recency"].median()).astype(int).to_numpy()


IDS = pd.Index([f"{17_000 + number}" for number in range(len(FEATURES))], name="customer_id")
once = FEATURES.assign(rfm_frequency=np.where(TRUTH == 2, 1.0, 2.0 + np.arange(len(FEATURES))))
noisy = np.where(np.arange(len(TRUTH)) % 2 == 0, -1, TRUTH)

CASES = {
    "SEG001": judged(one_small()),
    "SEG002": judged(noisy),
    "SEG003": judged(stability=stability(0.9, 0.55, 0.95)),
    "SEG004": judged(references={"gaussian": reference(0.1), "permuted": reference(0.2)}),
    "SEG005": judged(usefulness=usefulness(-0.01)),
    "SEG006": judged(by_recency()),
    "SEG007": judged(
        features=FEATURES.set_index(IDS).assign(rfm_id=np.arange(17_000.0, 17_000 + len(FEATURES)))
    ),
    "SEG008": judged(features=once),
    "SEG009": judged(returns=0.5),
    "SEG010": judged(np.zeros(len(TRUTH), dtype=int)),
}


@pytest.mark.parametrize("code", CASES)
def test_it_fires(code: str) -> None:
    assert code in codes(CASES[code])


def test_good_segments_pass_every_check_but_that_of_one_feature() -> None:
    """The planted groups lie apart in every feature, so any one of them tells the segment."""
    sound = judged(
        features=FEATURES.set_index(IDS),
        stability=stability(0.9, 0.95, 0.99),
        references={"gaussian": reference(0.6), "permuted": reference(0.6)},
        usefulness=usefulness(0.05),
    )
    assert set(codes(sound)) <= {"SEG006"}


def test_a_finding_says_how_one_knows_and_what_to_do() -> None:
    for case in CASES.values():
        for finding in run_checks(case):
            assert isinstance(finding, Check)
            assert finding.evidence.endswith(".")
            assert finding.advice.endswith(".")


def test_the_26_wholesalers_are_refused() -> None:
    """Raw scaling, k=2: silhouette .896 with sizes 4312 and 26. The checks name both reasons."""
    labels = np.repeat([0, 1], [4312, 26])
    points = np.random.default_rng(0).normal(size=(4338, 3)) + 30 * labels[:, None]
    features = pd.DataFrame(points, columns=["rfm_recency", "rfm_frequency", "rfm_monetary"])
    case = judged(labels, np.exp(features / 10))
    case = replace(case, evidence=replace(case.evidence, stability=stability(0.99, 0.36)))
    assert case.metrics["separation/silhouette"] > 0.8
    assert {"SEG001", "SEG003"} <= set(codes(case))


@pytest.mark.parametrize(
    ("observed", "words"),
    [
        ({"gaussian": 0.6, "permuted": 0.6, "copula": 0.6}, "natural clusters"),
        ({"gaussian": 0.1, "permuted": 0.6, "copula": 0.6}, "a partition of a continuum"),
        ({"gaussian": 0.1, "permuted": 0.1, "copula": 0.1}, "no structure"),
    ],
)
def test_the_verdict_follows_from_every_null(observed: dict[str, float], words: str) -> None:
    found = judge_structure({null: reference(value) for null, value in observed.items()})
    assert found is not None
    assert found.kind == words
    assert "p=" in found.reason


def test_features_that_know_the_future_are_a_leak() -> None:
    """A column of the customers table that is as of today tells what the holdout must not know."""
    table = pd.DataFrame({"spend_r2": [0.4, 0.97]}, index=["segments", "ceiling_features"])
    assert "SEG007" in codes(judged(usefulness=table))
    honest = table.assign(spend_r2=[0.4, 0.6])
    assert "SEG007" not in codes(judged(usefulness=honest))


def test_without_a_null_there_is_no_verdict() -> None:
    assert judge_structure({}) is None
