"""What a study is asked for, as plain values."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from segmentlab.evaluation import find_measure
from segmentlab.lab.tuning.space import Proposal, Space
from segmentlab.modelling import Clusterer, Transformer

COVERAGE_METRIC, SHARE_METRIC, COUNT_METRIC = (
    "separation/coverage",
    "segments/smallest_share",
    "segments/count",
)


def find_direction(objective: str) -> Literal["maximize", "minimize"]:
    """Which way Optuna is to go: nobody wants a low silhouette."""
    return "maximize" if find_measure(objective).better == "higher" else "minimize"


@dataclass(frozen=True, kw_only=True)
class StudyLimits:
    """What a segmentation has to keep for its scores to count."""

    least_coverage: float
    least_share: float
    fewest: int
    most: int

    def measure_violations(self, metrics: Mapping[str, float]) -> dict[str, float]:
        """By how much each limit that can be looked at is broken; nothing above zero is broken."""
        found = {}
        if COVERAGE_METRIC in metrics:
            found["coverage"] = self.least_coverage - metrics[COVERAGE_METRIC]
        if SHARE_METRIC in metrics:
            found["smallest_share"] = self.least_share - metrics[SHARE_METRIC]
        if (
            COUNT_METRIC in metrics
        ):  # as a share of the limit, or one segment too many would outweigh all else
            found["fewest"] = (self.fewest - metrics[COUNT_METRIC]) / self.fewest
            found["most"] = (metrics[COUNT_METRIC] - self.most) / self.most
        return found

    def name_broken(self, metrics: Mapping[str, float]) -> Iterator[str]:
        """The same in words."""
        for name, by in self.measure_violations(metrics).items():
            if by > 0:
                yield {
                    "coverage": f"coverage {metrics.get(COVERAGE_METRIC, 0):.1%} is below "
                    f"{self.least_coverage:.0%}",
                    "smallest_share": "the smallest segment holds "
                    f"{metrics.get(SHARE_METRIC, 0):.2%}, less than "
                    f"{self.least_share:.2%}",
                    "fewest": f"{metrics.get(COUNT_METRIC, 0):.0f} segments are fewer than {self.fewest}",
                    "most": f"{metrics.get(COUNT_METRIC, 0):.0f} segments are more than {self.most}",
                }[name]


@dataclass(frozen=True, kw_only=True)
class StudyBudget:
    """When a study ends: at a total of trials, after a time, or when it no longer gets better."""

    trials: int
    seconds: float | None
    patience: int | None


@dataclass(frozen=True, kw_only=True)
class StudyOrder:
    """All that decides a study beside the data and the plan of its run."""

    space: Space
    untuned: Proposal  # the model as it was typed: it may be chosen as well
    models: Mapping[str, Clusterer]
    ks: Mapping[str, range]  # per model: the numbers of segments that the final run looks at
    preparations: Mapping[str | None, Transformer]
    scored_in: Transformer
    objectives: tuple[str, ...]
    bootstraps: int  # for the stability of a trial, and of the members of the front
    splits: int  # for the prediction strength of a trial
    limits: StudyLimits
    budget: StudyBudget
    sampler: str
    choice: str
    storage: str
    study: str | None
    workers: int
    log_trials: str
    memory_gib: float
    seed: int
    digest: str  # of every choice that decides what a trial comes to
