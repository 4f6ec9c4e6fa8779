"""How well mixtures explain the customers, less a penalty for each parameter: lower is better."""

from typing import Final

from segmentlab.modelling.contract import Clusterer, Points

CRITERIA: Final = ("bic", "aic")


def information_criteria(fitted: Clusterer, projected: Points) -> dict[str, float]:
    """BIC and AIC in the space that the model clusters in; none of a model without a likelihood."""
    return {name: float(getattr(fitted, name)(projected)) for name in CRITERIA if hasattr(fitted, name)}
