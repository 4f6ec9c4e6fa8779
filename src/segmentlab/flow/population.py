"""Whether the customers are still those that the model was made for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segmentlab.flow.alarms import (
    Alarm,
    AlarmLimits,
    compute_feature_drift,
    compute_share_drift,
    compute_stability_index,
)
from segmentlab.modelling import NOISE, Scorer


@dataclass(frozen=True)
class Population:
    """Customers as the model sees them: their features, and where it puts them (segment, confidence)."""

    features: pd.DataFrame
    placed: pd.DataFrame

    @property
    def noise(self) -> float:
        """The share that the model puts nowhere."""
        return float((self.placed["segment"] == NOISE).mean())


@dataclass(frozen=True)
class PopulationDrift:
    """The model's own customers against those of now, in tables; `own` has confidence and distance."""

    features: pd.DataFrame
    segments: pd.DataFrame
    own: pd.DataFrame
    psi_of_segments: float
    noise: float  # how much the share of noise has grown


def compute_population_drift(scorer: Scorer, before: Population, after: Population) -> PopulationDrift:
    """Compare features, segment shares, confidence, noise, and the distance to the segments' centres.

    Centres are the means of the model's own customers in the scoring space, which every model has.
    """
    segments = compute_share_drift(before.placed["segment"], after.placed["segment"])
    then, now = (_measure_own_fit(scorer, before, people) for people in (before, after))
    return PopulationDrift(
        features=compute_feature_drift(before.features, after.features[list(before.features)]),
        segments=segments,
        own=compute_feature_drift(then, now),
        psi_of_segments=compute_stability_index(
            (segments["before"] * len(before.placed)).to_numpy(),
            (segments["after"] * len(after.placed)).to_numpy(),
        ),
        noise=after.noise - before.noise,
    )


def check_population(
    found: PopulationDrift, in_days: Collection[str], limits: AlarmLimits
) -> Iterator[Alarm]:
    """The largest difference of each kind; what chance explains is none.

    Features counted in days (`in_days`) follow the calendar of the shop, so they have limits of their own.
    """
    told = found.features[found.features["p"] < limits.alpha]
    calendar = told["feature"].isin(in_days)
    yield from _find_largest_drifts(told[~calendar], {"psi": limits.psi, "gap": limits.gap}, "")
    yield from _find_largest_drifts(told[calendar], {"psi": limits.days_psi, "gap": limits.days_gap}, "days_")
    yield Alarm("shares", found.psi_of_segments, limits.shares, _find_widest_change(found.segments))
    for row in found.own.to_dict("records"):
        words = f"median {row['feature']} went from {row['median_before']:.3g} to {row['median_after']:.3g}"
        yield Alarm(row["feature"], row["gap"], getattr(limits, row["feature"]), words)
    yield Alarm("noise", found.noise, limits.noise, "growth of the share that belongs to no segment")


def _find_largest_drifts(features: pd.DataFrame, limits: Mapping[str, float], prefix: str) -> Iterator[Alarm]:
    for measure, limit in limits.items():
        if features.empty:
            yield Alarm(prefix + measure, 0.0, limit, "no feature differs by more than chance explains")
            continue
        worst = features.nlargest(1, measure).iloc[0]
        medians = f"median {worst['median_before']:.6g}, now {worst['median_after']:.6g}"
        yield Alarm(prefix + measure, float(worst[measure]), limit, f"{worst['feature']}: {medians}")


def _measure_own_fit(scorer: Scorer, model: Population, people: Population) -> pd.DataFrame:
    """Confidence, and the distance to the centre of the own segment, of everybody in a segment."""
    centres = scorer.prepare(model.features).groupby(model.placed["segment"].to_numpy()).mean()
    inside = people.placed["segment"].isin(set(centres.index) - {NOISE}).to_numpy()
    placed = people.placed[inside]
    prepared = scorer.prepare(people.features[inside])
    apart = prepared.to_numpy() - centres.loc[placed["segment"]].to_numpy()
    return pd.DataFrame({"confidence": placed["confidence"], "distance": np.linalg.norm(apart, axis=1)})


def _find_widest_change(segments: pd.DataFrame) -> str:
    change = segments["after"] - segments["before"]
    widest = int(str(change.abs().idxmax()))
    then, now = float(segments["before"][widest]), float(segments["after"][widest])
    return f"segment {widest} had {then:.1%} of the customers and has {now:.1%}"
