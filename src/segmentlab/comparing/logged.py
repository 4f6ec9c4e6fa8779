"""A run as the store tells of it: what was chosen, what was measured, what was noticed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

COMPARISON: Final = "comparison"  # the kind of a run that compares others
KIND_TAG: Final = "segmentlab.kind"
DIGEST_TAG: Final = "data.digest"


@dataclass(frozen=True)
class LoggedRun:
    """One finished run, without its files."""

    run_id: str
    name: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def is_segmentation(self) -> bool:
        """Whether the run segmented data; a comparison, or a run that somebody else keeps here, did not."""
        return DIGEST_TAG in self.tags and self.tags.get(KIND_TAG) != COMPARISON

    @property
    def errors(self) -> int:
        """How many checks fired as errors; none where nothing was checked."""
        return int(self.tags.get("checks.errors", "0"))

    def metric(self, name: str) -> float:
        """A number that the run measured, NaN where it could not."""
        return self.metrics.get(name, math.nan)
