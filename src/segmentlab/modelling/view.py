"""Two or three axes to look at segments with. A picture's space: nothing is ever scored in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import Points
from segmentlab.modelling.umap_map import UmapMap

VIEW_AXES = ("x", "y", "z")
VIEW_DIMENSIONS = (2, 3)  # the plane, and space
MANY_FEATURES = 500  # features
VARIANCE_SHARE = "explained_variance_ratio"


class View(Protocol):
    """A way to look at customers."""

    axis: str  # what its axes are called, such as `principal component`

    def points(self, prepared: pd.DataFrame, drawn: pd.Index, dimensions: int) -> Points:
        """Where in the picture each of the customers to be drawn stands."""
        ...


def compute_views(view: View, prepared: pd.DataFrame, drawn: pd.Index) -> dict[int, pd.DataFrame]:
    """Columns x, y (and z) of the drawn customers, per number of dimensions that the data can fill."""
    return {
        dimensions: pd.DataFrame(
            view.points(prepared, drawn, dimensions), index=drawn, columns=list(VIEW_AXES[:dimensions])
        )
        for dimensions in VIEW_DIMENSIONS
        if dimensions <= min(prepared.shape)
    }


@dataclass(frozen=True)
class PrincipalComponents:
    """The directions in which all customers, drawn or not, differ most."""

    axis = "principal component"

    def points(self, prepared: pd.DataFrame, drawn: pd.Index, dimensions: int) -> Points:
        """The first principal components of the prepared features."""
        # All directions of thousands of features take minutes; of the first ones seconds.
        solver = "covariance_eigh" if prepared.shape[1] <= MANY_FEATURES else "arpack"
        components = PCA(n_components=dimensions, svd_solver=solver, random_state=0).fit(prepared.to_numpy())
        return np.asarray(components.transform(prepared.loc[drawn].to_numpy()))


@dataclass(frozen=True)
class UmapView:
    """A UMAP of the drawn customers alone, so that its time does not grow with the data.

    Each number of dimensions has its own map: the shadow of a map in space keeps neighbours together
    worse than a map of the plane.
    """

    n_neighbors: int = 15
    min_dist: float = 0.1
    random_state: int = 0
    axis = "UMAP dimension"

    def points(self, prepared: pd.DataFrame, drawn: pd.Index, dimensions: int) -> Points:
        """The places that UMAP gives to the drawn customers."""
        umap = UmapMap(dimensions, self.n_neighbors, self.min_dist, random_state=self.random_state)
        try:
            return umap.fit(shown := prepared.loc[drawn].to_numpy()).transform(shown)
        except ValueError as error:
            raise ConfigError(f"view: {error}") from error


def make_loadings_table(projection: PCA, features: Sequence[str]) -> pd.DataFrame:
    """Components in rows: the share of the variance that each explains, and the weight of each feature.

    The squares of a row's weights sum to one, so a weight says how much of the component the feature is.
    A component may be turned round: signs mean something within a row alone.
    """
    components = pd.RangeIndex(1, len(projection.components_) + 1, name="component")
    weights = pd.DataFrame(projection.components_, index=components, columns=list(features))
    weights.insert(0, VARIANCE_SHARE, projection.explained_variance_ratio_)
    return weights
