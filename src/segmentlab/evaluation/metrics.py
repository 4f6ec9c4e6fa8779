"""Every metric there is, once: its words, its direction, where it is shown, and what it may decide.

Terminal, report, leaderboard, k table, tuning and docs/metrics.md read this table. A new metric is one entry:
with `compute`, runs, trials and the k table have it from here; without, the function that `computed_by`
names puts it among a run's metrics under its name. Lists that people see keep this order.
"""

from collections.abc import Sequence
from functools import cache
from typing import Final

from segmentlab.evaluation.k_rules import (
    ALWAYS_FALLS,
    FARTHEST_BELOW,
    LARGEST_STRONG,
    LARGEST_WHOLE,
    RULE_OF_THE_GAP,
    STRONG_PREDICTION,
)
from segmentlab.evaluation.later_metrics import LATER_MEASURES
from segmentlab.evaluation.measure import KView, Measure, Rank
from segmentlab.evaluation.scores import compute_calinski_harabasz, compute_davies_bouldin

MEASURES: Final[tuple[Measure, ...]] = (
    # How separated the segments are, in the prepared features and without noise.
    Measure(
        "separation/within_variance", "Variance within segments",
        "Squared distance to the middle of the own segment, mean over customers and features: where features "
        "are standardised, the share of the variance that the segments leave.",
        "evaluation.separation.measure_separation",
        better="lower",
    ),
    Measure(
        "inertia", "Inertia, the elbow",
        "Squared distances to the middle of the own segment, in all: they fall with every segment added.",
        "evaluation.scores.compute_inertia",
        better="lower", view=KView("inertia", ALWAYS_FALLS),
    ),
    Measure(
        "separation/silhouette", "Silhouette",
        "How much closer customers are to their own segment than to the next: 1 is apart, 0 is touching.",
        "evaluation.separation.measure_separation",
        better="higher", interval=True, shown=("terminal", "report", "card"),
        rank=Rank("space", required=True), view=KView("silhouette"), objective=True, in_trials=True,
    ),
    Measure(
        "separation/silhouette_macro", "Silhouette, mean of segments",
        "The same with every segment counting alike, so that one large segment can't carry it.",
        "evaluation.separation.measure_separation",
        better="higher", shown=("terminal", "report"), objective=True, in_trials=True,
    ),
    Measure(
        "separation/silhouette_standard_error", "Standard error of the silhouette",
        "How sure a silhouette from a sample is: missing where all customers were scored.",
        "evaluation.separation.measure_separation",
        in_trials=True,
    ),
    Measure(
        "separation/simplified_silhouette", "Simplified silhouette",
        "The silhouette of all customers where they stay in Spark, by distances to the middles of segments: "
        "it is higher than the silhouette, and compares with itself only.",
        "evaluation.sums.put_sums",
        better="higher", shown=("terminal", "report"),
    ),
    Measure(
        "separation/davies_bouldin", "Davies-Bouldin",
        "Spread within segments against the distance between them: lower is better.",
        "evaluation.scores.compute_davies_bouldin",
        better="lower", shown=("terminal", "report"), rank=Rank("space", required=True),
        view=KView("davies_bouldin"), objective=True, in_trials=True, compute=compute_davies_bouldin,
    ),
    Measure(
        "separation/calinski_harabasz", "Calinski-Harabasz",
        "Variation between segments against variation within: higher is better, for the same data only.",
        "evaluation.scores.compute_calinski_harabasz",
        better="higher", shown=("report",), view=KView("calinski_harabasz"),
        objective=True, in_trials=True, compute=compute_calinski_harabasz,
    ),
    Measure(
        "separation/dbcv", "DBCV",
        "Whether sparse places part dense ones, -1 to 1, of models that find their own number of segments: "
        "compares parameters within one scoring space and nothing else, so no rank uses it.",
        "evaluation.diagnostics.compute_dbcv",
        better="higher", objective=True,
    ),
    Measure(
        "separation/coverage", "Coverage",
        "Share of customers that belong to a segment; the rest are called noise.",
        "evaluation.separation.measure_separation",
        better="higher", unit="share", shown=("terminal", "report", "card"), in_trials=True,
    ),
    # What the segments are.
    Measure(
        "segments/count", "Segments",
        "How many segments there are, noise apart.",
        "evaluation.separation.measure_separation",
        unit="count", shown=("report", "card"), in_trials=True,
    ),
    Measure(
        "segments/smallest_share", "Smallest segment",
        "Share of customers in the smallest segment: a tiny one is hard to act on.",
        "evaluation.separation.measure_separation",
        unit="share", shown=("report",), in_trials=True,
    ),
    Measure(
        "segments/rule_fidelity", "Fidelity of the rules",
        "How often the rules in words tell a customer's own segment: 1 is always.",
        "segments.rules.explain_segments",
        better="higher", unit="share",
    ),
    Measure(
        "segments/name_truth", "Least truth of a name",
        "The smallest share of a segment's customers of whom its name is true, among the names that say "
        "something of customers.",
        "segments.states.share_true",
        unit="share", shown=("card",),
    ),
    # Scores that compare feature sets: random segmentations fall with every column as well.
    Measure(
        "calibrated/silhouette_z", "Silhouette z",
        "Standard deviations by which the silhouette is better than those of random segmentations of the "
        "same points: compares feature sets, for as many segments.",
        "evaluation.calibration.calibrate_scores",
        better="higher", interval=True, draws="random",
        rank=Rank(
            "beside",
            note="z: standard deviations above random segmentations of the same customers, to be compared "
            "among runs with as many segments;",
        ),
    ),
    Measure(
        "calibrated/davies_bouldin_z", "Davies-Bouldin z",
        "The same for Davies-Bouldin, turned: here higher is better.",
        "evaluation.calibration.calibrate_scores",
        better="higher", interval=True, draws="random",
        rank=Rank(
            "beside", heading="DB z",
            note="DB is Davies-Bouldin, and higher is better here.",
        ),
    ),
    # Whether there is anything at all, and whether it is found again.
    Measure(
        "gaps/groups", "Groups of segments",
        "Groups that the segments form when those are joined between which no gap is certain: as many as "
        "segments where each is a group of its own, 1 where they divide a continuum.",
        "evaluation.groups.look_for_gaps",
        unit="count", draws="gaps",
    ),
    Measure(
        "gaps/groups_found", "Groups without the segments",
        "Groups with gaps between them that a look finds which leaves the segments aside.",
        "evaluation.groups.count_groups",
        unit="count", draws="gaps",
    ),
    Measure(
        "gaps/share", "Borders with a gap",
        "Share of the borders between segments on which customers are rarer than within both.",
        "evaluation.gaps.find_borders",
        better="higher", unit="share", draws="gaps", shown=("report",), view=KView("gaps", LARGEST_WHOLE),
    ),
    Measure(
        "reference/p_<null>", "As good without segments",
        "Share of data sets without segments that do as well, for each null (gaussian, permuted, copula): at "
        "most 0.05 says that the segments are better.",
        "evaluation.reference.compare_with_null",
        better="lower", unit="share", draws="nulls",
    ),
    Measure(
        "stability/jaccard_min", "Jaccard, least stable segment",
        "How alike the least stable segment comes back from resampled customers: from 0.85 highly stable, "
        "0.75 stable, 0.6 a pattern, 0.5 doubtful, below dissolved.",
        "evaluation.stability.compute_bootstrap_jaccard",
        better="higher", interval=True, draws="bootstraps", shown=("card",), objective=True,
        rank=Rank("data", turn=2, heading="Jaccard", note="Jaccard: of the least stable segment."),
    ),
    Measure(
        "stability/jaccard_mean", "Stability, mean Jaccard",
        "The same, mean of all segments.",
        "evaluation.stability.compute_bootstrap_jaccard",
        better="higher", draws="bootstraps", objective=True, view=KView("stability"),
    ),
    Measure(
        "stability/prediction_strength", "Prediction strength",
        "Whether two halves of the customers agree who belongs together, in the worst segment: above "
        f"{STRONG_PREDICTION} is strong.",
        "evaluation.stability.compute_prediction_strength",
        better="higher", interval=True, draws="splits", shown=("card",), objective=True,
        view=KView("prediction_strength", LARGEST_STRONG),
        rank=Rank("data", turn=3, heading="Strength", note="Strength: prediction strength."),
    ),
    Measure(
        "stability/seed_agreement", "Agreement of seeds",
        "Adjusted Rand index of fits that differ in their seed alone: 1 where chance plays no part.",
        "evaluation.stability.compute_seed_agreement",
        better="higher", draws="seeds",
    ),
    Measure(
        "gap", "Gap",
        "How much further inertia falls here than in a box without segments, as a difference of logarithms; "
        "`error` is its standard error.",
        "evaluation.gap_statistic.compute_gap",
        better="higher", draws="views", view=KView("gap", RULE_OF_THE_GAP),
    ),
    Measure(
        "null", "Silhouette of one cloud",
        "What the silhouette reaches on one cloud of the same covariance, which has no segments.",
        "evaluation.k_scan.compute_k_views",
        draws="views", view=KView("null", FARTHEST_BELOW),
    ),
    Measure(
        "bic", "BIC",
        "How badly a mixture explains the customers, with a penalty for each parameter: only differences "
        "count.",
        "evaluation.diagnostics.compute_information_criteria",
        better="lower",
    ),
    Measure(
        "aic", "AIC",
        "The same with a smaller penalty: it asks for less evidence than BIC.",
        "evaluation.diagnostics.compute_information_criteria",
        better="lower",
    ),
    *LATER_MEASURES,
    # What proves nothing alone, and whether customers are placed as they were fitted.
    Measure(
        "diagnostic/hopkins", "Hopkins' statistic",
        "About 0.5 for points spread evenly, near 1 for clumps: one heavy-tailed cloud scores high as well, "
        "so no verdict rests on it.",
        "evaluation.diagnostics.compute_hopkins",
    ),
    Measure(
        "assignment/self_agreement", "Self agreement",
        "Share of the fitted customers who get their own segment when they are scored as new ones.",
        "flow.segmentation.segment",
        better="higher", unit="share",
    ),
    Measure(
        "truth/adjusted_rand", "Agreement with the truth",
        "How well the planted segments were found again: 1 is exactly, 0 is no better than chance.",
        "evaluation.diagnostics.compare_with_truth",
        better="higher", shown=("terminal", "report"),
    ),
    # What a run logs beside evidence.
    Measure(
        "data/quarantined", "Lines set aside",
        "How many lines could not be read and were set aside.",
        "report.record.record_start",
        unit="count",
    ),
    Measure(
        "time/<step>", "Time",
        "How long each step of the run took.",
        "report.record.record_end",
        unit="seconds",
    ),
    Measure(
        "monitor/<alarm>", "Alarms",
        "The number that each alarm of monitor.py looks at, beside its limits.",
        "flow.watch.watch_segments",
    ),
)  # fmt: skip


@cache
def find_measure(name: str) -> Measure:
    """The metric of a logged name, of one end of its interval, or of a column of the k table.

    Raises:
        KeyError: No entry is called so, and none is a family that the name belongs to.

    Example:
        >>> from segmentlab.evaluation import find_measure
        >>> find_measure("separation/silhouette_low").title
        'Silhouette'
        >>> find_measure("reference/p_copula").better
        'lower'
    """
    found = next((measure for measure in MEASURES if measure.matches(name)), None)
    if found is None:
        raise KeyError(f"{name} has no entry in evaluation/metrics.py.")
    return found


def list_objectives(measures: Sequence[Measure] = MEASURES) -> list[str]:
    """The names that a study may look for."""
    return [measure.name for measure in measures if measure.objective]
