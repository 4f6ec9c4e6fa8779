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
    from segmentlab.modelling.scorer import Scorer

# By exact name: a new class of ours is one line here, after a look at what its attributes can do.
TRUSTED_TYPES = (
    "segmentlab.modelling.assignment.branches.BranchMembership",
    "segmentlab.modelling.assignment.branches.Branches",
    "segmentlab.modelling.assignment.core.CoreReach",
    "segmentlab.modelling.assignment.own.OwnPrediction",
    "segmentlab.modelling.assignment.search.FittedPoints",
    "segmentlab.modelling.assignment.vote.NeighbourVote",
    "segmentlab.modelling.one_time.OneTimeBuyers",
    "segmentlab.modelling.outliers.BeyondFences",
    "segmentlab.modelling.outliers.FenceCaps",
    "segmentlab.modelling.preparation.caps.QuantileCaps",
    "segmentlab.modelling.preparation.log.SignedLog",
    "segmentlab.modelling.preparation.normal_scores.NormalScores",
    "segmentlab.modelling.scorer.Scorer",
    "segmentlab.modelling.umap_map.UmapMap",
    # Bisecting K-Means: its tree of centres, and the function that fitted it.
    "sklearn.cluster._bisect_k_means._BisectingTree",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
)
DIGEST_KEY = "sha256"


def digest_of(data: bytes) -> str:
    """What a scorer file is recognised by."""
    return sha256(data).hexdigest()


def check_digest(data: bytes, digest: str, path: Path) -> None:
    """Refuse a file of a model that is not the one that was logged."""
    if digest_of(data) != digest:
        raise StoreError(
            f"The model file '{path}' is not the one that was logged: its SHA-256 is {digest_of(data)}, "
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
            "If a type is ours and harmless, name it in TRUSTED_TYPES of tracking/scorer_file.py."
        )
