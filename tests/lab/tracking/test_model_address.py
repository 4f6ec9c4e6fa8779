"""How a model is named: by its run, by its version, by an alias."""

import pytest

from segmentlab.errors import ConfigError, StoreError
from segmentlab.flow.items import FittedModel, Metric
from segmentlab.lab.tracking.model import (
    MODEL_DIGEST_TAG,
    RECIPE_TAG,
    find_model,
    find_run_model,
    read_recipe,
    read_scorer,
)


@pytest.fixture
def run_id(tracker, scorer, recipe, features):
    with tracker.run("modelled", {}) as run:
        run.log([FittedModel(scorer, recipe, features.head())])
    return run.run_id


@pytest.fixture
def version(tracker, run_id):
    """Registered with MLflow's own means, and made champion."""
    client = tracker.client
    client.create_registered_model("segments")
    made = client.create_model_version("segments", find_run_model(client, run_id).location, run_id)
    client.set_registered_model_alias("segments", "champion", made.version)
    return made


@pytest.mark.parametrize("address", ["{run}", "runs:/{run}", "runs:/{run}/model"])
def test_a_run_names_its_model(address, tracker, run_id):
    assert find_model(tracker.client, address.format(run=run_id)) == find_run_model(tracker.client, run_id)


@pytest.mark.usefixtures("version")
@pytest.mark.parametrize("address", ["models:/segments@champion", "models:/segments/1"])
def test_a_version_and_an_alias_name_the_same(address, tracker, run_id, scorer, recipe, features):
    found = find_model(tracker.client, address)
    assert (found.address, found.run_id) == ("models:/segments/1", run_id)
    assert read_scorer(tracker.client, found).assign(features).equals(scorer.assign(features))
    assert read_recipe(tracker.client, found) == recipe


def test_a_version_answers_for_its_own_files(tracker, version):
    """Its model may be that of its run under other numbers: then the digest of the run is not its own."""
    tracker.client.set_model_version_tag("segments", version.version, MODEL_DIGEST_TAG, "0" * 64)
    found = find_model(tracker.client, "models:/segments@champion")
    with pytest.raises(StoreError, match=f"expected {'0' * 64}"):
        read_scorer(tracker.client, found)


def test_without_a_champion_it_says_what_to_type(tracker):
    with pytest.raises(StoreError, match=r"There is no champion yet.*src/promote.py.*model_uri=runs:/"):
        find_model(tracker.client, "models:/segments@champion")
    tracker.client.create_registered_model("segments")
    with pytest.raises(StoreError, match="There is no champion yet"):
        find_model(tracker.client, "models:/segments@champion")


@pytest.mark.usefixtures("version")
def test_a_version_without_a_digest_is_refused(tracker, run_id):
    tracker.client.delete_tag(run_id, MODEL_DIGEST_TAG)
    with pytest.raises(StoreError, match="has no digest"):
        find_model(tracker.client, "models:/segments/1")


def test_a_model_of_before_recipes_says_so(tracker, run_id):
    tracker.client.delete_tag(run_id, RECIPE_TAG)
    with pytest.raises(StoreError, match="keeps no recipe"):
        read_recipe(tracker.client, find_model(tracker.client, run_id))


@pytest.mark.parametrize(
    ("address", "kind", "message"),
    [
        ("segments", ConfigError, "is no address of a model. Write models:/segments@champion"),
        ("models:/../secrets/1/..", ConfigError, "no address"),
        ("runs:/../../etc", ConfigError, "no address"),
        ("models:/segments/7", StoreError, "models:/segments/7 can't be found"),
        ("runs:/" + "0" * 32, StoreError, "can't be found"),
    ],
)
def test_what_is_not_there_says_so(tracker, address, kind, message):
    with pytest.raises(kind, match=message):
        find_model(tracker.client, address)


def test_a_run_without_a_model_says_so(tracker):
    with tracker.run("empty", {}) as run:
        run.log([Metric("m", 1)])
    with pytest.raises(StoreError, match="has no model"):
        find_model(tracker.client, run.run_id)
