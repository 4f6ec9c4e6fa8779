"""Checks of the features: whether one decides all, says who a customer is, or knows what comes later."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from segmentlab.evaluation.checks.check import Check, CheckedSegments, Finding, register_check
from segmentlab.evaluation.checks.sizes import SMALLEST_SHARE
from segmentlab.evaluation.evidence import CEILING_FORECAST
from segmentlab.modelling import NOISE, Labels, draw_stratified_rows

ONE_FEATURE_SHARE: Final = 0.95  # of customers whose segment one feature tells
CHECK_SAMPLE: Final = 20_000  # customers who show whether one feature tells the segment
ID_CORRELATION: Final = 0.99  # rank correlation of a feature with the customers' own numbers
SAME_CORRELATION: Final = 1 - 1e-9  # plain correlation of a feature that is their number, in other units
LEAST_NUMBERED: Final = 10  # customers: three are in the order of their ids by chance once in three times
OWN_VALUES: Final = 0.99  # share of different values among the customers of whom each is counted
LARGEST_EXACT: Final = 2.0**53  # up to it a floating point number tells whole numbers apart
MOST_COUNTED: Final = 10  # numbers to give out for each customer: ids have holes, and few are as sparse
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
            found = self.make_finding(f"'{feature}' alone tells the segment of {share:.1%} of the customers.")
            other = _advise_otherwise(segments, feature)
            yield (
                replace(found, advice=f"{other}, or segment by this feature and say so.") if other else found
            )


def _advise_otherwise(segments: CheckedSegments, feature: str) -> str:
    """Where logarithms are in use already: ranks, and then to do without the feature."""
    if segments.has_ranks:
        return f"Leave it out to see what the others tell (leave_out=[{feature}])"
    if segments.has_logarithms:
        return "Let only the order of customers count (prepare=quantile)"
    return ""


def _score_one_feature(values: np.ndarray, labels: Labels) -> float:
    """The share of customers whose segment follows from one feature, by cuts as many as segments need."""
    from sklearn.tree import DecisionTreeClassifier

    leaves = 2 * len(np.unique(labels))
    tree = DecisionTreeClassifier(max_leaf_nodes=leaves, random_state=0).fit(values[:, None], labels)
    return float(tree.score(values[:, None], labels))


@register_check
class IdFeature(Check):
    """An id says who somebody is, not what they do. A file that is sorted by a feature is no such thing.

    Who numbers the rows of a sorted file gives ids in the order of that feature. What then differs is the
    feature: an id is another number for everybody and skips few, while ages and incomes are shared by many
    or lie at uneven distances.
    """

    code = "SEG007"
    title = "An id among the features"
    fires_when = "a feature is the customers' number in other units, or counts them in the order of their ids"
    advice = "Leave it out: leave_out=[{feature}]."
    gate = "features"

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield every such feature, where ids hold numbers."""
        features = segments.features
        least = OWN_VALUES * len(features)
        own = [name for name in features if _count_different(features[name].to_numpy()) >= least]
        if not own:  # and reading the ids of millions would take a while
            return
        numbers = _read_numbers(features.index)
        if np.isnan(numbers).any() or len(numbers) < LEAST_NUMBERED or np.ptp(numbers) == 0:
            return
        for name in own:
            values = features[name].to_numpy()
            same = _correlate(numbers, values) >= SAME_CORRELATION
            if not same and not _counts_customers(values):
                continue
            likeness = _correlate(*(pd.Series(each).rank().to_numpy() for each in (numbers, values)))
            if likeness >= ID_CORRELATION:
                yield self.make_finding(
                    f"'{name}' orders the customers as their ids do (rank correlation {likeness:.3f}).",
                    feature=str(name),
                )


def _count_different(values: np.ndarray) -> int:
    """How many values there are; to sort them takes less than a table of all."""
    ordered = np.sort(values)
    return 1 + int((ordered[1:] != ordered[:-1]).sum())


def _read_numbers(ids: pd.Index) -> np.ndarray:
    """The first number in each id; NaN where there is none."""
    read = pc.extract_regex(pa.array(ids.astype(str)), r"(?P<number>\p{Nd}+)")
    return pd.Series(pc.struct_field(read, "number").to_pandas()).astype("float64").to_numpy()


def _correlate(numbers: np.ndarray, values: np.ndarray) -> float:
    return float(abs(np.corrcoef(numbers, values)[0, 1]))


def _counts_customers(values: np.ndarray) -> bool:
    """Whether the values are whole numbers in even steps, of which few are skipped: a counter's."""
    if (values != np.round(values)).any() or np.ptp(values) > LARGEST_EXACT:
        return False
    steps = np.diff(np.unique(values.astype(np.int64)))
    return bool(np.ptp(values) / np.gcd.reduce(steps) < MOST_COUNTED * len(values))


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
        frequent = atoms.loc[atoms["share"] >= SMALLEST_SHARE, "value"].to_dict()
        on_it = {name: segments.features[name].to_numpy() == value for name, value in frequent.items()}
        for segment in np.unique(labels[labels != NOISE]):
            own = labels == segment
            shares = {
                f"'{name}' = {frequent[name]:g}": float(there[own].mean())
                for name, there in on_it.items()
                if there[own].mean() >= SPIKE_SHARE and own[there].mean() >= SPIKE_SHARE
            }
            if shares:
                who, what = segments.name_segment(int(segment)), ", ".join(shares)
                yield self.make_finding(
                    f"{who[0].upper()}{who[1:]} is {what} and little else ({min(shares.values()):.0%} of it)."
                )
