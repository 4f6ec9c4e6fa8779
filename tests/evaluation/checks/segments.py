"""Segments that are sound, and how to spoil them: what the tests of the checks look at."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding
from segmentlab.evaluation.diagnostics import find_atoms
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.reference import Reference
from segmentlab.evaluation.separation import measure_separation
from segmentlab.testing.planted import plant_customers as customers

FEATURES, _, TRUTH = customers()
IDS = pd.Index([f"{17_000 + number}" for number in range(len(FEATURES))], name="customer_id")


def judged(
    labels: np.ndarray = TRUTH, features: pd.DataFrame = FEATURES, returns: float = 1.0, **evidence: object
) -> CheckedSegments:
    """Three groups far apart, unless something else is said."""
    logs = np.log1p(features)
    prepared = (logs - logs.mean()) / logs.std().replace(0, 1)
    found = Evidence(
        separation=measure_separation(prepared, labels, sample=1000, seed=0),
        atoms=find_atoms(features),
        **evidence,
    )
    return CheckedSegments(features, labels, found, found.metrics | {"assignment/self_agreement": returns})


def unmeasured(segments: CheckedSegments, metric: str) -> CheckedSegments:
    """The same, where nobody took that metric."""
    rest = {name: value for name, value in segments.metrics.items() if name != metric}
    return replace(segments, metrics=rest)


def measured(segments: CheckedSegments, **metrics: float) -> CheckedSegments:
    """The same with other values; `segments__count` stands for `segments/count`."""
    named: Mapping[str, float] = {name.replace("__", "/"): value for name, value in metrics.items()}
    return replace(segments, metrics={**segments.metrics, **named})


def look(check: type[Check], segments: CheckedSegments) -> list[Finding]:
    """What one check finds."""
    return list(check().look(segments))


def evidence(check: type[Check], segments: CheckedSegments) -> list[str]:
    """The sentences of what it finds."""
    return [finding.evidence for finding in look(check, segments)]


def stability(*values: float) -> pd.DataFrame:
    """How alike each segment comes back."""
    return pd.DataFrame(
        {"jaccard": values, "error": 0.01, "verdict": "x", "dissolved": 0.0, "recovered": 1.0}
    )


def reference(observed: float) -> Reference:
    """What was reached without segments is 0 to 0.5; more than that is beaten."""
    return Reference(observed, np.linspace(0, 0.5, 50))


def usefulness(beyond_high: float) -> pd.DataFrame:
    """Forecasts by segments and by the grid; segments may be better by as much as is said."""
    return pd.DataFrame(
        {"spend_r2": [0.2, 0.3], "spend_r2_beyond_high": [beyond_high, 0.0]},
        index=["segments", "baseline_rfm_grid"],
    )
