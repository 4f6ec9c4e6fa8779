"""Named checks: what is wrong with a segmentation, how one knows, and what to do about it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

from segmentlab.evaluation.evidence import CEILING_FORECAST, GRID_FORECAST, SEGMENT_FORECAST, Evidence
from segmentlab.evaluation.reference import VERDICT_LEVEL
from segmentlab.evaluation.sample import draw_stratified_rows
from segmentlab.modelling import NOISE, Labels

SMALLEST_SHARE: Final = 0.02
LEAST_COVERAGE: Final = 0.8
LEAST_STABILITY: Final = 0.6  # below it a segment is not to be trusted
ONE_FEATURE_SHARE: Final = 0.95  # of customers whose segment one feature tells
CHECK_SAMPLE: Final = 20_000  # customers who show whether one feature tells the segment
SPIKE_SHARE: Final = 0.9  # of a segment on one value, and of that value in the segment
ID_CORRELATION: Final = 0.99  # rank correlation of a feature with the customers' own numbers
LEAK_R2: Final = 0.9  # R2 of later spend; nobody knows the future so well
LEAST_RETURN: Final = 0.9  # of fitted customers who get their own segment back


@dataclass(frozen=True)
class Check:
    """One finding. An error keeps a model from being promoted; a warning has to be read."""

    code: str
    title: str
    severity: Literal["error", "warning"]
    evidence: str
    advice: str


@dataclass(frozen=True)
class CheckedSegments:
    """What the checks look at."""

    features: pd.DataFrame
    labels: Labels
    evidence: Evidence
    metrics: Mapping[str, float]


def run_checks(judged: CheckedSegments) -> list[Check]:
    """Every finding, in the order of the codes."""
    return [finding for rule in CHECK_RULES for finding in rule(judged)]


def _check_tiny(judged: CheckedSegments) -> Iterator[Check]:
    share = judged.metrics.get("segments/smallest_share")
    if share is not None and share < SMALLEST_SHARE:
        yield Check(
            "SEG001",
            "A tiny segment",
            "error",
            f"The smallest segment holds {share:.1%} of the customers; at least {SMALLEST_SHARE:.0%} are "
            "expected. One blob and a few outliers score a high silhouette.",
            "Try prepare=log_standard, outliers=isolate, or fewer segments.",
        )


def _check_coverage(judged: CheckedSegments) -> Iterator[Check]:
    coverage = judged.metrics["separation/coverage"]
    if coverage < LEAST_COVERAGE:
        yield Check(
            "SEG002",
            "Many customers in no segment",
            "error",
            f"{coverage:.1%} of the customers have a segment; at least {LEAST_COVERAGE:.0%} are "
            "expected. Scores "
            "without noise flatter whoever discards the difficult customers.",
            "Allow smaller segments (model.min_cluster_size, model.eps), or choose a model without noise.",
        )


def _check_unstable(judged: CheckedSegments) -> Iterator[Check]:
    table = judged.evidence.stability
    if table is None:
        return
    weak = table[table["jaccard"] < LEAST_STABILITY]
    if len(weak):
        told = ", ".join(f"{segment!s} ({value:.2f})" for segment, value in weak["jaccard"].items())
        yield Check(
            "SEG003",
            "Unstable segments",
            "error",
            f"Resampled customers do not give these segments again (bootstrap Jaccard): {told}; at least "
            f"{LEAST_STABILITY} is expected.",
            "Choose a number of segments at which all are stable: see the views over k.",
        )


def _check_against_null(judged: CheckedSegments) -> Iterator[Check]:
    references = judged.evidence.references
    if references and min(one.p_value for one in references.values()) > VERDICT_LEVEL:
        told = ", ".join(f"{null} p={one.p_value:.2f}" for null, one in references.items())
        yield Check(
            "SEG004",
            "No better than data without segments",
            "error",
            f"The same method separates structureless data as well: {told}.",
            "Use other features, or call the result a cut for convenience and not a finding.",
        )


def _check_against_rfm(judged: CheckedSegments) -> Iterator[Check]:
    table = judged.evidence.usefulness
    if table is None or "spend_r2_beyond_high" not in table.columns:
        return
    r2 = table["spend_r2"].to_dict()
    if table["spend_r2_beyond_high"].to_dict()[SEGMENT_FORECAST] <= 0:
        yield Check(
            "SEG005",
            "No better than a grid of RFM quantiles",
            "warning",
            f"Later spend is foreseen worse than by as many RFM cells: R2 {r2[SEGMENT_FORECAST]:.3f} against "
            f"{r2[GRID_FORECAST]:.3f}.",
            "Add features that say more about the future, or use the grid.",
        )


def _check_one_feature(judged: CheckedSegments) -> Iterator[Check]:
    real = judged.labels != NOISE
    if judged.features.shape[1] < 2 or len(np.unique(judged.labels[real])) < 2:
        return
    rows = np.flatnonzero(real)
    rows = rows[draw_stratified_rows(judged.labels[rows], CHECK_SAMPLE, seed=0)]
    share, feature = max(
        (_compute_told_share(values.to_numpy()[rows], judged.labels[rows]), str(name))
        for name, values in judged.features.items()
    )
    if share >= ONE_FEATURE_SHARE:
        yield Check(
            "SEG006",
            "One feature decides all",
            "warning",
            f"'{feature}' alone tells the segment of {share:.1%} of the customers.",
            "Prepare the features alike (prepare=log_standard), or segment by this feature and say so.",
        )


def _compute_told_share(values: np.ndarray, labels: Labels) -> float:
    """The share of customers whose segment follows from one feature, by cuts as many as segments need."""
    from sklearn.tree import DecisionTreeClassifier

    leaves = 2 * len(np.unique(labels))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(values[:, None], labels)
    return float(tree.score(values[:, None], labels))


def _check_like_an_id(judged: CheckedSegments) -> Iterator[Check]:
    ids = pd.Series(judged.features.index.astype(str))
    numbers = ids.str.extract(r"(\d+)", expand=False).astype("float64").rank().to_numpy()
    if np.isnan(numbers).any() or len(numbers) < 3 or np.ptp(numbers) == 0:
        return
    for name, values in judged.features.items():
        ranks = values.rank().to_numpy()
        if np.ptp(ranks) == 0:
            continue
        likeness = abs(np.corrcoef(numbers, ranks)[0, 1])
        if likeness >= ID_CORRELATION:
            yield Check(
                "SEG007",
                "An id among the features",
                "error",
                f"'{name}' orders the customers as their ids do (rank correlation {likeness:.3f}).",
                f"Leave it out: leave_out=[{name}].",
            )


def _check_leak(judged: CheckedSegments) -> Iterator[Check]:
    """Lines of later days are out of reach; a column of a customers table may be as of today."""
    table = judged.evidence.usefulness
    if table is None or CEILING_FORECAST not in table.index or "spend_r2" not in table.columns:
        return
    foreseen = table["spend_r2"].to_dict()[CEILING_FORECAST]
    if foreseen >= LEAK_R2:
        yield Check(
            "SEG007",
            "A leak among the features",
            "error",
            f"The features foresee the spend of later days almost exactly (R2 {foreseen:.3f}): one of them "
            "knows it already.",
            "Look for columns of the customers table that are as of today, and leave them out (leave_out).",
        )


def _check_spike(judged: CheckedSegments) -> Iterator[Check]:
    atoms = judged.evidence.atoms
    for name, value in atoms.loc[atoms["share"] >= SMALLEST_SHARE, "value"].items():
        on_it = judged.features[name].to_numpy() == value
        for segment in np.unique(judged.labels[judged.labels != NOISE]):
            own = judged.labels == segment
            if on_it[own].mean() >= SPIKE_SHARE and own[on_it].mean() >= SPIKE_SHARE:
                yield Check(
                    "SEG008",
                    "A discrete spike as a segment",
                    "warning",
                    f"Segment {segment} is '{name}' = {value:g} and little else "
                    f"({on_it[own].mean():.0%} of it).",
                    "Set one-time buyers apart (one_time=apart), or leave the feature out.",
                )


def _check_does_not_return(judged: CheckedSegments) -> Iterator[Check]:
    share = judged.metrics.get("assignment/self_agreement")
    if share is not None and share < LEAST_RETURN:
        yield Check(
            "SEG009",
            "Scoring does not give the segments back",
            "error",
            f"Only {share:.1%} of the fitted customers get their own segment when they are scored.",
            "Choose a model that predicts by itself, such as model=kmeans or model=gaussian_mixture.",
        )


def _check_no_segments(judged: CheckedSegments) -> Iterator[Check]:
    count = int(judged.metrics["segments/count"])
    if count < 2:
        yield Check(
            "SEG010",
            "Fewer than two segments",
            "error",
            f"The model found {count} segment{'s' if count != 1 else ''}.",
            "Loosen the model's parameters, or choose another model.",
        )


CHECK_RULES: Final[tuple[Callable[[CheckedSegments], Iterator[Check]], ...]] = (
    _check_tiny,
    _check_coverage,
    _check_unstable,
    _check_against_null,
    _check_against_rfm,
    _check_one_feature,
    _check_like_an_id,
    _check_leak,
    _check_spike,
    _check_does_not_return,
    _check_no_segments,
)
