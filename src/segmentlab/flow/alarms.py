"""Alarms: what is looked at, how far it may drift, and whether it went further."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

# What is looked at, how far it may go, and whether it went further.


@dataclass(frozen=True)
class AlarmLimits:
    """How far each number may go before somebody should look: `conf/limits/usual.yaml` says what each is."""

    psi: float
    gap: float
    days_psi: float
    days_gap: float
    alpha: float
    shares: float
    growth: float
    confidence: float
    distance: float
    noise: float
    agreement: float
    names: float
    ledger: float
    id_shapes: float
    known: float
    prices: float


@dataclass(frozen=True)
class Alarm:
    """One number against its limit; `at_most` says on which side of the limit all is well."""

    name: str
    value: float  # NaN where it can't be known
    limit: float
    told: str
    at_most: bool = True

    @property
    def fired(self) -> bool:
        """Whether somebody should look. What is not known alarms nobody, and is shown as not known."""
        if math.isnan(self.value):
            return False
        return self.value > self.limit if self.at_most else self.value < self.limit

    @property
    def verdict(self) -> str:
        """In a word."""
        return "not known" if math.isnan(self.value) else "look" if self.fired else "fine"


def alarm_table(checks: Sequence[Alarm]) -> pd.DataFrame:
    """One row per check."""
    names = [field.name for field in fields(Alarm)]
    rows = [{**{name: getattr(check, name) for name in names}, "verdict": check.verdict} for check in checks]
    return pd.DataFrame(rows)[["name", "verdict", "value", "limit", "at_most", "told"]]


DRIFT_BINS: Final = 10
HALF_COUNT: Final = 0.5  # added to every count: a bin that nobody is in has no logarithm

DriftValues = npt.NDArray[np.float64]


def compute_stability_index(
    before: Sequence[float] | DriftValues, after: Sequence[float] | DriftValues
) -> float:
    """The population stability index of counts over the same bins: 0 where all shares are equal.

    The usual reading: below 0.1 nothing, from 0.25 on another population.
    """
    then, now = (np.asarray(counts, dtype=np.float64) + HALF_COUNT for counts in (before, after))
    then, now = then / then.sum(), now / now.sum()
    return float(np.sum((now - then) * np.log(now / then)))


def count_in_bins(values: DriftValues, edges: DriftValues) -> DriftValues:
    """How many values lie at or below each edge and above the one before it; the last bin is open."""
    return np.bincount(np.searchsorted(edges, values), minlength=len(edges) + 1).astype(np.float64)


def find_edge_ranks(customers: int) -> list[int]:
    """Which of so many values, in order, are the edges of bins that are equally full."""
    shares = np.arange(1, DRIFT_BINS) / DRIFT_BINS
    return [int(rank) for rank in np.maximum(np.ceil(customers * shares - 1), 0)]


def find_quantile_edges(values: DriftValues) -> DriftValues:
    """Edges of bins that are equally full before; where many values are equal, bins fall together."""
    inner = np.sort(values)[find_edge_ranks(len(values))]
    return np.unique(inner[inner < values.max()])


class ColumnCounts(NamedTuple):
    """What the values of a column come to before and now by counting alone, wherever they lie."""

    customers: tuple[int, int]
    bins: tuple[DriftValues, DriftValues]
    gap: float
    medians: tuple[float, float]


def count_column(before: pd.Series, after: pd.Series) -> ColumnCounts | None:
    """The counts of values that are here; nothing where there is nobody on one side."""
    from scipy.stats import ks_2samp

    if before.empty or after.empty:
        return None
    then, now = before.to_numpy(), after.to_numpy()
    edges = find_quantile_edges(then)
    return ColumnCounts(
        customers=(len(then), len(now)),
        bins=(count_in_bins(then, edges), count_in_bins(now, edges)),
        gap=float(ks_2samp(then, now, method="asymp").statistic),
        medians=(float(np.median(then)), float(np.median(now))),
    )


def compute_feature_drift(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """One row per feature of customers who are here."""
    return describe_column_drift({name: count_column(before[name], after[name]) for name in before.columns})


def describe_column_drift(columns: Mapping[str, ColumnCounts | None]) -> pd.DataFrame:
    """One row per column: `psi`, `gap`, `p`, and the medians of both.

    `gap` is the largest distance between the two cumulative shares, which is the statistic of the
    Kolmogorov-Smirnov test: a difference in customers, whatever the unit. `p` is corrected by Benjamini and
    Hochberg for as many tests as there are columns. Where there is nobody on one side, nothing is known.
    """
    from scipy.stats import false_discovery_control

    table = pd.DataFrame([{"feature": name, **_describe_column(one)} for name, one in columns.items()])
    return table.assign(p=false_discovery_control(table["p"]))


def _describe_column(counts: ColumnCounts | None) -> dict[str, float]:
    if counts is None:
        return {"psi": np.nan, "gap": np.nan, "p": 1.0, "median_before": np.nan, "median_after": np.nan}
    return {
        "psi": compute_stability_index(*counts.bins),
        "gap": counts.gap,
        "p": _find_chance(counts.gap, *counts.customers),
        "median_before": counts.medians[0],
        "median_after": counts.medians[1],
    }


def _find_chance(gap: float, before: int, after: int) -> float:
    """How often chance alone leaves such a gap: Smirnov's formula for many, as SciPy has it."""
    from scipy.stats import kstwo

    return float(np.clip(kstwo.sf(gap, round(before * after / (before + after))), 0, 1))


def compute_share_drift(before: pd.Series, after: pd.Series) -> pd.DataFrame:
    """One row per category, in the order of its share before: the share before and after, of the counts."""
    counts = pd.DataFrame({"before": before, "after": after}).fillna(0).sort_index()
    shares: pd.DataFrame = counts / counts.sum()
    return shares.sort_values("before", ascending=False, kind="stable")
