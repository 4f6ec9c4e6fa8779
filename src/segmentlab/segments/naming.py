"""Names that people use: what a segment is like gives it a name, the reason for it, and what to do."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.modelling import NOISE
from segmentlab.segments.signals import Signals
from segmentlab.segments.vocabulary import Point, Vocabulary

MOST_TOLD_POINTS: Final = 3  # dimensions in a description; more is a table
MIDDLE_LEVEL: Final = 1 / 6  # from the middle of all customers; what is nearer says nothing of a segment


class SegmentWords(NamedTuple):
    """What is said of one segment."""

    name: str
    description: str
    reason: str
    actions: str


def name_segments(
    signals: Signals, sizes: pd.Series, given: Mapping[int, str], vocabulary: Vocabulary
) -> pd.DataFrame:
    """One row per segment: name, description, reason, actions. No name comes twice.

    `given` names stay as they are: noise, and segments that a rule set apart. Segments that are alike in
    name are told apart by the dimension in which they differ most, never by their number.
    """
    points = _list_points(signals)
    rows = [
        _describe_segment(own, given.get(segment), segment, vocabulary) for segment, own in points.items()
    ]
    table = pd.DataFrame(rows, index=pd.Index(points, name="segment"), columns=list(SegmentWords._fields))
    ranked = list(signals.ranked)
    details = pd.DataFrame(
        [[vocabulary.short(own[name]) for name in ranked] for own in points.values()],
        index=table.index,
        columns=ranked,
    ).assign(customers=[vocabulary.customers.format(count=sizes[segment]) for segment in table.index])
    table["name"] = tell_names_apart(table["name"], details, signals.medians[ranked], given)
    return table


def tell_names_apart(
    names: pd.Series, details: pd.DataFrame, values: pd.DataFrame, fixed: Collection[int]
) -> pd.Series:
    """The names; where several segments have one name, each says in parentheses what is its own."""
    apart = names.copy()
    for name, alike in names.groupby(names).groups.items():
        free = [segment for segment in alike if segment not in fixed]
        if len(alike) > 1 and free:
            own = values.loc[free]
            spread = (own.std(ddof=0) / own.mean().abs()).replace(np.inf, 0.0)
            first = list(spread.sort_values(ascending=False, kind="stable").index)
            texts = _choose_distinct_details(details.loc[free, [*first, *details.columns.difference(first)]])
            apart[free] = [f"{name} ({text})" for text in texts]
    return apart


def _choose_distinct_details(details: pd.DataFrame) -> list[str]:
    """As few details as tell all rows apart; rows that are alike in everything are counted."""
    chosen: list[str] = []
    left = list(details.columns)
    while left and (not chosen or details[chosen].duplicated().any()):
        best = max(left, key=lambda name: len(details[[*chosen, name]].drop_duplicates()))
        left.remove(best)
        chosen.append(best)
    texts = details[chosen].agg(", ".join, axis=1)
    count = texts.groupby(texts).cumcount() + 1
    return [text if first == 1 else f"{text}, {first}" for text, first in zip(texts, count, strict=True)]


def _list_points(signals: Signals) -> dict[int, dict[str, Point]]:
    """What each segment is like, by dimension."""
    names = [str(name) for name in signals.medians]
    medians, positions = signals.medians.to_numpy(), signals.positions[names].to_numpy()
    return {
        int(segment): {
            name: Point(
                name,
                float(medians[row, place]),
                float(positions[row, place]),
                *signals.features.get(name, ()),
            )
            for place, name in enumerate(names)
        }
        for row, segment in enumerate(signals.medians.index)
    }


def _describe_segment(
    own: Mapping[str, Point], given: str | None, segment: int, vocabulary: Vocabulary
) -> SegmentWords:
    if segment == NOISE:
        return SegmentWords(given or "", "", _join_sentence([vocabulary.noise]), "")
    told = _choose_dimensions(own, vocabulary)
    levels = [vocabulary.level(point) for point in told]
    description = _capitalise(", ".join(level for level in levels if level) or vocabulary.average)
    rule = vocabulary.rule(own)
    because = told if rule is None else [own[name] for name in vocabulary.rules[rule]["when"]]
    reasons = [vocabulary.apart] if given else [vocabulary.reason(point) for point in because]
    actions = vocabulary.rules[rule]["actions"] if rule else []
    return SegmentWords(
        given or rule or description, description, _join_sentence(reasons), "; ".join(actions)
    )


def _choose_dimensions(own: Mapping[str, Point], vocabulary: Vocabulary) -> Sequence[Point]:
    """The dimensions that a description tells: those of purchases, or the features that stand out most."""
    graded = [point for point in own.values() if vocabulary.level(point)]
    if all(not point.feature for point in graded):
        return graded
    far = [point for point in graded if abs(point.position - 0.5) > MIDDLE_LEVEL]
    furthest = sorted(far, key=lambda point: -abs(point.position - 0.5))[:MOST_TOLD_POINTS]
    return [point for point in far if point in furthest]


def _join_sentence(parts: Sequence[str | None]) -> str:
    told = "; ".join(part for part in parts if part)
    return f"{_capitalise(told)}." if told else ""


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
