"""The recipe as a file: the same values in, the same bytes out, and nothing but plain values."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from segmentlab.errors import StoreError
from segmentlab.features.table import FeatureRecipe
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.tracking.archive import dump_recipe, load_recipe_file
from tests.configs import composed, options


def loaded(data: bytes, folder: Path):
    path = folder / "recipe.plain"
    path.write_bytes(data)
    return load_recipe_file(path, sha256(data).hexdigest())


@pytest.mark.parametrize("option", options("cleaning"))
def test_every_recipe_of_cleaning_comes_back(option, recipe, tmp_path):
    own = replace(recipe, cleaning=build_plan(composed(f"cleaning={option}")).cleaning)
    assert loaded(dump_recipe(own), tmp_path) == own
    assert dump_recipe(own) == dump_recipe(own)


def test_a_class_without_a_name_is_not_written(recipe):
    @dataclass(frozen=True)
    class Stranger:
        pass

    strange = replace(recipe, features=FeatureRecipe((), {"strange": Stranger()}))
    with pytest.raises(StoreError, match=r"can't be stored: .*Stranger of .* has no name to be stored by"):
        dump_recipe(strange)


def test_a_name_that_nobody_knows_is_told_with_the_file_and_what_to_do(recipe, tmp_path):
    data = rewritten(dump_recipe(recipe), b'"rfm", {"until"', b'"seasons", {"until"')
    with pytest.raises(
        StoreError, match=r"recipe.plain' holds 'seasons', a name that .* declare the plug-in"
    ):
        loaded(data, tmp_path)


def test_a_part_of_something_else_is_no_part_of_a_recipe(recipe, tmp_path):
    """A dataclass all the same, and one that has a name."""
    with pytest.raises(StoreError, match=r"holds 'feature_table'"):
        loaded(rewritten(dump_recipe(recipe), b'"feature_recipe"', b'"feature_table"'), tmp_path)


def test_fields_that_a_class_does_not_have_are_told(recipe, tmp_path):
    data = dump_recipe(recipe)
    assert data.count(b"trained_on") == 1
    with pytest.raises(StoreError, match=r"can't be read here .*trained_in.*Use the version that made it"):
        loaded(rewritten(data, b"trained_on", b"trained_in"), tmp_path)


def rewritten(data: bytes, old_text: bytes, new_text: bytes) -> bytes:
    """The same archive with something of another name, as a later version may have it."""
    from io import BytesIO
    from zipfile import ZipFile

    target = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(old_text, new_text))
    return target.getvalue()
