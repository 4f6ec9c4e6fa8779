"""Preparation: from features in their own units to the space that customers are compared in.

Every transform works feature by feature and keeps the order of customers within a feature.
"""

from segmentlab.modelling.preparation.caps import QuantileCaps
from segmentlab.modelling.preparation.log import SignedLog
from segmentlab.modelling.preparation.normal_scores import NormalScores

__all__ = ["NormalScores", "QuantileCaps", "SignedLog"]
