"""The figures that describe segments: what their customers are like, and what they did."""

from collections.abc import Iterator
from datetime import date

import pandas as pd

from segmentlab.features.table import FeatureTable
from segmentlab.report.figures.cohort_map import cohort_map, cohorts
from segmentlab.report.figures.distributions import distributions, most_features
from segmentlab.report.figures.pair_plot import MOST_FEATURES, pair_plot
from segmentlab.report.figures.parallel_coordinates import MOST_FEATURES as MOST_AXES
from segmentlab.report.figures.parallel_coordinates import coordinates, parallel_coordinates
from segmentlab.report.figures.purchase_likelihood import likelihood_data, purchase_likelihood
from segmentlab.report.figures.recency_frequency_map import cells, recency_frequency_map
from segmentlab.report.figures.revenue_concentration import concentration, revenue_concentration
from segmentlab.report.figures.sales_by_segment import sales_by_segment
from segmentlab.report.figures.segment_countries import country_data, segment_countries
from segmentlab.report.figures.snake_plot import snake_plot
from segmentlab.report.figures.telling import most_telling
from segmentlab.report.figures.top_products import top_data, top_products
from segmentlab.report.figures.usual_quantities import quantity_data, usual_quantities
from segmentlab.report.picture import Picture
from segmentlab.segments.facts import Facts
from segmentlab.segments.products import Likelihoods


def feature_pictures(
    features: FeatureTable, prepared: pd.DataFrame, labels: pd.Series, profile: pd.DataFrame
) -> Iterator[Picture]:
    """How the features are spread over the segments, whatever the features are."""
    frame, columns = features.frame, features.columns
    few = most_telling(columns, prepared, labels, most_features(len(profile)))
    yield distributions(frame, few, labels, profile, len(columns))
    if len(columns) == 1:
        return
    yield snake_plot(profile, columns, prepared, labels)
    few = most_telling(columns, prepared, labels, MOST_AXES)
    yield parallel_coordinates(coordinates(frame, few, labels), few, profile, len(columns))
    few = most_telling(columns, prepared, labels, MOST_FEATURES)
    if len(few) > 1:
        yield pair_plot(frame, few, labels, profile, len(columns))


def fact_pictures(facts: Facts, labels: pd.Series, profile: pd.DataFrame, as_of: date) -> Iterator[Picture]:
    """What customers did, as far as the log tells it."""
    customers = facts.customers
    if (spread := concentration(profile, customers["revenue"])) is not None:
        yield revenue_concentration(spread)
    if "country" in customers:
        yield segment_countries(country_data(customers["country"], labels), profile)
    if not facts.quantities.empty:
        yield usual_quantities(quantity_data(facts.quantities, labels), profile)
    yield sales_by_segment(facts.months, labels, profile, as_of)
    if (followed := cohorts(facts.months, as_of)) is not None:
        yield cohort_map(followed)
    yield recency_frequency_map(cells(customers, labels, as_of), profile)


def product_pictures(found: Likelihoods, profile: pd.DataFrame) -> Iterator[Picture]:
    """What segments buy; nothing where the log books charges alone."""
    goods = found.table[~found.table["charge"]]
    if not goods.empty:
        yield purchase_likelihood(likelihood_data(goods), profile, found.days)
        yield top_products(top_data(goods), profile, float(goods["revenue"].sum()))
