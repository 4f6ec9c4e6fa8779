"""Who is in a segment, in plain words: a short tree that imitates the segmentation, read as rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import f1_score
from sklearn.tree import DecisionTreeClassifier
from sklearn.tree._tree import Tree

from segmentlab.features import MONEY_UNIT, Column, word_features
from segmentlab.modelling import NOISE, draw_stratified_rows
from segmentlab.segments.signals import FLAG_UNIT

RULE_SAMPLE: Final = 50_000  # customers that the tree is grown and judged on
ENOUGH_FIDELITY: Final = 0.95  # F1, each segment counted alike; a longer tree would only be harder to read
LEAST_LEAF: Final = 5  # customers of a rule, unless a segment has fewer; it would be about persons
LEAVES_PER_SEGMENT: Final = (1, 2, 3)
MOST_MOVED: Final = 0.01  # of the smaller side of a split: who may change sides for a rounder threshold
LEAF_NODE: Final = -1
RULE_COLUMNS: Final = ["segment", "name", "rule", "customers", "precision", "coverage"]

RulePoints = npt.NDArray[np.float64]
RuleRows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class RuleSplit:
    """One condition: a feature is up to a threshold, or it is above it."""

    feature: int
    threshold: float
    below: bool


@dataclass(frozen=True)
class Rule:
    """The conditions that lead to a segment, and the customers who meet them all."""

    segment: int
    splits: tuple[RuleSplit, ...]
    rows: RuleRows


@dataclass(frozen=True)
class RuleTable:
    """The rules as a table, and how often they give a customer the segment that the model gave."""

    rules: pd.DataFrame
    fidelity: float
    notes: tuple[str, ...]


def explain_segments(
    features: pd.DataFrame, columns: Sequence[Column], labels: pd.Series, names: Mapping[int, str], seed: int
) -> RuleTable:
    """Rules on the features before any transform, whatever the model saw of them.

    `precision` is the share of those who meet a rule who are in its segment, `coverage` the share of the
    segment who meet it. Both are of the rules as they are written, with their rounded thresholds. Noise
    has no rules of its own and counts against those that it meets.
    """
    chosen = draw_stratified_rows(labels.to_numpy(), RULE_SAMPLE, seed)
    known, truth = features.iloc[chosen], labels.to_numpy()[chosen]
    rules = _find_short_rules(known.to_numpy(dtype=np.float64), truth, seed)
    whole = [bool((known[name] % 1 == 0).all()) for name in known]
    rows = [
        {
            "segment": rule.segment,
            "name": names[rule.segment],
            "rule": describe_splits(rule.splits, columns, whole),
            "customers": len(rule.rows),
            "precision": float(np.mean(truth[rule.rows] == rule.segment)),
            "coverage": float(np.sum(truth[rule.rows] == rule.segment) / np.sum(truth == rule.segment)),
        }
        for rule in rules
        if rule.segment != NOISE
    ]
    table = pd.DataFrame(rows, columns=RULE_COLUMNS).sort_values(
        ["segment", "coverage"], ascending=[True, False], ignore_index=True
    )
    fidelity = float(np.mean(_apply_rules(rules, len(truth)) == truth))
    sampled = (
        f"The rules are learnt from {len(chosen):,} of {len(labels):,} customers, each segment in proportion."
    )
    return RuleTable(table, fidelity, (sampled,) if len(chosen) < len(labels) else ())


def describe_splits(splits: Sequence[RuleSplit], columns: Sequence[Column], whole: Sequence[bool]) -> str:
    """`recency up to 34 days and frequency at least 6 invoices`: one condition for each feature."""
    words = word_features(columns)
    bounds: dict[int, tuple[float, float]] = {}
    for split in splits:
        low, high = bounds.get(split.feature, (-np.inf, np.inf))
        at = split.threshold
        bounds[split.feature] = (low, min(high, at)) if split.below else (max(low, at), high)
    told = [
        f"{words[place]} {_describe_range(*bounds[place], unit=columns[place].unit, whole=whole[place])}"
        for place in sorted(bounds)
    ]
    return " and ".join(told) or "everybody"


def _describe_range(low: float, high: float, unit: str, *, whole: bool) -> str:
    if unit == FLAG_UNIT:
        return "is 1" if low >= 0 else "is 0"
    if low == -np.inf:
        told = f"up to {high:,.15g}"
    elif high == np.inf:
        told = f"at least {low + 1:,.0f}" if whole else f"over {low:,.15g}"
    elif whole:
        told = f"{low + 1:,.0f} to {high:,.0f}" if low + 1 < high else f"{high:,.0f}"
    else:
        told = f"over {low:,.15g} up to {high:,.15g}"
    return told if unit == MONEY_UNIT else f"{told} {unit}"


def _find_short_rules(points: RulePoints, truth: npt.NDArray[np.int_], seed: int) -> list[Rule]:
    """The rules of the shortest tree that is faithful enough, or of the longest that is still short."""
    segments, sizes = np.unique(truth, return_counts=True)
    told = segments[segments != NOISE] if len(segments) > 1 else segments
    rules: list[Rule] = []
    for leaves in LEAVES_PER_SEGMENT:
        tree = DecisionTreeClassifier(
            max_leaf_nodes=max(2, leaves * len(segments)),
            min_samples_leaf=min(LEAST_LEAF, int(sizes.min())),
            random_state=seed,
        ).fit(points, truth)
        rules = _read_rules(tree.tree_, tree.classes_, points, np.arange(len(points)))
        if f1_score(truth, _apply_rules(rules, len(truth)), labels=told, average="macro") >= ENOUGH_FIDELITY:
            break
    return rules


def _read_rules(
    tree: Tree,
    classes: RuleRows,
    points: RulePoints,
    rows: RuleRows,
    node: int = 0,
    splits: tuple[RuleSplit, ...] = (),
) -> list[Rule]:
    """The rules below a node; where all of them lead to one segment, the node is the rule."""
    segment = int(classes[np.argmax(tree.value[node])])
    if tree.children_left[node] == LEAF_NODE:
        return [Rule(segment, splits, rows)]
    feature = int(tree.feature[node])
    values = points[rows, feature]
    threshold = round_threshold(values, float(tree.threshold[node]))
    below = values <= threshold
    rules = [
        rule
        for child, stay, side in (
            (tree.children_left[node], rows[below], True),
            (tree.children_right[node], rows[~below], False),
        )
        for rule in _read_rules(
            tree, classes, points, stay, child, (*splits, RuleSplit(feature, threshold, side))
        )
    ]
    same = len({rule.segment for rule in rules}) == 1
    return [Rule(rules[0].segment, splits, rows)] if same else rules


def round_threshold(values: RulePoints, threshold: float) -> float:
    """The threshold with the fewest digits that sends the same customers to either side, or nearly so.

    Among whole numbers a threshold is one of them.
    """
    exact = float(np.floor(threshold)) if (values % 1 == 0).all() else threshold
    below = values <= exact
    allowed = MOST_MOVED * min(below.sum(), (~below).sum())
    tries = (float(f"{exact:.{digits}g}") for digits in range(1, 18))
    return next(each for each in tries if np.sum((values <= each) != below) <= allowed)


def _apply_rules(rules: Sequence[Rule], count: int) -> npt.NDArray[np.int_]:
    """The segment that the rules give each customer; exactly one rule meets everybody."""
    given = np.empty(count, dtype=np.int64)
    for rule in rules:
        given[rule.rows] = rule.segment
    return given
