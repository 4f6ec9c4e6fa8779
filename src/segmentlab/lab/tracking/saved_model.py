"""A model in a folder of the user's own, without a store: written whole, read back after a check."""

import json
import shutil
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from segmentlab.errors import ConfigError, StoreError
from segmentlab.flow import FittedModel
from segmentlab.lab.tracking.archive import dump_recipe, load_recipe_file
from segmentlab.lab.tracking.model_folder import RECIPE_FILE, SCORER_FILE, write_model_folder
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file

if TYPE_CHECKING:
    from segmentlab.flow import Recipe
    from segmentlab.modelling import Scorer

DIGESTS_FILE: Final = "digests.json"


def save_model(folder: Path, model: FittedModel) -> None:
    """Write the model beside its final name, and give it the name when it is whole.

    `mlflow.pyfunc.load_model` reads the folder as well. The digests lie in it, so they tell of damage,
    and not of somebody who changes model and digest alike: for that, promote a run.
    """
    from mlflow.models import Model

    if folder.exists():
        raise ConfigError(f"{folder} is there already. Name a folder that is not, or remove this one.")
    files = {SCORER_FILE: dump_scorer(model.scorer), RECIPE_FILE: dump_recipe(model.recipe)}
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        write_model_folder(draft, Model(), files, model.example)
        digests = {name: compute_digest(data) for name, data in files.items()}
        (draft / DIGESTS_FILE).write_text(json.dumps(digests, indent=1), encoding="utf-8")
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def read_saved_model(folder: Path) -> "tuple[Scorer, Recipe]":
    """What places customers, and what describes them; no code of the folder is run."""
    try:
        digests = json.loads((folder / DIGESTS_FILE).read_text(encoding="utf-8"))
        scorer, recipe = digests[SCORER_FILE], digests[RECIPE_FILE]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"{folder} is no folder that a segmentation was saved to (no readable {DIGESTS_FILE}). Expected "
            "one that save() wrote, models:/<name>@<alias>, or the id of a run."
        ) from error
    return load_scorer_file(folder / SCORER_FILE, scorer), load_recipe_file(folder / RECIPE_FILE, recipe)
