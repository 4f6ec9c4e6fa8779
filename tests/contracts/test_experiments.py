"""Every overlay in experiments/ runs, on a small world."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.build import build_plan, build_source
from segmentlab.pipeline import describe, segment
from segmentlab.repository import EXPERIMENTS
from segmentlab.settings import check
from segmentlab.steps import Steps
from tests.configs import composed

OVERLAYS = sorted(path.stem for path in EXPERIMENTS.glob("*.yaml"))


def test_there_are_experiments_and_each_has_its_note() -> None:
    assert OVERLAYS
    assert sorted(path.stem for path in EXPERIMENTS.glob("0*.md")) == OVERLAYS
    index = (EXPERIMENTS / "README.md").read_text(encoding="utf-8")
    assert [name for name in OVERLAYS if f"{name}.md" not in index] == []


@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_runs(name: str, engine: BaseBackend, tmp_path: Path) -> None:
    config = composed(f"experiments={name}", "data.customers=300", f"data.folder={tmp_path}")
    check(config)
    plan, dataset = build_plan(config), build_source(config).read(engine)
    result = segment(plan, describe(plan, dataset, Steps()), Steps())
    assert result.profile["customers"].sum() == len(result.customers) > 0
