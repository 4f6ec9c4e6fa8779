"""What a feature is called, and which of them have a long tail."""

import pandas as pd

from segmentlab.features.feature_set import Column, word_features
from segmentlab.features.table import FeatureRecipe, FeatureTable


def columns(*names: str) -> tuple[Column, ...]:
    return tuple(Column(name, "", "days", "log" if name.endswith("monetary") else "none") for name in names)


def test_words_are_short_unless_two_sets_have_the_same() -> None:
    described = columns("rfm_recency", "basket_mean_size", "products_size", "basket_size", "age")
    assert word_features(described) == ["recency", "mean size", "products size", "basket size", "age"]


def test_a_table_and_its_recipe_say_which_features_are_long_tailed() -> None:
    described = columns("rfm_recency", "rfm_monetary")
    assert FeatureRecipe(described, {}).long_tailed == ["rfm_monetary"]
    assert FeatureTable(pd.DataFrame(), described, None, {}).long_tailed == ["rfm_monetary"]
