"""Products of a segmentation: what segments buy, and what to recommend."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from segmentlab.segments.hindsight import metrics
from segmentlab.segments.products import Likelihoods, likelihoods
from segmentlab.segments.purchases import Purchases
from segmentlab.segments.recommendations import best, learn, on_sale, ownership, per_customer, per_segment


@dataclass(frozen=True)
class ProductPortrait:
    """What the customers of each segment buy, and what they have not bought yet.

    `for_customers` and `for_segments` are the recommendations. `hindsight` says how good those of an
    earlier day were, where the data reaches back far enough.
    """

    likelihoods: Likelihoods
    for_customers: pd.DataFrame
    for_segments: pd.DataFrame
    hindsight: pd.DataFrame | None = None
    notes: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)


def product_portrait(
    purchases: Purchases, labels: pd.Series, hindsight: pd.DataFrame | None
) -> ProductPortrait:
    """Estimate, and recommend to every customer of the purchases."""
    found = likelihoods(purchases, labels)
    recommender = learn(purchases, labels, found)
    everybody = np.arange(len(purchases.customers))
    lists = best(recommender.scores, everybody, on_sale(purchases), ownership(purchases))
    recommended = per_customer(recommender, lists)
    return ProductPortrait(
        likelihoods=found,
        for_customers=recommended,
        for_segments=per_segment(recommended, labels, found),
        hindsight=hindsight,
        notes=purchases.notes,
        metrics={} if hindsight is None else metrics(hindsight),
    )
