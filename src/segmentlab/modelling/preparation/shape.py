"""What a preparation did to the shape of each feature."""

from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import numpy as np
import pandas as pd

from segmentlab.modelling.contract import Points, Transformer
from segmentlab.modelling.preparation.caps import Caps


def shapes(before: pd.DataFrame, after: pd.DataFrame, preparation: Transformer) -> pd.DataFrame:
    """A row per feature: its skewness before and after, and the caps in the feature's own unit.

    Skewness is 0 for a symmetric feature and above 0 for a long tail to the right.
    """
    low, high = _caps(preparation, before.shape[1])
    table = pd.DataFrame(
        {
            "skewness_before": before.skew(),
            "skewness_after": after.skew(),
            "low_cap": pd.Series(low, before.columns),
            "high_cap": pd.Series(high, before.columns),
        }
    )
    return table.replace([np.inf, -np.inf], np.nan).rename_axis("feature").reset_index()


def single_steps(preparation: Transformer) -> Iterator[Any]:
    """The transforms that a preparation consists of, in order."""
    steps = getattr(preparation, "steps", None)
    if steps is None:
        yield preparation
    else:
        for _, step in steps:
            yield from single_steps(step)


def _caps(preparation: Transformer, features: int) -> tuple[Points, Points]:
    """The caps that work on the features' own units: those before any other transform."""
    low, high = np.full(features, -np.inf), np.full(features, np.inf)
    for caps in takewhile(lambda step: isinstance(step, Caps), single_steps(preparation)):
        low, high = np.clip([caps.low_, caps.high_], low, high)
    return low, high
