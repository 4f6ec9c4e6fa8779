"""What a model file may hold."""

import importlib
import os
from dataclasses import replace

import pytest
from sklearn.base import BaseEstimator
from sklearn.preprocessing import FunctionTransformer
from skops.io import dump

from segmentlab.errors import StoreError
from segmentlab.lab.tracking.scorer_file import TRUSTED_TYPES, compute_digest, dump_scorer, load_scorer_file


class Stranger(BaseEstimator):
    """An estimator that nobody looked at."""


def test_what_is_written_can_be_read(scorer, tmp_path, features):
    data = dump_scorer(scorer)
    (tmp_path / "scorer.skops").write_bytes(data)
    loaded = load_scorer_file(tmp_path / "scorer.skops", compute_digest(data))
    assert (loaded.predict(features) == scorer.predict(features)).all()


def test_a_hostile_file_is_refused_before_anything_of_it_is_built(scorer, tmp_path):
    hostile = replace(scorer, preparation=FunctionTransformer(os.system))
    path = tmp_path / "hostile.skops"
    dump(hostile, path)
    with pytest.raises(StoreError, match=r"hostile.skops' is refused: it holds .*system"):
        load_scorer_file(path, compute_digest(path.read_bytes()))


def test_a_type_that_would_be_refused_later_is_refused_at_once(scorer):
    with pytest.raises(StoreError, match=r"can't be stored: it holds .*Stranger"):
        dump_scorer(replace(scorer, projection=Stranger()))


def test_a_file_that_is_no_model_is_refused(tmp_path):
    path = tmp_path / "scorer.skops"
    path.write_bytes(b"garbage")
    with pytest.raises(StoreError, match="not the one that was logged"):
        load_scorer_file(path, compute_digest(b"something else"))


def test_trust_is_given_by_exact_name():
    for name in TRUSTED_TYPES:
        module, _, what = name.rpartition(".")
        assert module.partition(".")[0] in ("segmentlab", "sklearn")
        assert getattr(importlib.import_module(module), what).__module__ == module
