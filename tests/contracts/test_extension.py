"""A new algorithm is one YAML file; a new feature set one Python file and one YAML file."""

import shutil
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from ibis.backends import BaseBackend

import segmentlab.features
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.testing.planted import plant_customers as customers
from tests.configs import composed

BISECTING = """# @package _global_
# Splits the widest segment in two until there are enough
model:
  _target_: sklearn.cluster.BisectingKMeans
  n_clusters: 3
  random_state: ${seed}
search:
  n_clusters: [2, 8]
"""


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A copy of conf/ to add files to."""
    return Path(shutil.copytree(CONF, tmp_path / "conf"))


def test_an_algorithm_is_one_yaml_file(conf: Path) -> None:
    (conf / "model" / "bisecting.yaml").write_text(BISECTING)
    plan = build_plan(composed("model=bisecting", folder=conf))
    features, money, truth = customers()
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model).fit(features, value=money)
    assert segmenter.labels_.tolist() == truth.tolist()
    assert plan.ks == range(2, 9)


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder whose modules are feature sets of ours, for as long as the test lasts."""
    known = set(sys.modules)
    monkeypatch.setattr(segmentlab.features, "__path__", [*segmentlab.features.__path__, str(tmp_path)])
    yield tmp_path
    for name in set(sys.modules) - known:
        if name.startswith("segmentlab.features."):
            del sys.modules[name]


def test_a_feature_set_as_the_readme_writes_it(conf: Path, engine: BaseBackend, written: Path) -> None:
    code, option = examples_of(
        (ROOT / "docs" / "guides" / "add_a_feature_set.md").read_text(encoding="utf-8")
    )
    (written / "visits.py").write_text(code)
    (conf / "features" / "visits.yaml").write_text(option)
    plan = build_plan(composed("features=[rfm,visits]", folder=conf))
    lines = [line for line in SHOP if line[0] in ("anna", "bert")]
    frame = build_feature_table(plan.features, table(engine, lines), date(2011, 3, 3)).frame
    assert frame.columns.tolist()[-1] == "visits_days"
    assert frame["visits_days"].tolist() == [3.0, 2.0]


def examples_of(page: str) -> tuple[str, str]:
    """The Python and the YAML block of the guide: what it teaches has to work."""
    files = ("python src/segmentlab/features/visits.py", "yaml conf/features/visits.yaml")
    return tuple(page.split(f"```{file}\n")[1].split("```", maxsplit=1)[0] for file in files)
