"""Reads the model that is watched, with all that its run left to compare with."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import yaml
from omegaconf import DictConfig, OmegaConf

from segmentlab.build import build_plan
from segmentlab.errors import StoreError
from segmentlab.repository import CONF
from segmentlab.tracking.mlflow_tracker import MlflowTracker
from segmentlab.tracking.model import read_recipe, read_scorer
from segmentlab.tracking.model_address import find_model
from segmentlab.tracking.trouble import store_trouble
from segmentlab.watch import Baseline

CUSTOMERS, LEDGER, CONFIG = "segments/customers.parquet", "data/ledger.csv", "config.yaml"


def read_baseline(tracker: MlflowTracker, address: str) -> Baseline:
    """The model that the address names: the champion, unless somebody wants another."""
    client = tracker.client
    model = find_model(client, address)
    with store_trouble(f"model_uri={address} can't be read", "Look whether its run is still in the store."):
        scorer, recipe = read_scorer(client, model), read_recipe(client, model)
        if recipe.trained_as_of is None:
            raise StoreError(
                f"{model.address} was made of customers without transactions, so there is nothing that could "
                "drift from month to month. Watch a model that was made of transactions."
            )
        with TemporaryDirectory(prefix="segmentlab-") as folder:
            customers, ledger, config = (
                Path(client.download_artifacts(model.run_id, name, folder))
                for name in (CUSTOMERS, LEDGER, CONFIG)
            )
            return Baseline(
                address=model.address,
                scorer=scorer,
                recipe=recipe,
                features=pd.read_parquet(customers).set_index("customer_id")[list(scorer.features)],
                ledger=pd.read_csv(ledger),
                plan=build_plan(_as_tuned(config, client.get_run(model.run_id).data.params)),
            )


def _as_tuned(path: Path, params: Mapping[str, str]) -> DictConfig:
    """The configuration of the run, with what its study chose in place of what was written."""
    config = OmegaConf.load(path)
    assert isinstance(config, DictConfig)
    for group in ("model", "prepare"):
        chosen = params.get(f"tuned.{group}")
        if chosen is not None and chosen != params.get(group):
            option = OmegaConf.load(CONF / group / f"{chosen}.yaml")
            assert isinstance(option, DictConfig)
            config[group] = option.model if group == "model" else option
    for name, value in params.items():
        if name.startswith(("tuned.model.", "tuned.projection.")):
            OmegaConf.update(config, name.removeprefix("tuned."), yaml.safe_load(value), force_add=True)
    return config
