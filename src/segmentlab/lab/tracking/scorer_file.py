"""The fitted scorer as a file that holds data, never code.

skops writes estimators as arrays and names of types. It loads only types that are trusted: its own list
of scikit-learn, NumPy and SciPy types, and ours below. A digest from elsewhere tells whether the file
is the one that was written.

A copy of this module travels inside every logged model, where MLflow loads the model with it.
"""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast

from segmentlab.errors import StoreError

if TYPE_CHECKING:
    from segmentlab.modelling import Scorer


# By exact name: a new class of ours is one line here, after a look at what its attributes can do.
TRUSTED_TYPES = (
    "segmentlab.modelling.branches.BranchMembership",
    "segmentlab.modelling.branches.Branches",
    "segmentlab.modelling.neighbours.CoreReach",
    "segmentlab.modelling.placement.OwnPrediction",
    "segmentlab.modelling.neighbours.FittedPoints",
    "segmentlab.modelling.placement.NeighbourVote",
    "segmentlab.modelling.apart.OneTimeBuyers",
    "segmentlab.modelling.apart.BeyondFences",
    "segmentlab.modelling.apart.FenceCaps",
    "segmentlab.modelling.preparation.QuantileCaps",
    "segmentlab.modelling.preparation.SignedLog",
    "segmentlab.modelling.preparation.NormalScores",
    "segmentlab.modelling.scorer.Scorer",
    "segmentlab.modelling.umap_map.UmapMap",
    # Bisecting K-Means: its tree of centres, and the function that fitted it.
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
)
DIGEST_KEY = "sha256"


def compute_digest(data: bytes) -> str:
    """What a scorer file is recognised by."""
    return sha256(data).hexdigest()


def check_digest(data: bytes, digest: str, path: Path) -> None:
    """Refuse a file of a model that is not the one that was logged."""
    if compute_digest(data) != digest:
        raise StoreError(
            f"The model file '{path}' is not the one that was logged: its SHA-256 is {compute_digest(data)}, "
            f"expected {digest}. It was changed or damaged. Log the model again."
        )


def dump_scorer(scorer: "Scorer") -> bytes:
    """The scorer as the bytes of a skops file that `load_scorer_file` will take."""
    from skops.io import dumps

    data: bytes = dumps(scorer)
    _refuse_strangers(data, "This model can't be stored")
    return data


def load_scorer_file(path: Path, digest: str) -> "Scorer":
    """Read a scorer back, if the file is the one with that digest and holds trusted types alone."""
    from skops.io import loads

    data = path.read_bytes()
    check_digest(data, digest, path)
    _refuse_strangers(data, f"The model file '{path}' is refused")
    return cast("Scorer", loads(data, trusted=TRUSTED_TYPES))


def _load_pyfunc(path: str, model_config: Mapping[str, str]) -> "Scorer":
    """Where `mlflow.pyfunc.load_model` comes in: this module is the loader that our models name."""
    return load_scorer_file(Path(path), model_config[DIGEST_KEY])


def _refuse_strangers(data: bytes, consequence: str) -> None:
    from skops.io import get_untrusted_types

    strangers = sorted(set(get_untrusted_types(data=data)) - set(TRUSTED_TYPES))
    if strangers:
        raise StoreError(
            f"{consequence}: it holds {', '.join(strangers)}, which a loaded model may not bring along. "
            "If a type is ours and harmless, name it in TRUSTED_TYPES of lab/tracking/scorer_file.py."
        )
