"""A model in a folder of the user's own, without a store: written whole, read back after a check."""

import json
import shutil
from io import BytesIO
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from segmentlab.errors import ConfigError, StoreError
from segmentlab.flow import FittedModel
from segmentlab.lab.tracking.archive import dump_recipe, load_recipe_file
from segmentlab.lab.tracking.model_folder import RECIPE_FILE, SCORER_FILE, write_model_folder
from segmentlab.lab.tracking.scorer_file import check_digest, compute_digest, dump_scorer, load_scorer_file

if TYPE_CHECKING:
    import pandas as pd

    from segmentlab.flow import Recipe
    from segmentlab.modelling import Scorer
    from segmentlab.transactions import Shop

DIGESTS_FILE: Final = "digests.json"
SHOP_FILE: Final = "shop.csv"


def save_model(folder: Path, model: FittedModel, shop: "pd.DataFrame | None") -> None:
    """Write the model beside its final name, and give it the name when it is whole.

    `shop` are facts of the shop that it has learnt from; customers of it are not kept.

    `mlflow.pyfunc.load_model` reads the folder as well. The digests lie in it, so they tell of damage,
    and not of somebody who changes model and digest alike: for that, promote a run.
    """
    from mlflow.models import Model

    if folder.exists():
        raise ConfigError(f"{folder} is there already. Name a folder that is not, or remove this one.")
    files = {SCORER_FILE: dump_scorer(model.scorer), RECIPE_FILE: dump_recipe(model.recipe)}
    if shop is not None:
        files[SHOP_FILE] = shop.to_csv(index=False).encode()
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
    digests = _read_digests(folder)
    scorer, recipe = (folder / name for name in (SCORER_FILE, RECIPE_FILE))
    for place in (scorer, recipe):
        if not place.exists():
            raise StoreError(f"{place} is missing, which {DIGESTS_FILE} names. Save the model again.")
    return load_scorer_file(scorer, digests[SCORER_FILE]), load_recipe_file(recipe, digests[RECIPE_FILE])


def read_saved_shop(folder: Path) -> "Shop":
    """What the folder tells of the shop; one of an earlier version tells nothing."""
    import pandas as pd

    from segmentlab.transactions import Shop

    digest, path = _read_digests(folder).get(SHOP_FILE), folder / SHOP_FILE
    if digest is None:
        return Shop()
    if not path.exists():
        raise StoreError(f"{path} is missing, which {DIGESTS_FILE} names. Save the model again.")
    data = path.read_bytes()
    check_digest(data, digest, path)
    return Shop(pd.read_csv(BytesIO(data)))


def _read_digests(folder: Path) -> dict[str, str]:
    for name in (DIGESTS_FILE, SCORER_FILE, RECIPE_FILE, SHOP_FILE):
        if (folder / name).exists() and not (folder / name).is_file():
            raise StoreError(
                f"{folder / name} is no file, but a folder, a pipe or a device. Save the model again."
            )
    try:
        digests = json.loads((folder / DIGESTS_FILE).read_text(encoding="utf-8"))
        return {**digests, **{name: digests[name] for name in (SCORER_FILE, RECIPE_FILE)}}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreError(
            f"{folder} is no folder that a segmentation was saved to (no readable {DIGESTS_FILE}). Expected "
            "one that save() wrote, models:/<name>@<alias>, or the id of a run."
        ) from error
