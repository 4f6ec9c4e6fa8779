"""Whether the customers are still those that the model was made for."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

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

LEAST_SHARE: Final = 0.02  # of all customers: a segment of fewer doubles by chance


@dataclass(frozen=True)
class Population:
    """Customers as the model sees them: their features, and where it puts them (segment, confidence)."""

    features: pd.DataFrame
    placed: pd.DataFrame

    @property
    def sizes(self) -> pd.Series:
        """How many are in each segment."""
        return self.placed["segment"].value_counts()


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
    centres = scorer.prepare(before.features).groupby(before.placed["segment"].to_numpy()).mean()
    then, now = (_measure_own_fit(scorer, centres, people) for people in (before, after))
    return describe_population_drift(
        features=compute_feature_drift(before.features, after.features[list(before.features)]),
        own=compute_feature_drift(then, now),
        sizes=(before.sizes, after.sizes),
    )


def describe_population_drift(
    features: pd.DataFrame, own: pd.DataFrame, sizes: tuple[pd.Series, pd.Series]
) -> PopulationDrift:
    """What the tables of columns and the sizes of segments, before and now, come to."""
    segments = compute_share_drift(*sizes)
    then, now = (size.reindex(segments.index, fill_value=0) for size in sizes)
    noise = (segments["after"] - segments["before"]).get(NOISE, 0.0)
    return PopulationDrift(
        features=features,
        segments=segments,
        own=own,
        psi_of_segments=compute_stability_index(then.to_numpy(), now.to_numpy()),
        noise=float(noise),
    )


def check_population(
    found: PopulationDrift, in_days: Collection[str], limits: AlarmLimits, names: Mapping[int, str]
) -> Iterator[Alarm]:
    """The largest difference of each kind; what chance explains is none.

    Features counted in days (`in_days`) follow the calendar of the shop, so they have limits of their own.
    """
    told = found.features[found.features["p"] < limits.alpha]
    calendar = told["feature"].isin(in_days)
    yield from _find_largest_drifts(told[~calendar], {"psi": limits.psi, "gap": limits.gap}, "")
    yield from _find_largest_drifts(told[calendar], {"psi": limits.days_psi, "gap": limits.days_gap}, "days_")
    yield Alarm("shares", found.psi_of_segments, limits.shares, _find_widest_change(found.segments, names))
    yield _check_growth(found.segments, limits.growth, names)
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


def _measure_own_fit(scorer: Scorer, centres: pd.DataFrame, people: Population) -> pd.DataFrame:
    """Confidence, and the distance to the centre of the own segment, of everybody in a segment."""
    distances = measure_distances(scorer, centres, people.features, people.placed["segment"])
    fit = pd.DataFrame({"confidence": people.placed["confidence"], "distance": distances})
    return fit[fit["distance"].notna()]


def measure_distances(
    scorer: Scorer, centres: pd.DataFrame, features: pd.DataFrame, segments: pd.Series
) -> pd.Series:
    """How far each customer is from the centre of the own segment; missing where there is none."""
    inside = segments.isin(set(centres.index) - {NOISE}).to_numpy()
    if not inside.any():
        return pd.Series(np.nan, index=features.index)
    prepared = scorer.prepare(features[inside]).to_numpy()
    apart = prepared - centres.loc[segments[inside]].to_numpy()
    return pd.Series(np.linalg.norm(apart, axis=1), index=features.index[inside]).reindex(features.index)


def _check_growth(segments: pd.DataFrame, limit: float, names: Mapping[int, str]) -> Alarm:
    """Shares of all segments together hide that a small one has doubled. Noise has a check of its own."""
    shares = segments.drop(index=NOISE, errors="ignore").clip(lower=LEAST_SHARE)
    if shares.empty:
        return Alarm("growth", np.nan, limit, "all customers are noise")
    growth = shares["after"] / shares["before"]
    most = int(str(growth.idxmax()))
    return Alarm("growth", float(growth[most]), limit, _tell_change(segments, most, names))


def _find_widest_change(segments: pd.DataFrame, names: Mapping[int, str]) -> str:
    change = segments["after"] - segments["before"]
    return _tell_change(segments, int(str(change.abs().idxmax())), names)


def _tell_change(segments: pd.DataFrame, one: int, names: Mapping[int, str]) -> str:
    then, now = float(segments["before"][one]), float(segments["after"][one])
    return f"{names.get(one, f'segment {one}')} had {then:.1%} of the customers and has {now:.1%}"
