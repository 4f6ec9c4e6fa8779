"""What a model file may hold."""

import os
import re
from copy import deepcopy
from dataclasses import replace
from io import BytesIO
from zipfile import ZipFile

import pytest
from sklearn.base import BaseEstimator
from sklearn.preprocessing import FunctionTransformer
from skops.io import dumps

from segmentlab.errors import StoreError
from segmentlab.lab.names import find_name
from segmentlab.lab.tracking.scorer_file import (
    _rename_types,
    compute_digest,
    dump_scorer,
    load_scorer_file,
)


class Stranger(BaseEstimator):
    """An estimator that nobody looked at."""


def test_what_is_written_can_be_read(scorer, tmp_path, features):
    data = dump_scorer(scorer)
    (tmp_path / "scorer.skops").write_bytes(data)
    loaded = load_scorer_file(tmp_path / "scorer.skops", compute_digest(data))
    assert (loaded.predict(features) == scorer.predict(features)).all()


def test_a_hostile_file_is_refused_before_anything_of_it_is_built(scorer, tmp_path):
    hostile = dumps(replace(scorer, preparation=FunctionTransformer(os.system)))

    def disguise(module: str, own: str) -> tuple[str, str]:
        name = find_name(f"{module}:{own}")
        return ("segmentlab", name) if name else (module, own)

    path = tmp_path / "hostile.skops"
    path.write_bytes(_rename_types(hostile, disguise))
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


def test_types_of_ours_stand_in_a_file_by_their_names_alone(scorer):
    with ZipFile(BytesIO(dump_scorer(scorer))) as archive:
        schema = archive.read("schema.json").decode()
    assert {"scorer", "signed_log", "own_prediction"} <= set(re.findall(r'"__class__": "([a-z_]+)"', schema))
    assert "segmentlab." not in schema


@pytest.mark.parametrize(
    ("module", "own", "told"),
    [
        ("segmentlab", "seasonal_log", "'seasonal_log'"),  # a later version's
        ("segmentlab", "rfm", "'rfm'"),  # no part of a scorer
        ("segmentlab", "SignedLog", "'SignedLog'"),
        (
            "segmentlab.modelling.apart_rules",
            "FENCE_METHODS",
            "'segmentlab.modelling.apart_rules.FENCE_METHODS'",
        ),
        ("segmentlab.modelling.preparation", "SignedLog.fit", "'segmentlab.modelling"),
    ],
)
def test_a_name_that_nobody_knows_is_told_with_the_file_and_what_to_do(module, own, told, scorer, tmp_path):
    def forge(was: str, name: str) -> tuple[str, str]:
        return (module, own) if (was, name) == ("segmentlab", "signed_log") else (was, name)

    path = tmp_path / "scorer.skops"
    path.write_bytes(_rename_types(dump_scorer(scorer), forge))
    message = rf"scorer.skops' holds {told}.*, a name that neither .* knows. It was made by another version"
    with pytest.raises(StoreError, match=message):
        load_scorer_file(path, compute_digest(path.read_bytes()))


def test_what_its_libraries_can_not_read_any_more_is_no_defect(scorer, tmp_path):
    """An attribute that went, a function that moved: the file is whole, and the libraries are others."""

    def forge(was: str, name: str) -> tuple[str, str]:
        return (was, "Went") if name == "KMeans" else (was, name)

    path = tmp_path / "scorer.skops"
    path.write_bytes(_rename_types(dump_scorer(scorer), forge))
    with pytest.raises(StoreError, match=r"holds sklearn.cluster._kmeans.Went"):
        load_scorer_file(path, compute_digest(path.read_bytes()))
    path.write_bytes(b"no archive")
    with pytest.raises(StoreError, match=r"can't be read here .* requirements.txt"):
        load_scorer_file(path, compute_digest(b"no archive"))


def test_a_parameter_that_is_newer_than_the_file_has_its_default(scorer, tmp_path, features):
    older = deepcopy(scorer)
    stages = dict(older.preparation.steps)
    del vars(stages["signedlog"])["columns"]
    path = tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(older))
    loaded = load_scorer_file(path, compute_digest(path.read_bytes()))
    assert dict(loaded.preparation.steps)["signedlog"].get_params() == {"columns": None}
    assert loaded.assign(features).equals(scorer.assign(features))
