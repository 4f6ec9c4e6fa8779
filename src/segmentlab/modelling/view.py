"""Two or three axes to look at segments with. A picture's space: nothing is ever scored in it."""

import pandas as pd
from sklearn.decomposition import PCA

AXES = ("x", "y", "z")


def view(prepared: pd.DataFrame) -> pd.DataFrame:
    """The first principal components of the prepared features, as many as there are up to three."""
    axes = AXES[: min(len(AXES), *prepared.shape)]
    points = PCA(n_components=len(axes), svd_solver="full").fit_transform(prepared.to_numpy())
    return pd.DataFrame(points, index=prepared.index, columns=list(axes))
