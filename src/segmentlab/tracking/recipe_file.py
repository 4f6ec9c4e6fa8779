"""The recipe of a model as a file that holds data, never code (see `plain`)."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from segmentlab.errors import StoreError
from segmentlab.tracking.scorer_file import check_digest

if TYPE_CHECKING:
    from segmentlab.scoring.recipe import Recipe

# Where classes of a recipe may come from: rules of cleaning, feature sets, and what holds them together.
PACKAGES: Final = ("segmentlab.transactions.cleaning", "segmentlab.features", "segmentlab.scoring.recipe")


def dump_recipe(recipe: "Recipe") -> bytes:
    """The recipe as bytes that `load_recipe_file` will take."""
    from segmentlab import plain  # loads NumPy and pandas

    try:
        data = plain.dumps(recipe)
        plain.loads(data, PACKAGES)
    except plain.NotPlainError as error:
        raise StoreError(
            f"The recipe of this model can't be stored: {error} Rules of cleaning and feature sets are "
            f"frozen dataclasses of plain values, below {' and '.join(PACKAGES[:2])}."
        ) from error
    return data


def load_recipe_file(path: Path, digest: str) -> "Recipe":
    """Read a recipe back, if the file is the one with that digest."""
    from segmentlab import plain

    data = path.read_bytes()
    check_digest(data, digest, path)
    try:
        recipe: Recipe = plain.loads(data, PACKAGES)
    except (plain.NotPlainError, TypeError) as error:
        raise StoreError(
            f"The recipe '{path.name}' was written by another version of SegmentLab ({error}). Score with "
            "the version that made the model (tag segmentlab.code of its run), or make the run again."
        ) from error
    return recipe
