"""What goes into a segmentation and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from segmentlab.described import Described
from segmentlab.evaluation.separation import Separation
from segmentlab.features.contract import FeatureSet, Learner
from segmentlab.modelling.contract import Clusterer, Transformer
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.transactions.cleaning import Rule


@dataclass(frozen=True)
class Plan:
    """Every choice of one experiment, as plain objects."""

    cleaning: Mapping[str, Rule]
    features: Mapping[str, FeatureSet | Learner]
    preparation: Transformer
    projection: Transformer
    model: Clusterer
    ks: Sequence[int] = ()  # the numbers of segments to look at beside the chosen one
    leave_out: Sequence[str] = ()
    as_of: date | None = None
    sample: int = 10_000
    seed: int = 0


@dataclass(frozen=True)
class Provenance:
    """Where a result comes from: enough to make it again."""

    choices: Mapping[str, str]  # the name of the option per group
    parameters: Mapping[str, str]  # every value, flat
    config: str  # the resolved configuration as YAML
    command: str
    code: str
    versions: Mapping[str, str]


@dataclass(frozen=True)
class Result:
    """A finished segmentation: everything that its record and its report are made of."""

    plan: Plan
    described: Described
    prepared: pd.DataFrame
    segmenter: Segmenter
    customers: pd.DataFrame
    profile: pd.DataFrame
    separation: Separation
    metrics: Mapping[str, float]
    k_scan: pd.DataFrame | None
    view: pd.DataFrame

    @property
    def labels(self) -> pd.Series:
        """The segment of each customer."""
        return pd.Series(np.asarray(self.customers["segment"]), index=self.described.features.frame.index)
