"""Classes of the user's own: refused until their package is declared, and nothing else is then allowed."""

import sys
from pathlib import Path

import pytest

from segmentlab.errors import ConfigError
from segmentlab.evaluation.checks import check
from segmentlab.lab.config.build import build_model, build_plan
from segmentlab.lab.config.plugins import declare_plugins
from segmentlab.lab.config.setup import compose_setup
from segmentlab.lab.names import load_plugins

CODE = """
import os
from sklearn.cluster import KMeans


class Halves(KMeans):
    '''Two segments.'''
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody works who has a class of their own."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "own_models.py").write_text(CODE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(autouse=True)
def forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """No class of a test is found in the next one."""
    monkeypatch.delitem(sys.modules, "own_models", raising=False)
    load_plugins.cache_clear()


def declare(folder: Path, text: str) -> None:
    (folder / "conf" / "plugins.yaml").write_text(text)


def build(target: str = "own_models.Halves") -> object:
    return build_model(compose_setup([f"model._target_={target}", "model.n_clusters=2"]).config)


def test_an_undeclared_package_is_refused_and_told_how_to_declare_it(folder: Path) -> None:
    with pytest.raises(ConfigError, match=r"declare it in conf/plugins.yaml .*packages: \[own_models\]"):
        build()
    assert str(folder) not in sys.path


def test_a_declared_module_beside_the_choices_is_built_from(folder: Path) -> None:
    declare(folder, "packages: [own_models]")
    assert type(build()).__module__ == "own_models"


@pytest.mark.parametrize("target", ["own_models.os.system", "os.system", "subprocess.run", "numpy.load"])
def test_nothing_else_is_allowed_then(folder: Path, target: str) -> None:
    declare(folder, "packages: [own_models]")
    with pytest.raises(ConfigError, match=r"is not allowed|does not exist"):
        build(target)


def test_another_folder_declares_for_itself(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(folder, "packages: [own_models]")
    declare_plugins()
    monkeypatch.chdir(folder.parent)
    with pytest.raises(ConfigError, match="is not allowed"):
        build()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[own_models]", "write one line"),
        ("packages: own_models", "write one line"),
        ("packages: [own_models]\nallow: all", "write one line"),
        ("packages: [", "is no YAML"),
        ("packages: [os]", "os can't be declared"),
        ("packages: [builtins]", "builtins can't be declared"),
        ("packages: [own-models]", "own-models can't be declared"),
        ("packages: ['*']", "can't be declared"),
    ],
)
def test_a_wrong_declaration_says_what_to_write(folder: Path, text: str, message: str) -> None:
    declare(folder, text)
    with pytest.raises(ConfigError, match=message) as raised:
        declare_plugins()
    assert "plugins.yaml" in str(raised.value)


CHECK = """
from segmentlab import Check, register_check


@register_check
class TooMany(Check):
    code = "ACME001"
    title = "Too many segments"
    fires_when = "there are more than we can serve"
    advice = "Choose fewer."

    def look(self, segments):
        return iter(())
"""


def test_a_check_of_a_declared_package_looks_at_every_run(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(check, "_CHECKS", dict(check._CHECKS))
    (folder / "own_models.py").write_text(CHECK)
    declare(folder, "packages: [own_models]")
    build_plan(compose_setup([]).config)
    assert "ACME001" in [one.code for one in check.list_checks()]


def test_a_declared_package_that_is_not_there_is_named(folder: Path) -> None:
    declare(folder, "packages: [nowhere]")
    with pytest.raises(ConfigError, match=r"nowhere.Thing does not exist \(No module named 'nowhere'\)"):
        build("nowhere.Thing")
