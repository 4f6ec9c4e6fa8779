"""The data step of the preparation figure."""

import numpy as np
import pandas as pd

from segmentlab.features.feature_set import Column
from segmentlab.report.figures.preparation import choose_skewed_features, compute_outline, draw_preparation


def test_an_outline_rises_at_each_edge_and_returns_to_the_ground() -> None:
    edge = compute_outline(np.array([0.0, 0.5, 1.5, 2.0]), bins=2)
    assert edge.edges.tolist() == [0, 0, 1, 1, 2, 2]
    assert edge.shares.tolist() == [0, 0.5, 0.5, 0.5, 0.5, 0]


def test_an_outline_does_not_grow_with_the_customers() -> None:
    few, many = (compute_outline(np.arange(float(customers))) for customers in (100, 100_000))
    assert len(few.edges) == len(many.edges) == len(many.shares)


def test_the_most_skewed_are_drawn_in_their_own_order() -> None:
    shapes = pd.DataFrame({"skewness_before": [0.1, 9.0, np.nan, -3.0]})
    assert choose_skewed_features(shapes, limit=2) == [1, 3]
    assert choose_skewed_features(shapes, limit=4) == [0, 1, 2, 3]


def test_what_is_not_drawn_is_said() -> None:
    names = [f"rfm_{number}" for number in range(20)]
    before = pd.DataFrame({name: np.arange(9.0) ** power for power, name in enumerate(names, start=1)})
    shapes = pd.DataFrame({"skewness_before": before.skew().to_numpy(), "skewness_after": 0.0})
    drawn = draw_preparation(shapes, [Column(name, "", "") for name in names], before, before)
    assert "The 12 most skewed of 20 features are drawn" in drawn.caption
    assert len(drawn.figure.data) == 2 * 12
