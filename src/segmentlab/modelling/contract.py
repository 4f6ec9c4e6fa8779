"""What the flow asks of scikit-learn's objects, which come without types."""

from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

Points = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int64]


class Transformer(Protocol):
    """A preparation or a projection: fitted once, applied to every customer alike."""

    def fit(self, X: pd.DataFrame) -> Self:  # noqa: N803  (scikit-learn's own name)
        """Learn from the customers at hand."""
        ...

    def transform(self, X: pd.DataFrame) -> Points:  # noqa: N803
        """Apply what was learnt, to customers old and new."""
        ...


class Clusterer(Protocol):
    """A model that finds groups and can say to which of them a new point belongs."""

    labels_: Labels
    cluster_centers_: Points  # of those that have centres

    def fit(self, X: Points) -> Self:  # noqa: N803
        """Find the groups."""
        ...

    def predict(self, X: Points) -> Labels:  # noqa: N803
        """The group of each point."""
        ...

    def get_params(self) -> dict[str, Any]:
        """What it was constructed with."""
        ...

    def set_params(self, **params: object) -> Self:
        """Change what it was constructed with."""
        ...
