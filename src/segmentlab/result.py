"""What goes into a segmentation and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from segmentlab.described import Described
from segmentlab.evaluation.effort import Effort
from segmentlab.evaluation.judgement import Judgement
from segmentlab.features.contract import AnySet
from segmentlab.modelling.contract import Apart, Clusterer, Transformer
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.view import View
from segmentlab.report.figures.loadings import loadings_table
from segmentlab.segments.portrait import Portrait
from segmentlab.segments.product_portrait import ProductPortrait
from segmentlab.segments.vocabulary import Vocabulary
from segmentlab.transactions.cleaning import Rule


@dataclass(frozen=True)
class Plan:
    """Every choice of one experiment, as plain objects."""

    cleaning: Mapping[str, Rule]
    features: Mapping[str, AnySet]
    preparation: Transformer
    projection: Transformer
    model: Clusterer
    view: View  # how pictures show the customers; nothing is measured in it
    names: Vocabulary  # the words for segments, and the rules that choose among them
    apart: Sequence[Apart] = ()
    ks: Sequence[int] = ()  # the numbers of segments to look at beside the chosen one
    leave_out: Sequence[str] = ()
    as_of: date | None = None
    holdout_days: int = 0  # how long before the end the flow is learnt anew, to be judged by what came after
    effort: Effort = field(default_factory=Effort)  # how much is drawn to judge the segments
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
    shapes: pd.DataFrame  # of each feature, before and after the preparation
    segmenter: Segmenter
    customers: pd.DataFrame
    portrait: Portrait
    products: ProductPortrait | None
    judgement: Judgement
    metrics: Mapping[str, float]
    k_scan: pd.DataFrame | None
    views: Mapping[int, pd.DataFrame]  # where customers stand in pictures of two and of three dimensions

    @property
    def loadings(self) -> pd.DataFrame | None:
        """What the principal components are made of, where the model clusters in them."""
        projection = self.segmenter.scorer_.projection
        return (
            loadings_table(projection, list(self.prepared.columns.astype(str)))
            if isinstance(projection, PCA)
            else None
        )

    @property
    def profile(self) -> pd.DataFrame:
        """One row per segment: name, sizes, shares, habits and features."""
        return self.portrait.profile

    @property
    def product_notes(self) -> tuple[str, ...]:
        """What can't be told of products, and why."""
        if self.products is not None:
            return self.products.notes
        sales = self.described.sales
        return () if sales is None else (f"Products are not available: {sales.purchases}.",)

    @property
    def found(self) -> int:
        """How many segments the model found; those that rules set apart are not among them."""
        return len(set(self.segmenter.model_.labels_) - {NOISE})

    @property
    def labels(self) -> pd.Series:
        """The segment of each customer."""
        return pd.Series(np.asarray(self.customers["segment"]), index=self.described.features.frame.index)
