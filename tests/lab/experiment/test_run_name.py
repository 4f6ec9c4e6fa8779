"""Runs are called by what was chosen, in few words."""

from dataclasses import replace

import pytest

from segmentlab.lab.config.setup import compose_setup
from segmentlab.lab.experiment.run_name import LONGEST_NAME, name_run


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("", "synthetic rfm kmeans k=5"),
        ("model.n_clusters=7 data.customers=300", "synthetic rfm kmeans k=7 customers=300"),
        ("model=hdbscan tune=optuna features=[rfm,rhythm]", "synthetic rfm+rhythm hdbscan tuned"),
        (
            "seed=3 evaluate=full evaluate.nulls=30 evaluate.sample=500 report=none cache=false engine=spark "
            "view=umap names=german data=online_retail prepare=standard",
            "online_retail rfm kmeans k=5 standard seed=3",
        ),
        (
            "outliers=cap one_time=apart model=dbscan model.min_samples=5 model.eps=0.3 projection=pca",
            "synthetic rfm dbscan pca eps=0.3 min_samples=5",
        ),
        ("data=file data.path=lines/shop.csv as_of=2011-10-01", "shop rfm kmeans k=5 as_of=2011-10-01"),
        ("data=database data.url=sqlite:///x.db data.table=main.lines", "main.lines rfm kmeans k=5"),
        (
            "data=online_retail_ii features=[rfm,rhythm,behaviour,products,geography,basket]",
            "online_retail_ii rfm+rhythm+behaviour+products+… kmeans k=5",
        ),
        ("data=online_retail_ii", "online_retail_ii rfm kmeans k=5"),  # it brings a rule of its own
        ("data=online_retail_ii cleaning.overlap.jump_days=2", "online_retail_ii rfm kmeans k=5 jump_days=2"),
        ("experiment=0004", "online_retail rfm kmeans k=4 0004 standard n_init=10"),
        ("features=products features.products.components=4", "synthetic products kmeans k=5 components=4"),
    ],
)  # fmt: skip
def test_a_name_says_what_was_chosen(words: str, name: str) -> None:
    assert name_run(compose_setup(words.split())) == name
    assert name_run(compose_setup(list(reversed(words.split())))) == name, "in whatever order"
    assert len(name) <= LONGEST_NAME


def test_a_name_has_what_a_multirun_varies_however_much_else_differs() -> None:
    words = ["model.n_init=3", "prepare=robust", "projection=pca", "outliers=cap", "data.customers=400"]
    setup = compose_setup(words)
    assert name_run(setup) == "synthetic rfm kmeans k=5 robust pca n_init=3"
    varied = replace(setup, varied=["data.customers=400", "model.n_clusters=5"])
    assert name_run(varied) == "synthetic rfm kmeans k=5 customers=400 robust pca n_init=3"
