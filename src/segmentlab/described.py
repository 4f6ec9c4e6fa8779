"""Between data and model: customers as rows of features, and what happened to the data on the way."""

from dataclasses import dataclass

import pandas as pd

from segmentlab.features.table import FeatureTable
from segmentlab.transactions.dataset import About


@dataclass(frozen=True)
class Described:
    """All that a segmentation needs of the data; nothing of it is larger than the customers."""

    about: About
    features: FeatureTable
    revenue: pd.Series  # per customer
    ledger: pd.DataFrame
    suspicious: pd.DataFrame  # lines that stayed, of a size that asks to be looked at
