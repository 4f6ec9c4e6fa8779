"""Choices written for version 0.1.0 name classes by paths that are gone: they are built all the same."""

import importlib

import pytest
from omegaconf import OmegaConf

from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.names import find_current_path
from tests.configs import composed

# Every class of ours that conf/ and experiments/ of 0.1.0 named, below `segmentlab.`.
WRITTEN = [
    "engine.duckdb.DuckDB",
    "engine.spark.Spark",
    "features.basket.Basket",
    "features.behaviour.Behaviour",
    "features.demographics.Demographics",
    "features.geography.Geography",
    "features.identity.Identity",
    "features.pivot.Pivot",
    "features.products.Products",
    "features.purchase_value.PurchaseValue",
    "features.rfm.Rfm",
    "features.rhythm.Rhythm",
    "modelling.density.Dbscan",
    "modelling.density.Hdbscan",
    "modelling.hierarchy.Hierarchical",
    "modelling.one_time.OneTimeBuyers",
    "modelling.outliers.BeyondFences",
    "modelling.outliers.FenceCaps",
    "modelling.preparation.NormalScores",
    "modelling.preparation.QuantileCaps",
    "modelling.preparation.SignedLog",
    "modelling.umap_map.UmapMap",
    "modelling.view.PrincipalComponents",
    "modelling.view.UmapView",
    "segments.vocabulary.Vocabulary",
    "transactions.cleaning.ExactDuplicate",
    "transactions.cleaning.InvoicePrefix",
    "transactions.cleaning.NetCancellations",
    "transactions.cleaning.NonProduct",
    "transactions.cleaning.NotPositive",
    "transactions.cleaning.OtherThan",
    "transactions.cleaning.Overlap",
    "transactions.cleaning.UnknownCustomer",
    "transactions.customers.CustomersFile",
    "transactions.database.Database",
    "transactions.file.File",
    "transactions.published.Published",
    "transactions.synthetic.SyntheticWorld",
]


@pytest.mark.parametrize("path", WRITTEN)
def test_an_old_path_leads_to_a_class_of_that_name(path: str) -> None:
    module, _, name = find_current_path(f"segmentlab.{path}").rpartition(".")
    assert name == path.rpartition(".")[2]
    assert isinstance(getattr(importlib.import_module(module), name), type)


def test_old_paths_are_built_wherever_they_stand() -> None:
    config = composed("features=[rfm,basket]", "outliers=cap", "model=hdbscan")
    for key, path in {
        "engine": "engine.duckdb.DuckDB",
        "data": "transactions.synthetic.SyntheticWorld",
        "cleaning.price_not_positive": "transactions.cleaning.NotPositive",
        "features.rfm": "features.rfm.Rfm",
        "outliers": "modelling.outliers.FenceCaps",
        "model": "modelling.density.Hdbscan",
    }.items():
        assert path in WRITTEN
        assert "_target_" in OmegaConf.select(config, key), key
        OmegaConf.update(config, f"{key}._target_", f"segmentlab.{path}")
    plan = build_plan(config)
    assert type(plan.model).__name__ == "Hdbscan"
    assert type(plan.features["rfm"]).__name__ == "Rfm"
    assert type(build_source(config)).__name__ == "SyntheticWorld"
    assert type(build_engine(config)).__name__ == "DuckDB"
