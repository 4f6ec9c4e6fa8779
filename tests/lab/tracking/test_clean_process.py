"""A model is asked in a process of its own before anybody relies on it."""

from dataclasses import replace
from pathlib import Path

import pytest

from segmentlab.errors import StoreError
from segmentlab.flow.items import FittedModel
from segmentlab.lab.tracking.clean_process import check_answer
from segmentlab.lab.tracking.model import find_run_model


@pytest.fixture
def address(tracker, scorer, recipe, features) -> str:
    with tracker.run("modelled", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    return f"runs:/{run.run_id}/model"


@pytest.fixture
def folder(tracker, address) -> Path:
    """The model, as it lies in the store."""
    return Path(find_run_model(tracker.client, address.split("/")[1]).location.removeprefix("file://"))


@pytest.mark.slow
def test_another_answer_is_refused(tracker, address, scorer, features) -> None:
    other = replace(scorer, names={number: f"{name}!" for number, name in scorer.names.items()})
    with pytest.raises(StoreError, match="answers otherwise in a process of its own"):
        check_answer(address, tracker.client.tracking_uri, other, features.head())


@pytest.mark.slow
def test_a_signature_that_is_not_its_own_is_refused(tracker, address, folder, scorer, features) -> None:
    described = folder / "MLmodel"
    described.write_text(described.read_text().replace('"name": "confidence"', '"name": "certainty"'))
    with pytest.raises(StoreError, match="signature of runs:/"):
        check_answer(address, tracker.client.tracking_uri, scorer, features.head())


@pytest.mark.slow
def test_a_model_that_does_not_load_says_why(tracker, address, folder, scorer, features) -> None:
    with (folder / "scorer.skops").open("ab") as file:
        file.write(b"!")
    with pytest.raises(StoreError, match=r"can't be loaded in a process of its own: .*not the one"):
        check_answer(address, tracker.client.tracking_uri, scorer, features.head())
