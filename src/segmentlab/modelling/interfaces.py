"""What the flow asks of scikit-learn's objects, which come without types."""

from typing import Any, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Transformer(Protocol):
    """A preparation or a projection: fitted once, applied to every customer alike."""

    def fit(self, X: pd.DataFrame | Points) -> Self:  # noqa: N803  (scikit-learn's own name)
        """Learn from the customers at hand."""
        ...

    def transform(self, X: pd.DataFrame | Points) -> Points:  # noqa: N803
        """Apply what was learnt, to customers old and new."""
        ...


class Clusterer(Protocol):
    """A model that finds groups. `assignment` makes it say to which of them a new point belongs.

    A model that changes its method above some size says so in `notes_`, a tuple of plain sentences.
    """

    labels_: Labels

    def fit(self, X: Points) -> Self:  # noqa: N803
        """Find the groups."""
        ...

    def get_params(self) -> dict[str, Any]:
        """What it was constructed with."""
        ...

    def set_params(self, **params: object) -> Self:
        """Change what it was constructed with."""
        ...


@runtime_checkable
class CustomerModel(Protocol):
    """A clusterer that has to know more than points: who customers are, or what is behind a column."""

    def meet_customers(
        self, features: pd.DataFrame, preparation: Transformer, projection: Transformer
    ) -> Clusterer:
        """The model for these customers, not fitted yet, all it has learnt of them in its parameters.

        `features` are a row per customer in their own units, and the stages are fitted: the points that
        follow are what they make of the rows, in their order. The copy is also fitted on other points of
        that space, when it is drawn how stable its segments are.
        """
        ...


class Assigner(Protocol):
    """Places points that a model has not seen, in the space that the model clustered in.

    Labels are the model's own or -1. Confidence is on one scale for every model: 0 at a border, 1 at
    the heart of a segment. A point's answer depends on no other point. An assigner consists of plain
    arrays and of trusted estimators, for it is what a logged model is made of.
    """

    def assign(self, points: Points) -> tuple[Labels, Points]:
        """The label and the confidence of each point."""
        ...


@runtime_checkable
class ApartRule(Protocol):
    """A rule that takes customers out of the clustering and gives them a segment of their own.

    Without a `name` they belong to no segment: they are noise, and coverage tells how many they are.
    """

    @property
    def name(self) -> str | None:
        """What the segment is called."""
        ...

    def fit(self, X: pd.DataFrame) -> Self:  # noqa: N803
        """Learn the limits from all customers at hand, in their features before any transform."""
        ...

    def applies(self, features: pd.DataFrame) -> npt.NDArray[np.bool_]:
        """Which customers it takes out, among old and new ones alike."""
        ...

    def get_params(self) -> dict[str, Any]:
        """What it was constructed with."""
        ...

    def set_params(self, **params: object) -> Self:
        """Change what it was constructed with."""
        ...
