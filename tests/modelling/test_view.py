"""Where pictures put customers."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError
from segmentlab.modelling.view import PrincipalComponents, UmapView, View, compute_views

VIEWS = [PrincipalComponents(), UmapView()]

every = pytest.mark.parametrize("view", VIEWS, ids=lambda view: type(view).__name__)


def prepared(customers: int = 60, features: int = 4) -> pd.DataFrame:
    values = np.random.default_rng(0).normal(size=(customers, features)) * np.arange(features, 0, -1)
    return pd.DataFrame(values, index=[f"c{n:03d}" for n in range(customers)])


@every
def test_there_is_a_picture_of_the_plane_and_one_of_space(view: View) -> None:
    frame = prepared()
    drawn = frame.index[::-2]
    pictures = compute_views(view, frame, drawn)
    assert {number: list(places) for number, places in pictures.items()} == {2: ["x", "y"], 3: list("xyz")}
    for places in pictures.values():
        assert places.index.equals(drawn)
        assert np.isfinite(places.to_numpy()).all()


@every
@pytest.mark.parametrize(("features", "possible"), [(1, []), (2, [2])])
def test_features_that_fill_no_space_get_no_picture_of_it(
    view: View, features: int, possible: list[int]
) -> None:
    frame = prepared(features=features)
    assert list(compute_views(view, frame, frame.index)) == possible


@every
def test_a_picture_is_the_same_every_time(view: View) -> None:
    frame = prepared()
    first, second = (compute_views(view, frame, frame.index)[2] for _ in range(2))
    assert first.equals(second)


def test_components_are_those_of_all_customers_not_of_the_drawn() -> None:
    frame = prepared()
    everybody = compute_views(PrincipalComponents(), frame, frame.index)[3]
    few = compute_views(PrincipalComponents(), frame, frame.index[:5])[3]
    np.testing.assert_allclose(few, everybody.iloc[:5])
    assert everybody.var().is_monotonic_decreasing


def test_too_few_customers_for_a_umap_are_refused_by_the_name_of_the_choice() -> None:
    frame = prepared(10)
    with pytest.raises(ConfigError, match=r"view: UMAP needs more customers .* there are 10"):
        compute_views(UmapView(), frame, frame.index)
