"""Everything that speaks for or against the segments of a run, in one place."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from segmentlab.evaluation.calibration import Calibration
from segmentlab.evaluation.cutoffs import PairedUsefulness
from segmentlab.evaluation.draws import Estimate
from segmentlab.evaluation.groups import Gaps
from segmentlab.evaluation.later_value import LaterValue
from segmentlab.evaluation.metrics import MEASURES
from segmentlab.evaluation.reference import Reference
from segmentlab.evaluation.separation import Separation
from segmentlab.evaluation.subscriptions import Subscriptions


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What was measured. What was not asked for, or can't be had, is None or empty."""

    separation: Separation
    atoms: pd.DataFrame
    stability: pd.DataFrame | None = None  # per segment: jaccard, its error, verdict, dissolved, recovered
    seed_agreement: float | None = None
    prediction_strength: Estimate | None = None
    references: Mapping[str, Reference] = field(default_factory=dict)  # by the name of the null
    calibration: Calibration | None = None
    usefulness: pd.DataFrame | None = None  # per forecast: scores and their intervals
    top_share: float | None = None
    later_value: LaterValue | None = None  # what a value model foresaw, and what came
    paired: PairedUsefulness | None = None  # over several cut-off days, beside grids of fixed sizes
    hopkins: float | None = None
    gaps: Gaps | None = None
    dbcv: float | None = None  # of models that look for dense places
    subscriptions: Subscriptions | None = None  # where purchases are known
    # Of which share of a segment's customers its name is true, where it says something of customers.
    truths: Mapping[int, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()  # what is missing and why, and what comes from a sample

    @property
    def metrics(self) -> dict[str, float]:
        """All of it as numbers under the names that others rely on; what is missing is not there."""
        found: dict[str, float | None] = dict(self.separation.metrics)
        found["separation/dbcv"] = self.dbcv
        if self.stability is not None and len(self.stability):
            worst = self.stability.nsmallest(1, "jaccard").iloc[0]
            found |= Estimate(float(worst["jaccard"]), float(worst["error"])).metrics("stability/jaccard_min")
            found["stability/jaccard_mean"] = float(self.stability["jaccard"].mean())
        found["stability/seed_agreement"] = self.seed_agreement
        if self.prediction_strength is not None:
            found |= self.prediction_strength.metrics("stability/prediction_strength")
        found |= {f"reference/p_{null}": reference.p_value for null, reference in self.references.items()}
        if self.gaps is not None:
            found |= self.gaps.metrics
        found["diagnostic/hopkins"] = self.hopkins
        if self.calibration is not None:
            found |= self.calibration.silhouette_z.metrics("calibrated/silhouette_z")
            found |= self.calibration.davies_bouldin_z.metrics("calibrated/davies_bouldin_z")
        found |= _list_usefulness(self.usefulness)
        found["usefulness/top_segment_revenue_share"] = self.top_share
        if self.later_value is not None:
            found["usefulness/value_level"] = self.later_value.level
        if self.paired is not None:
            found |= self.paired.metrics
        found["segments/name_truth"] = min(self.truths.values(), default=None)
        return {name: value for name, value in found.items() if value is not None}


SEGMENT_FORECAST, GRID_FORECAST, CEILING_FORECAST = "segments", "baseline_rfm_grid", "ceiling_features"
PAST_FORECAST, VALUE_FORECAST = "baseline_past_spend", "value_model"
FORECAST_SCORES = tuple(measure.short_name for measure in MEASURES if "forecasts" in measure.shown)


def _list_usefulness(table: pd.DataFrame | None) -> dict[str, float]:
    """The segments' own scores by their plain names, with their bounds; those of baselines below theirs."""
    if table is None:
        return {}
    bounds = [f"{score}_{bound}" for score in FORECAST_SCORES for bound in ("low", "high")]
    own = table.loc[
        [SEGMENT_FORECAST], [name for name in (*FORECAST_SCORES, *bounds) if name in table.columns]
    ]
    others = table.drop(index=SEGMENT_FORECAST)[[name for name in FORECAST_SCORES if name in table.columns]]
    found = {f"usefulness/{score}": value for score, value in own.iloc[0].dropna().items()}
    for forecast, row in others.iterrows():
        found |= {f"usefulness/{forecast}/{score}": value for score, value in row.dropna().items()}
    return {name: float(value) for name, value in found.items()}
