"""Which features are worth the room where not all of them can be drawn."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from segmentlab.features import Column

ALIKE_CORRELATION: Final = 0.95  # correlation from which on a second feature shows what the first has shown


def choose_deciding_features(
    columns: Sequence[Column], prepared: pd.DataFrame, labels: pd.Series, limit: int
) -> list[Column]:
    """The features in which the segments differ most, in their own order; all of them where there is room.

    A feature tells by the share of its variance that lies between the segments, on the scale that the
    model saw. One that is the same for everybody tells nothing, one that is nearly another nothing new.
    """
    if len(columns) <= limit:
        return list(columns)
    space = prepared[[column.name for column in columns]]
    shares = compute_variance_between(space, labels)
    alike = space.corr().abs() > ALIKE_CORRELATION
    chosen: list[str] = []
    for name in shares.sort_values(ascending=False, kind="stable").index:
        if len(chosen) < limit and not alike.loc[name, chosen].any():
            chosen.append(name)
    return [column for column in columns if column.name in chosen]


def compute_variance_between(space: pd.DataFrame, labels: pd.Series) -> pd.Series:
    """The share of the variance of each feature that lies between the segments, from 0 to 1."""
    groups = space.groupby(labels.reindex(space.index))
    apart = (groups.mean() - space.mean()) ** 2
    between = apart.mul(groups.size(), axis="index").sum() / len(space)
    spread = space.var(ddof=0)
    return (between / spread.where(spread > 0)).fillna(0.0)


def describe_omitted_features(drawn: int, total: int) -> str:
    """Say in a caption that some features are not drawn; nothing when all are."""
    if drawn == total:
        return ""
    return f" {drawn} of {total} features are drawn: those that tell the segments apart, none of them twice."
