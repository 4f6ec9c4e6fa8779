"""Names that people use: what a segment is like gives it a name, the reason for it, and what to do."""

from collections.abc import Collection, Mapping, Sequence
from math import nan
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.evaluation import LEAST_NAME_TRUTH
from segmentlab.modelling import NOISE
from segmentlab.segments.signals import Signals
from segmentlab.segments.vocabulary import Point, Vocabulary

MOST_TOLD_POINTS: Final = 3  # dimensions in a description; more is a table
MIDDLE_LEVEL: Final = 1 / 6  # from the middle of all customers; what is nearer says nothing of a segment


TOLD_NAMES: Final = 2  # names that come nearest, where none is true of so many


class SegmentWords(NamedTuple):
    """What is said of one segment; `truth` is the share of its customers of whom the name is true."""

    name: str
    description: str
    reason: str
    actions: str
    truth: float


def name_segments(
    signals: Signals,
    sizes: pd.Series,
    given: Mapping[int, str],
    vocabulary: Vocabulary,
    shares: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row per segment: name, description, reason, actions, truth. No name and no description comes twice.

    `shares` say of how many of a segment's customers each name is true. A segment gets the most special of
    the names that are true of most, and its description where there is none, or where nothing is known of
    orders. `given` names stay as they are: noise, and segments that a rule set apart. What is said alike is
    told apart by what differs most, never by a number.
    """
    points = _list_points(signals)
    described = pd.Series(
        {segment: _describe_point(own, segment, vocabulary) for segment, own in points.items()}, dtype="str"
    )
    details, values = _list_details(points, signals, sizes, vocabulary)
    described = tell_names_apart(described, details, values, {NOISE})
    chosen = {} if shares is None else choose_names(shares, sizes, given)
    names = pd.Series(
        {segment: given.get(segment) or chosen.get(segment) or described[segment] for segment in points}
    )
    names = tell_names_apart(names, details, values, {*given, *chosen})
    known = {} if shares is None else dict(shares.iterrows())
    none = pd.Series(dtype="float64")
    rows = [
        _find_words(segment, own, names[segment], given, vocabulary, known.get(segment, none))._replace(
            description=described[segment]
        )
        for segment, own in points.items()
    ]
    return pd.DataFrame(rows, index=pd.Index(points, name="segment"), columns=list(SegmentWords._fields))


def choose_names(shares: pd.DataFrame, sizes: pd.Series, given: Mapping[int, str]) -> dict[int, str]:
    """Which segment gets which name: the most special one first, to the segment of which it is truest.

    A name is given once, and only where it is true of most. Who misses one takes the next that is true.
    """
    chosen: dict[int, str] = {}
    for name in shares.columns.difference(list(given.values()), sort=False):
        free = shares[name].drop([one for one in shares.index if one == NOISE or one in {*given, *chosen}])
        fits = free[free >= LEAST_NAME_TRUTH]
        if len(fits):
            best = max(fits.index, key=lambda segment: (fits[segment], sizes[segment]))
            chosen[int(best)] = str(name)
    return chosen


def tell_names_apart(
    names: pd.Series, details: pd.DataFrame, values: pd.DataFrame, fixed: Collection[int]
) -> pd.Series:
    """The texts; where several segments have one text, each says in parentheses what is its own."""
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
    """As few details as tell all rows apart; only rows that are alike in everything are counted."""
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


def _list_details(
    points: Mapping[int, Mapping[str, Point]], signals: Signals, sizes: pd.Series, vocabulary: Vocabulary
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What may tell segments apart, in words, and the numbers behind the first of them."""
    ranked = list(signals.ranked)
    rows = [[vocabulary.short(own[name]) for name in ranked] for own in points.values()]
    details = pd.DataFrame(rows, index=pd.Index(points), columns=ranked)
    details["customers"] = [vocabulary.customers.format(count=sizes[segment]) for segment in points]
    return details, signals.medians[ranked]


def _describe_point(own: Mapping[str, Point], segment: int, vocabulary: Vocabulary) -> str:
    if segment == NOISE:
        return ""
    levels = [vocabulary.level(point) for point in _choose_dimensions(own, vocabulary)]
    return _capitalise(", ".join(level for level in levels if level) or vocabulary.average)


def _find_words(
    segment: int,
    own: Mapping[str, Point],
    name: str,
    given: Mapping[int, str],
    vocabulary: Vocabulary,
    shares: pd.Series,
) -> SegmentWords:
    """The reason for a name, and what to do; the description is found with those of all segments."""
    truth = float(shares.get(name, nan))
    if segment == NOISE:
        return SegmentWords(name, "", _join_sentence([vocabulary.noise]), "", truth)
    true = [str(each) for each in shares.index[shares >= LEAST_NAME_TRUTH]]
    rule = name if name in shares.index else next(iter(true), None) if segment in given else None
    if name in shares.index:
        reasons: list[str | None] = [vocabulary.explain(name, truth)]
    elif segment in given:
        reasons = [vocabulary.apart]
    else:
        reasons = [vocabulary.reason(point) for point in _choose_dimensions(own, vocabulary)]
        reasons.append(_tell_nearest(shares, vocabulary))
    actions = vocabulary.rules[rule]["actions"] if rule else [] if shares.empty else [vocabulary.by_state]
    return SegmentWords(name, "", _join_sentence(reasons), "; ".join(actions), truth)


def _tell_nearest(shares: pd.Series, vocabulary: Vocabulary) -> str | None:
    """Which names are true of some, where none is true of most that is not another segment's."""
    near = shares[shares > 0].sort_values(ascending=False, kind="stable").head(TOLD_NAMES)
    told = ", ".join(f"{name} {share:.0%}" for name, share in near.items())
    return vocabulary.no_name.format(near=told) if told else None


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
