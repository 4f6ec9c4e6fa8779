"""The verdict: whether the customers come in groups, and whether the segments are those groups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from segmentlab.evaluation.groups import Gaps
from segmentlab.evaluation.reference import Reference

StructureKind = Literal[
    "natural clusters",
    "groups, some cut further",
    "groups that the segments do not follow",
    "a partition of a continuum",
    "one group",
    "not decided",
    "too small to judge",
]


@dataclass(frozen=True)
class Verdict:
    """The words, what they rest on, and the segments that hang together."""

    kind: StructureKind
    reason: str
    groups: tuple[tuple[int, ...], ...] = ()  # of segments, where gaps divide some and others are cuts
    small: tuple[int, ...] = ()  # segments that are too small to judge


def judge_structure(gaps: Gaps | None, references: Mapping[str, Reference] | None = None) -> Verdict | None:
    """What the gaps say; None where nobody looked for them.

    It is about the density between segments, not about how well they score: a score says how round and far
    apart segments are, and one long cloud has that too. What data without segments reaches is told beside it.
    """
    if gaps is None:
        return None
    kind, reason = _judge_gaps(gaps)
    told = [reason, _describe_references(references or {})]
    return Verdict(
        kind,
        " ".join(part for part in told if part),
        _list_groups(gaps) if kind == "groups, some cut further" else (),
        gaps.small,
    )


def _judge_gaps(gaps: Gaps) -> tuple[StructureKind, str]:
    joined, apart = gaps.join(doubtful=True), gaps.join(doubtful=False)
    groups, possible = set(joined.values()), set(apart.values())
    if not gaps.judged:
        return "too small to judge", "No segment has the customers that a border needs."
    if len(groups) > 1 and len(groups) == len(gaps.judged):
        return "natural clusters", "Customers are rarer between any two segments than within both." + (
            f" A look without the segments finds {gaps.groups} groups." if gaps.groups > len(groups) else ""
        )
    if len(groups) > 1:
        return "groups, some cut further", (
            f"Gaps divide {len(groups)} groups of segments. Within a group segments are cuts"
            f"{', or it is not decided' if len(possible) > len(groups) else ''}."
        )
    return _judge_continuum(gaps, len(possible))


def _judge_continuum(gaps: Gaps, possible: int) -> tuple[StructureKind, str]:
    """Where no two segments are certain to be groups of their own."""
    if gaps.groups > 1:
        return "groups that the segments do not follow", (
            f"A look that leaves the segments aside finds {gaps.groups} groups with gaps between them, and "
            "the borders of the segments lie elsewhere."
        )
    if possible > 1:
        return "not decided", "Some valleys between segments are about as deep as chance makes them."
    if len(gaps.judged) == 1 and not gaps.small:
        return "one group", "There are no gaps between these customers, and one segment holds them all."
    return "a partition of a continuum", "No border is a gap: there are as many customers on it as beside it."


def _list_groups(gaps: Gaps) -> tuple[tuple[int, ...], ...]:
    members: dict[int, list[int]] = {}
    for segment, group in gaps.join(doubtful=True).items():
        members.setdefault(group, []).append(segment)
    return tuple(map(tuple, members.values()))


def _describe_references(references: Mapping[str, Reference]) -> str:
    if not references:
        return ""
    told = ", ".join(f"p={one.p_value:.3f} against {null}" for null, one in references.items())
    return f"Beside it, the silhouette against data without segments: {told}."
