"""What a model file may hold."""

import os

import pytest
from sklearn.base import BaseEstimator, clone
from sklearn.preprocessing import FunctionTransformer
from skops.io import dump

from segmentlab.errors import StoreError
from segmentlab.tracking.segmenter_file import TRUSTED_TYPES, digest_of, dump_segmenter, load_segmenter_file


class Stranger(BaseEstimator):
    """An estimator that nobody looked at."""


def test_what_is_written_can_be_read(segmenter, tmp_path, features):
    data = dump_segmenter(segmenter)
    (tmp_path / "segmenter.skops").write_bytes(data)
    loaded = load_segmenter_file(tmp_path / "segmenter.skops", digest_of(data))
    assert (loaded.predict(features) == segmenter.labels_).all()


def test_a_hostile_file_is_refused_before_anything_of_it_is_built(segmenter, tmp_path):
    hostile = clone(segmenter).set_params(preparation=FunctionTransformer(os.system))
    path = tmp_path / "hostile.skops"
    dump(hostile, path)
    with pytest.raises(StoreError, match=r"hostile.skops' is refused: it holds .*system"):
        load_segmenter_file(path, digest_of(path.read_bytes()))


def test_a_type_that_would_be_refused_later_is_refused_at_once(segmenter):
    with pytest.raises(StoreError, match=r"can't be stored: it holds .*Stranger"):
        dump_segmenter(clone(segmenter).set_params(model=Stranger()))


def test_a_file_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / "segmenter.skops"
    path.write_bytes(b"garbage")
    with pytest.raises(StoreError, match="not the one that was logged"):
        load_segmenter_file(path, digest_of(b"something else"))


def test_trust_is_given_by_exact_name():
    assert all(name.startswith("segmentlab.") and "*" not in name for name in TRUSTED_TYPES)
