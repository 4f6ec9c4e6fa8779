"""Ranks from several measures at once: by the share of the others that are better."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Measure:
    """A number to rank by. Runs are compared among those that share the column `alike`, if it has one."""

    metric: str
    higher_is_better: bool = True
    alike: str | None = None

    @property
    def family(self) -> str:
        """What kind of evidence it is: `stability` of `stability/jaccard_min`."""
        return self.metric.partition("/")[0]

    @property
    def needed(self) -> list[str]:
        """The metrics it looks at: the number and, where a run has logged it, its interval."""
        return [self.metric, f"{self.metric}_low", f"{self.metric}_high"]


WITHIN_A_SPACE: Final = (
    Measure("separation/silhouette"),
    Measure("separation/davies_bouldin", higher_is_better=False),
)
# Random segmentations calibrate a score for one number of segments, and a forecast is of some days.
ACROSS_SPACES: Final = (
    Measure("calibrated/silhouette_z", alike="segments"),
    Measure("calibrated/davies_bouldin_z", alike="segments"),
    Measure("stability/jaccard_min"),
    Measure("stability/prediction_strength"),
    Measure("usefulness/spend_r2", alike="holdout_days"),
    Measure("usefulness/repurchase_auc", alike="holdout_days"),
)


def ranks(runs: pd.DataFrame, measures: Sequence[Measure]) -> pd.Series:
    """1 is best; equals share a rank. Runs with an error come after all that have none.

    A run's place is the mean over its measures of the share of others that are better. A measure that
    it lacks, or has alone, says nothing for or against it.
    """
    if runs.empty:
        return pd.Series(dtype="Int64")
    better = pd.DataFrame({measure.metric: _shares_of_better(runs, measure) for measure in measures})
    place = better.mean(axis="columns").fillna(0).round(9)  # equal means are equal, whatever their order
    behind = 2 * (runs["errors"] > 0)  # beyond the worst place, which is 1
    found: pd.Series = (place + behind).rank(method="min").astype("Int64")
    return found


def _shares_of_better(runs: pd.DataFrame, measure: Measure) -> pd.Series:
    if measure.alike is None:
        return _share_of_better(runs, measure)
    groups = [_share_of_better(group, measure) for _, group in runs.groupby(measure.alike, dropna=False)]
    found: pd.Series = pd.concat(groups).reindex(runs.index)
    return found


def _share_of_better(runs: pd.DataFrame, measure: Measure) -> pd.Series:
    """Of the other runs that have the measure. Where intervals are known, better is beyond both."""
    known = runs[runs[measure.metric].notna()]
    if len(known) < 2:
        return pd.Series(np.nan, index=runs.index)
    sign = 1 if measure.higher_is_better else -1
    value, *bounds = (sign * known[name].to_numpy(dtype=float) for name in measure.needed)
    low, high = (np.where(np.isnan(bound), value, bound) for bound in bounds[::sign])
    count_better = len(known) - np.searchsorted(np.sort(low), high, side="right")
    return pd.Series(count_better / (len(known) - 1), index=known.index).reindex(runs.index)
