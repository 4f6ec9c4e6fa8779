"""What only the fitted model of a run can show, and other models have not: trees, densities, distances.

A model shows what it keeps: whichever class has the attributes has the figures.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from segmentlab.evaluation.information_criteria import CRITERIA
from segmentlab.items import Table
from segmentlab.modelling.contract import Clusterer, Labels
from segmentlab.report.figures.condensed_tree import branches, condensed_tree
from segmentlab.report.figures.dendrogram import dendrogram, tree_top
from segmentlab.report.figures.information_criteria import information_criteria
from segmentlab.report.figures.k_distance import k_distance
from segmentlab.report.figures.memberships import memberships
from segmentlab.report.picture import Picture
from segmentlab.result import Result


def model_pictures(result: Result) -> Iterator[Picture]:
    """The figures of this model, if it has any."""
    model: Any = result.segmenter.model_
    segments, profile = _segments(result), result.profile
    if _keeps(model, "tree_", "weights_", "leaves_"):
        of_leaf = segments[np.unique(model.leaves_, return_index=True)[1]]
        yield dendrogram(tree_top(model.tree_, model.weights_, of_leaf), profile)
    if _keeps(model, "condensed_tree_"):
        tree = model.condensed_tree_.to_numpy()
        total = 1 + int((tree["child"] >= len(segments)).sum())
        yield condensed_tree(branches(tree, segments), total, profile)
    if (belonging := _memberships(result)) is not None:
        yield memberships(belonging, profile)
    if _keeps(model, "k_distances_", "eps_"):
        asked = model.get_params()
        yield k_distance(model.k_distances_, asked["min_samples"], model.eps_, chosen=asked["eps"] is None)
    if (criteria := _criteria(result)) is not None:
        yield information_criteria(criteria, model.n_components)


def model_tables(result: Result) -> Iterator[Table]:
    """The numbers behind them, where they are not in another table."""
    if (belonging := _memberships(result)) is not None:
        yield Table("tables/memberships.parquet", belonging)
    if (criteria := _criteria(result)) is not None:
        yield Table("tables/information_criteria.csv", criteria)


def _keeps(model: Clusterer, *attributes: str) -> bool:
    return all(hasattr(model, attribute) for attribute in attributes)


def _segments(result: Result) -> Labels:
    """The segments of the customers whom the model saw; those who were set apart are not among them."""
    own: Labels = result.segmenter.labels_[result.segmenter.clustered_]
    return own


def _memberships(result: Result) -> pd.DataFrame | None:
    model: Any = result.segmenter.model_
    features = result.described.features.frame
    if not _keeps(model, "probabilities_", "outlier_scores_"):
        return None
    return pd.DataFrame(
        {
            "customer_id": features.index[result.segmenter.clustered_],
            "segment": _segments(result),
            "probability": model.probabilities_,
            "outlier_score": model.outlier_scores_,
        }
    )


def _criteria(result: Result) -> pd.DataFrame | None:
    scan = result.k_scan
    return None if scan is None or not {*CRITERIA} <= {*scan} else scan[["k", *CRITERIA]]
