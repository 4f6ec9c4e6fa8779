"""What to think of the segments: the evidence, the words for it, and what is wrong."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from segmentlab.evaluation.checks import Check, Judged, checks
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.reference import Reference
from segmentlab.evaluation.verdict import Verdict, structure
from segmentlab.modelling.contract import Labels


@dataclass(frozen=True)
class Judgement:
    """Evidence, verdict and findings of one run."""

    evidence: Evidence
    verdict: Verdict | None  # none where nothing was compared with data without segments
    checks: Sequence[Check]

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """All of it as tables, by name; what was not measured is not there."""
        evidence = self.evidence
        found = {"checks": pd.DataFrame(self.checks, columns=[field.name for field in fields(Check)])}
        found["atoms"] = evidence.atoms.reset_index()
        if evidence.stability is not None:
            found["stability"] = evidence.stability.reset_index()
        if evidence.references:
            found["reference"] = pd.DataFrame(_reached(evidence.references))
        if evidence.usefulness is not None:
            found["usefulness"] = evidence.usefulness.reset_index()
        return found


def _reached(references: Mapping[str, Reference]) -> Iterator[dict[str, object]]:
    """A row per draw, beside what was observed."""
    for null, reference in references.items():
        for number, reached in enumerate(reference.reached.tolist()):
            yield {"null": null, "draw": number, "reached": reached, "observed": reference.observed}


def judge(
    evidence: Evidence, features: pd.DataFrame, labels: Labels, metrics: Mapping[str, float]
) -> Judgement:
    """The verdict and the checks that fire."""
    found = checks(Judged(features, labels, evidence, metrics))
    return Judgement(evidence, structure(evidence.references), found)
