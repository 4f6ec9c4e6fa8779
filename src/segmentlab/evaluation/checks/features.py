"""Checks of the features: whether one decides all, says who a customer is, or knows what comes later."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check
from segmentlab.evaluation.checks.sizes import SMALLEST_SHARE
from segmentlab.evaluation.evidence import CEILING_FORECAST
from segmentlab.modelling import NOISE, Labels, draw_stratified_rows

ONE_FEATURE_SHARE: Final = 0.95  # of customers whose segment one feature tells
CHECK_SAMPLE: Final = 20_000  # customers who show whether one feature tells the segment
ID_CORRELATION: Final = 0.99  # rank correlation of a feature with the customers' own numbers
LEAK_R2: Final = 0.9  # R2 of later spend; nobody knows the future so well
SPIKE_SHARE: Final = 0.9  # of a segment on one value, and of that value in the segment


@register_check
class OneFeature(Check):
    """Segments of many features that one of them tells are that feature cut into pieces."""

    code = "SEG006"
    title = "One feature decides all"
    fires_when = f"one feature tells {100 * ONE_FEATURE_SHARE:.0f} % of the segments"
    advice = "Prepare the features alike (prepare=log_standard), or segment by this feature and say so."

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield the feature that tells most, and how much."""
        rows = np.flatnonzero(segments.labels != NOISE)
        if segments.features.shape[1] < 2 or len(np.unique(segments.labels[rows])) < 2:
            return
        rows = rows[draw_stratified_rows(segments.labels[rows], CHECK_SAMPLE, seed=0)]
        share, feature = max(
            (_score_one_feature(values.to_numpy()[rows], segments.labels[rows]), str(name))
            for name, values in segments.features.items()
        )
        if share >= ONE_FEATURE_SHARE:
            yield self.make_finding(f"'{feature}' alone tells the segment of {share:.1%} of the customers.")


def _score_one_feature(values: np.ndarray, labels: Labels) -> float:
    """The share of customers whose segment follows from one feature, by cuts as many as segments need."""
    from sklearn.tree import DecisionTreeClassifier

    leaves = 2 * len(np.unique(labels))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(values[:, None], labels)
    return float(tree.score(values[:, None], labels))


@register_check
class IdFeature(Check):
    """Ids are given out in the order of joining: such a feature says who somebody is, not what they do."""

    code = "SEG007"
    title = "An id among the features"
    fires_when = "a feature orders customers as their ids do"
    advice = "Leave it out: leave_out=[{feature}]."
    gate = "features"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield every such feature, where ids hold numbers."""
        ids = pd.Series(segments.features.index.astype(str))
        numbers = ids.str.extract(r"(\d+)", expand=False).astype("float64").rank().to_numpy()
        if np.isnan(numbers).any() or len(numbers) < 3 or np.ptp(numbers) == 0:
            return
        for name, values in segments.features.items():
            ranks = values.rank().to_numpy()
            if np.ptp(ranks) == 0:
                continue
            likeness = abs(np.corrcoef(numbers, ranks)[0, 1])
            if likeness >= ID_CORRELATION:
                yield self.make_finding(
                    f"'{name}' orders the customers as their ids do (rank correlation {likeness:.3f}).",
                    feature=str(name),
                )


@register_check
class FeatureLeak(Check):
    """Lines of later days are out of reach; a column of a customers table may be as of today."""

    code = "SEG007"
    title = "A leak among the features"
    fires_when = (
        f"the features foresee {100 * LEAK_R2:.0f} % of the variance of later spend, so one of them knows it"
    )
    advice = "Look for columns of the customers table that are as of today, and leave them out (leave_out)."
    gate = "features"  # it needs no metric: where nothing came later, nobody can look

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield how well all features together foresee what came later."""
        table = segments.evidence.usefulness
        if table is None or CEILING_FORECAST not in table.index or "spend_r2" not in table.columns:
            return
        foreseen = table["spend_r2"].to_dict()[CEILING_FORECAST]
        if foreseen >= LEAK_R2:
            yield self.make_finding(
                f"The features foresee the spend of later days almost exactly (R2 {foreseen:.3f}): one of "
                "them knows it already."
            )


@register_check
class Spike(Check):
    """Many customers on one value are a fact about that value; no method is needed to find them."""

    code = "SEG008"
    title = "A discrete spike as a segment"
    fires_when = "a segment is one value of one feature"
    advice = "Set one-time buyers apart (one_time=apart), or leave the feature out."

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield every segment that is a value, and that value."""
        labels, atoms = segments.labels, segments.evidence.atoms
        for name, value in atoms.loc[atoms["share"] >= SMALLEST_SHARE, "value"].items():
            on_it = segments.features[name].to_numpy() == value
            for segment in np.unique(labels[labels != NOISE]):
                own = labels == segment
                if on_it[own].mean() >= SPIKE_SHARE and own[on_it].mean() >= SPIKE_SHARE:
                    yield self.make_finding(
                        f"Segment {segment} is '{name}' = {value:g} and little else "
                        f"({on_it[own].mean():.0%} of it)."
                    )
