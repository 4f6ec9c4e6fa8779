"""The figures that describe segments, and those that only the fitted model of a run can show.

A model shows what it keeps: whichever class has the attributes has the figures.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from segmentlab.evaluation import CRITERIA
from segmentlab.features import FeatureTable
from segmentlab.flow import Picture, Result, Table
from segmentlab.goods import Likelihoods
from segmentlab.modelling import GRID_FEATURES, Clusterer, Labels
from segmentlab.report.figures.chosen_features import choose_deciding_features
from segmentlab.report.figures.cohort_map import draw_cohort_map, find_cohorts
from segmentlab.report.figures.condensed_tree import draw_condensed_tree, find_tree_branches
from segmentlab.report.figures.dendrogram import draw_dendrogram, find_tree_top
from segmentlab.report.figures.distributions import draw_distributions, limit_features
from segmentlab.report.figures.memberships import draw_memberships
from segmentlab.report.figures.model_curves import draw_information_criteria, draw_k_distance
from segmentlab.report.figures.pair_plot import MOST_PAIR_FEATURES, draw_pair_plot
from segmentlab.report.figures.parallel_coordinates import MOST_PARALLEL_FEATURES as MOST_AXES
from segmentlab.report.figures.parallel_coordinates import compute_coordinates, draw_parallel_coordinates
from segmentlab.report.figures.products import (
    choose_likely_products,
    choose_top_products,
    draw_purchase_likelihood,
    draw_top_products,
)
from segmentlab.report.figures.profile import draw_snake_plot
from segmentlab.report.figures.recency_frequency_map import (
    count_recency_frequency_cells,
    draw_recency_frequency_map,
)
from segmentlab.report.figures.revenue_concentration import compute_concentration, draw_revenue_concentration
from segmentlab.report.figures.sales import draw_sales_by_segment
from segmentlab.report.figures.segment_countries import compute_country_shares, draw_segment_countries
from segmentlab.report.figures.usual_quantities import compute_quantity_shares, draw_usual_quantities
from segmentlab.segments import Facts

# The figures that describe segments: what their customers are like, and what they did.


def draw_feature_pictures(
    features: FeatureTable, prepared: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame
) -> Iterator[Picture]:
    """How the features are spread over the segments, whatever the features are."""
    frame, columns = features.frame, features.columns
    few = choose_deciding_features(columns, prepared, labels, limit_features(len(profile)))
    yield draw_distributions(frame, few, labels, profile, len(columns))
    if len(columns) == 1:
        return
    yield draw_snake_plot(profile, columns, prepared, labels)
    few = choose_deciding_features(columns, prepared, labels, MOST_AXES)
    yield draw_parallel_coordinates(compute_coordinates(frame, few, labels), few, profile, len(columns))
    few = choose_deciding_features(columns, prepared, labels, MOST_PAIR_FEATURES)
    if len(few) > 1:
        yield draw_pair_plot(frame, few, labels, profile, len(columns))


def draw_fact_pictures(
    facts: Facts, labels: pd.Series, profile: pd.DataFrame, as_of: date
) -> Iterator[Picture]:
    """What customers did, as far as the log tells it."""
    customers = facts.customers
    if (spread := compute_concentration(profile, customers["revenue"])) is not None:
        yield draw_revenue_concentration(spread)
    if "country" in customers:
        yield draw_segment_countries(compute_country_shares(customers["country"], labels), profile)
    if not facts.quantities.empty:
        yield draw_usual_quantities(compute_quantity_shares(facts.quantities, labels), profile)
    yield draw_sales_by_segment(facts.months, labels, profile, as_of)
    if (followed := find_cohorts(facts.months, as_of)) is not None:
        yield draw_cohort_map(followed)
    yield draw_recency_frequency_map(count_recency_frequency_cells(customers, labels, as_of), profile)


def draw_product_pictures(found: Likelihoods, profile: pd.DataFrame) -> Iterator[Picture]:
    """What segments buy; nothing where the log books charges alone."""
    goods = found.table[~found.table["charge"]]
    if not goods.empty:
        yield draw_purchase_likelihood(choose_likely_products(goods), profile, found.days)
        yield draw_top_products(choose_top_products(goods), profile, float(goods["revenue"].sum()))


def draw_model_pictures(result: Result) -> Iterator[Picture]:
    """The figures of this model, if it has any."""
    model: Any = result.segmenter.model_
    segments, profile = _list_segments(result), result.profile
    if _has_attributes(model, "tree_", "weights_", "leaves_"):
        of_leaf = segments[np.unique(model.leaves_, return_index=True)[1]]
        yield draw_dendrogram(find_tree_top(model.tree_, model.weights_, of_leaf), profile)
    if _has_attributes(model, "condensed_tree_"):
        tree = model.condensed_tree_.to_numpy()
        total = 1 + int((tree["child"] >= len(segments)).sum())
        yield draw_condensed_tree(find_tree_branches(tree, segments), total, profile)
    if (belonging := _list_memberships(result)) is not None:
        yield draw_memberships(belonging, profile)
    if _has_attributes(model, "k_distances_", "eps_"):
        asked = model.get_params()
        yield draw_k_distance(
            model.k_distances_, asked["min_samples"], model.eps_, chosen=asked["eps"] is None
        )
    if (criteria := _compute_criteria(result)) is not None:
        yield draw_information_criteria(criteria, model.n_components)


def make_model_tables(result: Result) -> Iterator[Table]:
    """The numbers behind them, where they are not in another table."""
    if (belonging := _list_memberships(result)) is not None:
        yield Table("tables/memberships.parquet", belonging)
    if (criteria := _compute_criteria(result)) is not None:
        yield Table("tables/information_criteria.csv", criteria)
    if (cells := _list_grid_cells(result)) is not None:
        yield Table("tables/rfm_grid.csv", cells)


def _has_attributes(model: Clusterer, *attributes: str) -> bool:
    return all(hasattr(model, attribute) for attribute in attributes)


def _list_segments(result: Result) -> Labels:
    """The segments of the customers whom the model saw; those who were set apart are not among them."""
    own: Labels = result.segmenter.labels_[result.segmenter.clustered_]
    return own


def _list_memberships(result: Result) -> pd.DataFrame | None:
    model: Any = result.segmenter.model_
    features = result.described.features.frame
    if not _has_attributes(model, "probabilities_", "outlier_scores_"):
        return None
    return pd.DataFrame(
        {
            "customer_id": features.index[result.segmenter.clustered_],
            "segment": _list_segments(result),
            "probability": model.probabilities_,
            "outlier_score": model.outlier_scores_,
        }
    )


def _list_grid_cells(result: Result) -> pd.DataFrame | None:
    """Each cell with customers: from where to where it reaches in days, orders and money, and its segment."""
    model: Any = result.segmenter.model_
    if not _has_attributes(model, "bins_", "cells_"):
        return None
    features = result.described.features.frame[result.segmenter.clustered_]
    names = [name for name in GRID_FEATURES.values() if name in features]
    segments = pd.Series(_list_segments(result), features.index, name="segment")
    bins = [pd.Series(own, features.index, name=f"bin{place}") for place, own in enumerate(model.bins_.T)]
    groups = features[names].groupby([segments, *bins])
    cells: pd.DataFrame = groups.agg(["min", "max"]).set_axis(
        [f"{name}_{end}" for name in names for end in ("from", "to")], axis=1
    )
    cells["customers"] = groups.size()
    return cells.reset_index().drop(columns=[own.name for own in bins])


def _compute_criteria(result: Result) -> pd.DataFrame | None:
    scan = result.k_scan
    return None if scan is None or not {*CRITERIA} <= {*scan} else scan[["k", *CRITERIA]]
