"""A release is signed by whoever holds the key, and nothing else may score where there is one."""

import json
from pathlib import Path

import pytest

from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.tracking import release
from segmentlab.lab.tracking.model import (
    FOLDER_TAG,
    MODEL_DIGEST_TAG,
    RECIPE_TAG,
    StoredModel,
    check_model_folder,
    find_run_model,
)
from segmentlab.lab.tracking.release import (
    RELEASE_TAG,
    check_signature,
    read_signing_key,
    sign_document,
    verify_release,
    write_release,
)

KEY, OTHER = "a key of many letters", "another key of many letters"
TAGS = {MODEL_DIGEST_TAG: "1" * 64, RECIPE_TAG: "2" * 64, FOLDER_TAG: "3" * 64}


def model(address: str = "models:/segments/3", **tags: str) -> StoredModel:
    return StoredModel(address, "0" * 32, "nowhere", TAGS | tags)


@pytest.fixture
def key(monkeypatch: pytest.MonkeyPatch) -> bytes:
    monkeypatch.setenv("SEGMENTLAB_SIGNING_KEY", KEY)
    return KEY.encode()


def test_without_a_key_nothing_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEGMENTLAB_SIGNING_KEY", raising=False)
    assert verify_release(model()) == []
    assert sign_document({"a": 1, "signature": "of before"}, None) == {"a": 1}


def test_a_key_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="too short to be a key") as refused:
        read_signing_key({"SEGMENTLAB_SIGNING_KEY": "hush"})
    assert "hush" not in str(refused.value)


def test_what_was_signed_is_accepted_as_it_was(key: bytes) -> None:
    assert verify_release(model(**{RELEASE_TAG: write_release(model(), key)})) == []
    document = {"b": [1, 2.5, "é"], "a": None}
    shuffled = json.loads(json.dumps(dict(reversed(sign_document(document, key).items())), indent=3))
    check_signature(shuffled, key, "it")


@pytest.mark.parametrize(
    ("address", "tags", "message"),
    [
        ("models:/segments/3", {}, "is not signed.*Promote its run while"),
        ("models:/segments/3", {RELEASE_TAG: "[1"}, "can't be read"),
        ("models:/segments/3", {RELEASE_TAG: '["signature"]'}, "can't be read"),
        ("models:/segments/4", None, "that of another model: model is models:/segments/4"),
        ("models:/segments/3", {MODEL_DIGEST_TAG: "9" * 64}, "that of another model: sha256 is 99"),
        ("models:/segments/3", {RECIPE_TAG: "9" * 64}, "that of another model: recipe_sha256 is 99"),
        ("models:/segments/3", {FOLDER_TAG: "9" * 64}, "that of another model: folder_sha256 is 99"),
    ],
)
def test_anything_else_is_refused(
    key: bytes, address: str, tags: dict[str, str] | None, message: str
) -> None:
    signed = {RELEASE_TAG: write_release(model(), key)} if tags is None or RELEASE_TAG not in tags else {}
    given = {} if tags == {} else signed | (tags or {})
    with pytest.raises(StoreError, match=message):
        verify_release(model(address, **given))


def test_a_document_of_another_key_or_a_changed_one_is_refused(key: bytes) -> None:
    with pytest.raises(StoreError, match="a signature that is not of this"):
        verify_release(model(**{RELEASE_TAG: write_release(model(), OTHER.encode())}))
    told = json.loads(write_release(model(), key)) | {"run": "another"}
    with pytest.raises(StoreError, match="a signature that is not of this"):
        verify_release(model(**{RELEASE_TAG: json.dumps(told)}))


def test_a_release_by_other_code_is_told(key: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = write_release(model(), key)
    monkeypatch.setattr(release, "compute_code_digest", lambda: "other")
    assert verify_release(model(**{RELEASE_TAG: signed})) == [
        f"models:/segments/3 was released by other code, of SegmentLab {release.__version__}."
    ]


def test_code_that_was_planted_in_a_model_is_not_run(tracker, scorer, recipe, features) -> None:
    from segmentlab.flow.items import FittedModel

    with tracker.run("modelled", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    stored = find_run_model(tracker.client, run.run_id)
    assert check_model_folder(tracker.client, stored)
    folder = Path(stored.location.removeprefix("file://"))
    (folder / "code" / "segmentlab" / "__init__.py").write_text("import os; os.abort()")
    with pytest.raises(StoreError, match="Nothing of it was run"):
        check_model_folder(tracker.client, stored)
    old = StoredModel(stored.address, stored.run_id, stored.location, {})
    assert not check_model_folder(tracker.client, old), "an earlier version kept no digest of it"
