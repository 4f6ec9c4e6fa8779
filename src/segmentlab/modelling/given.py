"""Segments that somebody made elsewhere, as a model like any other: nothing is learnt, all else follows."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from segmentlab.errors import DataError
from segmentlab.modelling.interfaces import Labels, Points
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.parameters import AnyList, ParameterTable, check_parameters


class GivenLabels(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Labels of the customers at hand, in their order; new customers are placed by their neighbours.

    Args:
        labels: A label for each customer: numbers or names. None, nan, "" and -1 are no segment.

    Attributes:
        labels_: The labels as whole numbers from 0, -1 where there is none.
        segment_names_: The names of those labels, where they were names and not numbers.

    Example:
        >>> import numpy as np
        >>> from segmentlab.modelling import GivenLabels
        >>> given = GivenLabels(["gold", "silver", "gold", None]).fit(np.eye(4))
        >>> given.labels_.tolist(), given.segment_names_
        ([0, 1, 0, -1], {0: 'gold', 1: 'silver'})
    """

    PARAMETERS: ClassVar[ParameterTable] = {"labels": (AnyList(),)}

    # They can't be made again from other customers, so nobody can ask whether they would be found again.
    can_refit: ClassVar[bool] = False

    def __init__(self, labels: Sequence[object] | npt.NDArray[Any] = ()) -> None:
        self.labels = labels

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Take the labels; there has to be one for each customer."""
        check_parameters(self)
        points = validate_data(self, X, dtype=np.float64)
        given = pd.Series(list(self.labels), dtype="object")
        if len(given) != len(points):
            raise DataError(
                f"labels has {len(given):,} labels for {len(points):,} customers. Give one to each customer."
            )
        given = given.where(~given.isin(["", NOISE, str(NOISE)]))
        codes, values = pd.factorize(given, sort=False)
        self.labels_: Labels = np.asarray(codes, dtype=np.int64)
        named = any(isinstance(value, str) for value in values)
        self.segment_names_ = {code: str(value) for code, value in enumerate(values)} if named else {}
        return self
