from datetime import date

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from segmentlab.features.rfm import Rfm
from segmentlab.features.table import FeatureRecipe
from segmentlab.flow.place import Recipe
from segmentlab.modelling.preparation import SignedLog
from segmentlab.modelling.scorer import Scorer
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.transactions.cleaning.single_lines import (
    InvoicePrefix,
    NonProduct,
    NotPositive,
    UnknownCustomer,
)

RULES = {
    "unknown_customer": UnknownCustomer(),
    "cancellation": InvoicePrefix("C"),
    "bad_debt": InvoicePrefix("A"),
    "non_product": NonProduct(),
    "gift": NotPositive("unit_price"),
}


@pytest.fixture(scope="session")
def scorer() -> Scorer:
    """Two segments: who bought lately and much, and the others."""
    rng = np.random.default_rng(0)
    centres = np.repeat([[10.0, 20.0, 4000.0], [200.0, 2.0, 20.0]], 50, axis=0)
    features = pd.DataFrame(
        centres * rng.uniform(0.8, 1.2, centres.shape),
        columns=[column.name for column in Rfm.columns],
        index=pd.Index([f"known {i}" for i in range(100)], name="customer_id"),
    )
    model = KMeans(n_clusters=2, n_init=1, random_state=0)
    segmenter = Segmenter(make_pipeline(SignedLog(), StandardScaler()), FunctionTransformer(), model)
    return segmenter.fit(features, value=features["rfm_monetary"]).scorer_


@pytest.fixture(scope="session")
def recipe() -> Recipe:

    return Recipe(RULES, FeatureRecipe(Rfm.columns, {"rfm": Rfm()}), "a digest", date(2011, 12, 10))
