"""Other numbers of segments and products from a second process: the same as from this one."""

from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.flow import StepTimer, complete, describe, fit_segments, view_beside
from segmentlab.flow.result import FittedSegments
from segmentlab.lab.config.build import build_plan, build_source
from tests.configs import composed


def fit(engine: BaseBackend, folder: Path, *overrides: str) -> FittedSegments:
    config = composed("data.customers=400", f"data.folder={folder}", *overrides)
    plan = build_plan(config)
    return fit_segments(plan, describe(plan, build_source(config).read(engine), StepTimer()), StepTimer())


DRAWN = ("bootstraps", "splits", "random", "resamples")
FEW = [*(f"evaluate.{name}=2" for name in DRAWN), "evaluate.nulls=0", "evaluate.gaps=0", "evaluate.cutoffs=1"]


@pytest.mark.parametrize(("extent", "few"), [("quick", []), ("standard", FEW)])
def test_a_run_is_the_same_with_views_from_beside(
    engine: BaseBackend, tmp_path: Path, extent: str, few: list[str]
) -> None:
    fitted = fit(engine, tmp_path, "search.n_clusters=[2,3]", f"evaluate={extent}", *few)
    with view_beside(fitted) as views:
        assert views is not None
        beside = complete(fitted, StepTimer(), views=views)
    alone = complete(fitted, StepTimer())
    assert beside.metrics == pytest.approx(alone.metrics, rel=1e-12, nan_ok=True)
    assert beside.k_scan is not None
    assert alone.k_scan is not None
    pd.testing.assert_frame_equal(beside.k_scan, alone.k_scan)
    assert beside.products is not None
    assert alone.products is not None
    pd.testing.assert_frame_equal(beside.products.for_segments, alone.products.for_segments)


def test_many_draws_are_shared_instead(engine: BaseBackend, tmp_path: Path) -> None:
    with view_beside(fit(engine, tmp_path, "evaluate=full")) as views:
        assert views is None
