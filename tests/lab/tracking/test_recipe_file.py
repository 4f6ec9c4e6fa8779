"""The recipe as a file: the same values in, the same bytes out, and nothing but plain values."""

from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import pytest

from segmentlab.errors import StoreError
from segmentlab.features.table import FeatureRecipe
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.tracking import archive as plain
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


def test_a_class_of_elsewhere_is_neither_written_nor_read(recipe, tmp_path):
    @dataclass(frozen=True)
    class Stranger:
        pass

    strange = replace(recipe, features=FeatureRecipe((), {"strange": Stranger()}))
    with pytest.raises(StoreError, match=r"can't be stored: .*Stranger is no dataclass"):
        dump_recipe(strange)
    with pytest.raises(StoreError, match="another version of SegmentLab"):
        loaded(plain.pack(strange), tmp_path)


def test_fields_that_a_class_does_not_have_are_told(recipe, tmp_path):
    data = dump_recipe(recipe)
    assert data.count(b"trained_on") == 1
    with pytest.raises(StoreError, match="Score with the version that made the model"):
        loaded(rewritten(data), tmp_path)


def rewritten(data: bytes) -> bytes:
    """The same archive with a field of another name, as a later version may have it."""
    from io import BytesIO
    from zipfile import ZipFile

    target = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"trained_on", b"trained_in"))
    return target.getvalue()
