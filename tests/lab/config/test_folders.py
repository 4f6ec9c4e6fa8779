"""A folder of the user's own: options and experiments join ours, and win over those of the same name."""

from pathlib import Path

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import CONF, ROOT, find_home, find_option, list_conf_folders, list_options
from segmentlab.lab.config.help_page import write_help
from segmentlab.lab.config.setup import compose_setup

RFM = """# Recency until a moment of ours
rfm:
  _target_: segmentlab.features.Rfm
  until: "2011-12-09 12:50:00"
"""
TWO = """# @package _global_
# Two segments
model:
  n_clusters: 2
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody works who has choices of their own."""
    (tmp_path / "conf" / "features").mkdir(parents=True)
    (tmp_path / "experiments").mkdir()
    (tmp_path / "conf" / "features" / "rfm.yaml").write_text(RFM)
    (tmp_path / "conf" / "features" / "own.yaml").write_text(RFM.replace("rfm:", "own:"))
    (tmp_path / "experiments" / "two.yaml").write_text(TWO)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_in_the_repository_there_is_one_folder_of_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert list_conf_folders() == [CONF]
    assert find_home() == ROOT


def test_options_join_ours_and_win_by_name(folder: Path) -> None:
    found = {path.stem: path.parent.parent for path in list_options("features")}
    assert found["rfm"] == found["own"] == folder / "conf"
    assert found["basket"] == CONF
    assert compose_setup(["features=rfm"]).config.features.rfm.until == "2011-12-09 12:50:00"
    assert set(compose_setup(["features=[own,basket]"]).config.features) == {"own", "basket"}


@pytest.mark.usefixtures("folder")
def test_experiments_join_ours() -> None:
    assert compose_setup(["experiment=two"]).config.model.n_clusters == 2
    assert compose_setup(["experiment=0001"]).choices["experiments"] == "0001_first_look"


def test_help_says_which_options_are_the_users(folder: Path) -> None:
    lines = write_help("run").splitlines()
    marked = [line.split()[0] for line in lines if line.split()[1:2] == ["(yours)"]]
    assert marked == ["own", "rfm", "two"]
    assert f"(yours): from {folder / 'conf'}," in lines  # in one piece, however long


@pytest.mark.usefixtures("folder")
def test_a_misspelt_option_is_compared_with_both() -> None:
    with pytest.raises(ConfigError, match="Did you mean own"):
        compose_setup(["features=ownn"])
    with pytest.raises(ConfigError, match="there is no such option"):
        find_option("features", "nothing")


def test_the_folders_are_those_of_the_moment(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compose_setup(["features=own"])
    monkeypatch.chdir(folder.parent)
    with pytest.raises(ConfigError, match="features=own"):
        compose_setup(["features=own"])
