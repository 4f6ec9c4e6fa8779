"""How transactions become the rows that a model takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from segmentlab.features.table import FeatureRecipe
from segmentlab.transactions.cleaning import Rule


@dataclass(frozen=True)
class Recipe:
    """Cleaning and features as the model's own customers had them, with all that the feature sets learnt.

    It travels with the model. Customers who are described by another recipe have columns of the same
    names that mean something else, and nothing would tell.
    """

    cleaning: Mapping[str, Rule]
    features: FeatureRecipe
    trained_on: str  # the digest of the data
    trained_as_of: date | None  # none where the model's customers have no transactions

    def behind(self, rules: Mapping[str, Rule]) -> "Recipe":
        """The recipe for data that brings rules of its own, such as an overlap of its files.

        They come first, as in a run. Where the model's cleaning has a rule of the same name, that one counts.
        """
        return replace(self, cleaning={**rules, **self.cleaning})
