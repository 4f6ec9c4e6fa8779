"""A signed release: whoever holds the key has said that this model, and no other, may score.

The digests that a store keeps tell of a file that was changed, and not of somebody who may write into the
store: they would change file and digest alike. A signature needs a key, which is in no store: promotion signs
what it crowns, scoring refuses what is not signed, and signs what it writes.
"""

import hmac
import json
import os
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from typing import Any, Final

from segmentlab import __version__
from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.config import PACKAGE
from segmentlab.lab.tracking.model import (
    FOLDER_TAG,
    MODEL_DIGEST_TAG,
    RECIPE_TAG,
    StoredModel,
    compute_folder_digest,
)

KEY_VARIABLE: Final = "SEGMENTLAB_SIGNING_KEY"
SHORTEST_KEY: Final = 16  # letters
RELEASE_TAG: Final = "segmentlab.release"  # of a registered version
RELEASE_KIND: Final = "segmentlab release"
SIGNATURE: Final = "signature"  # of a document, in it


def read_signing_key(variables: Mapping[str, str] = os.environ) -> bytes | None:
    """The key of the environment; without one nothing is signed, and nothing verified."""
    key = variables.get(KEY_VARIABLE, "")
    if 0 < len(key) < SHORTEST_KEY:
        raise ConfigError(f"{KEY_VARIABLE} is too short to be a key: give it {SHORTEST_KEY} letters or more.")
    return key.encode() or None


def sign_document(document: Mapping[str, Any], key: bytes | None) -> dict[str, Any]:
    """The document with its signature; without a key it has none, not even a former one."""
    plain = {name: value for name, value in document.items() if name != SIGNATURE}
    return plain if key is None else {**plain, SIGNATURE: _compute_signature(plain, key)}


def check_signature(document: Mapping[str, Any], key: bytes, what: str) -> None:
    """Refuse a document that was not signed with this key, or was changed since."""
    given = document.get(SIGNATURE)
    plain = {name: value for name, value in document.items() if name != SIGNATURE}
    if not isinstance(given, str):
        raise StoreError(f"{what} is not signed, and {KEY_VARIABLE} asks for that.")
    if not hmac.compare_digest(given.encode(), _compute_signature(plain, key).encode()):
        raise StoreError(
            f"{what} has a signature that is not of this {KEY_VARIABLE}: it was changed, or signed with "
            "another key. Do not use it before you know which."
        )


def write_release(model: StoredModel, key: bytes) -> str:
    """The signed document of a registered version: its model, its recipe, and the code that released it."""
    told = {
        "kind": RELEASE_KIND,
        "model": model.address,
        "run": model.run_id,
        "sha256": model.tags[MODEL_DIGEST_TAG],
        "recipe_sha256": model.tags[RECIPE_TAG],
        "folder_sha256": model.tags.get(FOLDER_TAG),
        "segmentlab": __version__,
        "code_sha256": compute_code_digest(),
    }
    return json.dumps(sign_document(told, key))


def verify_release(model: StoredModel) -> list[str]:
    """Refuse a model that was not released with the key of the environment; what there is to say of it.

    The digests of the document are those by which model and recipe are checked before anything of them is
    read. Without a key there is nothing to verify.
    """
    key = read_signing_key()
    if key is None:
        return []
    what = f"The release of {model.address}"
    try:
        told = json.loads(model.tags.get(RELEASE_TAG, "{}"))
        check_signature(told, key, what)
    except (ValueError, AttributeError):
        raise StoreError(f"{what} can't be read (tag '{RELEASE_TAG}'): it was changed.") from None
    except StoreError as error:
        if SIGNATURE in told:
            raise
        raise StoreError(
            f"{error} Promote its run while the variable is set: that signs a champion, also one that is "
            "there already."
        ) from None
    own = {
        "kind": RELEASE_KIND,
        "model": model.address,
        "sha256": model.tags.get(MODEL_DIGEST_TAG),
        "recipe_sha256": model.tags.get(RECIPE_TAG),
        "folder_sha256": model.tags.get(FOLDER_TAG),
    }
    other = next((name for name, value in own.items() if told.get(name) != value), None)
    if other is not None:
        raise StoreError(
            f"{what} is that of another model: {other} is {own[other]}, and {told.get(other)} was signed. "
            "Somebody changed the store. Promote a run that you trust."
        )
    if told["code_sha256"] == compute_code_digest():
        return []
    return [f"{model.address} was released by other code, of SegmentLab {told['segmentlab']}."]


@cache
def compute_code_digest() -> str:
    """What the code of this package is recognised by."""
    return compute_folder_digest(PACKAGE, "*.py")


def _compute_signature(document: Mapping[str, Any], key: bytes) -> str:
    """Of the document as JSON whose keys are sorted: how it was written down does not count."""
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hmac.new(key, written.encode(), sha256).hexdigest()
