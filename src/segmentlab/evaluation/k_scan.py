"""The same model at every k: views to look at, not a decision."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from sklearn.base import clone
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score

from segmentlab.evaluation.sample import stratified
from segmentlab.evaluation.separation import within_sum_of_squares
from segmentlab.evaluation.silhouette import silhouettes
from segmentlab.modelling.contract import Clusterer, Points
from segmentlab.modelling.segmenter import fit_model, k_parameter
from segmentlab.modelling.threads import threads_for


def scan_k(
    model: Clusterer,
    projected: Points,
    prepared: Points,
    ks: Iterable[int],
    sample: int,
    seed: int,
) -> pd.DataFrame:
    """One row per k: inertia, silhouette, Davies-Bouldin, Calinski-Harabasz.

    The model clusters the projected points; every score is taken in the prepared space, so that the
    rows compare.
    """
    rows = stratified(np.zeros(len(prepared), dtype=np.int64), sample, seed)
    views = []
    name = k_parameter(model) or "n_clusters"
    with threads_for(len(prepared)):
        for k in ks:
            labels = fit_model(clone(model).set_params(**{name: k}), projected).labels_
            views.append(
                {
                    "k": k,
                    "inertia": within_sum_of_squares(prepared, labels),
                    "silhouette": float(silhouettes(prepared[rows], labels[rows]).mean()),
                    "davies_bouldin": float(davies_bouldin_score(prepared, labels)),
                    "calinski_harabasz": float(calinski_harabasz_score(prepared, labels)),
                }
            )
    return pd.DataFrame(views)
