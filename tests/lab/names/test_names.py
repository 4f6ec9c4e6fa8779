"""Short names lead to classes, and old paths to short names."""

import importlib
import subprocess
import sys

import pytest

from segmentlab.lab.names.lookup import (
    UnknownNameError,
    find_class,
    find_name,
    find_place,
    read_name,
    replace_paths,
)
from segmentlab.lab.names.released import (
    CACHED_PARTS,
    CHOICES,
    PATHS_OF_0_1_0,
    PLACES,
    RECIPE_PARTS,
    SCORER_PARTS,
)


@pytest.mark.parametrize("name", PLACES)
def test_a_name_leads_to_a_class_that_is_defined_where_it_says(name: str) -> None:
    module, own = find_place(name)
    assert getattr(importlib.import_module(module), own).__module__ == module
    assert find_class(name).__name__ == own
    assert find_name(f"{module}:{own}") == name


def test_no_name_and_no_class_stands_twice() -> None:
    tables = (SCORER_PARTS, RECIPE_PARTS, CACHED_PARTS, CHOICES)
    assert len(PLACES) == sum(map(len, tables)) == len(set(PLACES.values()))
    assert all(name.isidentifier() and name.islower() for name in PLACES)


@pytest.mark.parametrize(("path", "name"), PATHS_OF_0_1_0.items())
def test_a_path_of_an_earlier_version_has_a_name(path: str, name: str) -> None:
    assert read_name(path, PLACES) == name
    assert replace_paths(f"[{{'_target_': '{path}'}}]") in (
        f"[{{'_target_': '{name}'}}]",
        f"[{{'_target_': '{path}'}}]",
    )


@pytest.mark.parametrize("name", ["seasons", "Rfm", "segmentlab.features.rfm.rfm", "os.system", ""])
def test_what_has_no_name_is_refused(name: str) -> None:
    with pytest.raises(
        UnknownNameError, match=f"'{name}', a name that neither this SegmentLab nor a plug-in"
    ):
        read_name(name, PLACES)


def test_a_feature_set_that_is_not_released_is_stored_by_its_path() -> None:
    """One Python file and one YAML are a feature set: no table has to know it."""
    path = "segmentlab.features.visits.Visits"
    assert find_name("segmentlab.features.visits:Visits") == path
    assert read_name(path, RECIPE_PARTS) == path
    assert find_place(path) == ("segmentlab.features.visits", "Visits")
    with pytest.raises(UnknownNameError, match="whose class can't be loaded here"):
        find_class(path)
    with pytest.raises(UnknownNameError, match=r"not defined in segmentlab\.features\.rfm"):
        find_class("segmentlab.features.rfm.Column")


def test_a_name_of_another_kind_of_file_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        read_name("rfm", SCORER_PARTS)


@pytest.mark.parametrize(
    "text",
    [
        "segmentlab.modelling.preparation.log.SignedLog",  # 0.1.0, where it was defined
        "segmentlab.modelling.preparation.SignedLog",  # 0.1.0, in a configuration
        "segmentlab.modelling.SignedLog",  # today's configuration
    ],
)
def test_one_choice_is_called_the_same_whoever_wrote_it(text: str) -> None:
    assert (
        replace_paths(f"[{{'_target_': '{text}', 'columns': None}}]")
        == "[{'_target_': 'signed_log', 'columns': None}]"
    )


def test_what_is_no_class_of_ours_stays_as_it_is() -> None:
    text = "sklearn.cluster.KMeans, segmentlab.command, segmentlab.modelling.Unheard, python src/run.py"
    assert replace_paths(text) == text


def test_looking_a_name_up_imports_nothing_heavy() -> None:
    code = (
        "import sys; from segmentlab.lab.names import find_name, read_name;"
        "read_name('rfm', ['rfm']); find_name('segmentlab.features.rfm:Rfm'); find_name('builtins:str');"
        "assert not {'numpy', 'pandas', 'sklearn', 'ibis', 'segmentlab.features'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=900)
