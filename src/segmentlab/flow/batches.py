"""What Spark does with some thousand customers at a time; it is sent to every machine, with all it needs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans
from sklearn.mixture import GaussianMixture

from segmentlab.evaluation import compute_simplified_silhouettes
from segmentlab.flow.movement import STATE_COLUMNS, Steadiness, settle_segments
from segmentlab.flow.place import SCORE_DECIMALS
from segmentlab.flow.population import measure_distances
from segmentlab.modelling import NOT_APART, Points, Scorer, find_apart_rules
from segmentlab.transactions import find_id_shapes, has_kept_nothing

MONEY: Final = ("gross", "returned", "net")


@dataclass(frozen=True)
class Project:
    """Where those stand whom no rule sets apart."""

    scorer: Scorer

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Their points, x0 and so on, by customer."""
        features = _read_features(self.scorer, rows)
        stayed = features[find_apart_rules(self.scorer.apart, features) == NOT_APART]
        if stayed.empty:
            return pd.DataFrame()
        points = self.scorer.project(self.scorer.prepare(stayed))
        return pd.DataFrame(points, index=stayed.index).add_prefix("x")


@dataclass(frozen=True)
class Rate:
    """How well each model fits: minus the squared distances, or the logarithm of the likelihood."""

    models: Sequence[KMeans | GaussianMixture]

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row for each model, summed over these customers."""
        points = rows.to_numpy()
        scores = [
            model.score(points) * (len(points) if isinstance(model, GaussianMixture) else 1)
            for model in self.models
        ]
        return pd.DataFrame({"score": scores})


@dataclass(frozen=True)
class AddUp:
    """Sums by the model's own label: customers, money, and where they stand when prepared."""

    scorer: Scorer

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row for each label that one of these customers has."""
        features = _read_features(self.scorer, rows)
        prepared = self.scorer.prepare(features).to_numpy()
        sums = pd.DataFrame(prepared).add_prefix("x")
        sums["customers"], sums["revenue"] = 1.0, rows["revenue"].to_numpy(dtype=np.float64)
        return sums.groupby(self.scorer.unnumbered.predict(features)).sum()


@dataclass(frozen=True)
class Place:
    """Segment, name and confidence, and how far from the middle of the segment."""

    scorer: Scorer
    middles: Points

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Further columns for each of these customers."""
        features = _read_features(self.scorer, rows)
        placed = self.scorer.assign(features)
        labels = placed["segment"].to_numpy()
        prepared = self.scorer.prepare(features).to_numpy()
        distance, silhouette = compute_simplified_silhouettes(prepared, labels, self.middles)
        nothing = has_kept_nothing(rows[list(MONEY)]).to_numpy(dtype=np.int64)
        return placed.assign(distance=distance, silhouette=silhouette, kept_nothing=nothing)


PLACED: Final = {
    "segment": "bigint",
    "name": "string",
    "confidence": "double",
    "distance": "double",
    "silhouette": "double",
    "kept_nothing": "bigint",
}


@dataclass(frozen=True)
class SumPrepared:
    """Sums by segment: customers, and where they stand when prepared."""

    scorer: Scorer

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row for each segment that one of these customers is in."""
        features = _read_features(self.scorer, rows)
        sums = pd.DataFrame(self.scorer.prepare(features).to_numpy()).add_prefix("x").assign(customers=1.0)
        return sums.groupby(self.scorer.predict(features)).sum()


@dataclass(frozen=True)
class MeasureFit:
    """Segment and confidence, and how far from these centres, which are means of other customers."""

    scorer: Scorer
    centres: pd.DataFrame

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Further columns for each of these customers."""
        features = _read_features(self.scorer, rows)
        placed = self.scorer.assign(features)
        distance = measure_distances(self.scorer, self.centres, features, placed["segment"])
        return placed.assign(distance=distance)


FITTED: Final = {"segment": "bigint", "confidence": "double", "distance": "double"}


@dataclass(frozen=True)
class Score:
    """Segment, name and confidence, as a scoring tells them."""

    scorer: Scorer

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Further columns for each of these customers."""
        placed = self.scorer.assign(_read_features(self.scorer, rows))
        return placed.assign(confidence=placed["confidence"].round(SCORE_DECIMALS))


SCORED: Final = {"segment": "bigint", "name": "string", "confidence": "double"}


@dataclass(frozen=True)
class Settle:
    """The segment that each customer is in, from the state before, and what else a state tells."""

    as_of: date
    rule: Steadiness
    given: frozenset[int]

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Further columns for each of these customers; nobody was known where there is no state before."""
        before = None
        if "before_segment" in rows:
            known = rows[rows["before_segment"].notna()]
            before = known[["customer_id"]].assign(
                **{name: known[f"before_{name}"].to_numpy() for name in STATE_COLUMNS}
            )
            kinds = {"segment": "int64", "scored": "int64", "previous": "Int64", "since": "datetime64[us]"}
            before = before.astype(kinds)
        scored = rows[["customer_id", "segment", "name", "confidence", "revenue"]]
        state = settle_segments(before, scored, self.as_of, self.rule, self.given)
        return state.assign(
            settled=state["segment"],
            settled_name=state["name"],
            previous=state["previous"].astype("float64"),
            since=state["since"].dt.strftime("%Y-%m-%d"),
        )


SETTLED: Final = {
    "settled": "bigint",
    "settled_name": "string",
    "in_a_row": "bigint",
    "previous": "double",  # missing where a customer never moved
    "since": "string",
}


@dataclass(frozen=True)
class CountShapes:
    """How many ids are written in which way."""

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """A row for each way that one of these ids is written in."""
        shapes = find_id_shapes(pd.Index(rows["customer_id"]))
        return pd.Series(1.0, index=shapes, name="customers").groupby(level=0).sum().to_frame()


def _read_features(scorer: Scorer, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.set_index("customer_id")[list(scorer.features)]
