"""Choices composed from words: variants that differ in values share what Hydra made of the options."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import CONF
from segmentlab.lab.config.setup import _compose_once, compose_setup, compose_words

WORDS = [
    "features=[rfm,rhythm]",
    "model.n_clusters=7",
    "prepare=standard",
    "seed=3",
    "leave_out=[rfm_recency]",
]


@pytest.mark.parametrize(
    "more", [[], ["model=hdbscan"], ["experiment=0001"], ["+note=new", "report=none"], ["~search"]], ids=str
)
def test_it_is_what_hydra_makes_of_all_the_words_at_once(more: list[str]) -> None:
    words = [word for word in WORDS if "n_clusters" not in word or not more] + more
    setup = compose_words(words)
    with initialize_config_dir(str(CONF), version_base="1.3"):
        whole = compose(
            "run", [word.replace("experiment=0001", "experiments=0001_first_look") for word in words]
        )
    assert setup.config == whole
    assert setup.typed == [word.replace("experiment=0001", "experiments=0001_first_look") for word in words]


def test_what_one_variant_sets_is_not_in_the_next() -> None:
    assert compose_setup(["model.n_clusters=7"]).config.model.n_clusters == 7
    assert compose_setup([]).config.model.n_clusters == 5


def test_an_option_is_read_again_once_its_file_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "conf" / "prepare").mkdir(parents=True)
    option = tmp_path / "conf" / "prepare" / "own.yaml"
    option.write_text("_target_: sklearn.preprocessing.StandardScaler\n")
    monkeypatch.chdir(tmp_path)
    assert compose_setup(["prepare=own"]).config.prepare._target_.endswith("StandardScaler")
    option.write_text("_target_: sklearn.preprocessing.RobustScaler\n")
    assert compose_setup(["prepare=own"]).config.prepare._target_.endswith("RobustScaler")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["model.n_cluster=7"], "n_clusters"),
        (["modle=kmeans"], "modle"),
        (["model.n_clusters=3,4"], "n_clusters"),
    ],
)
def test_errors_are_those_of_the_command_line(words: list[str], sentence: str) -> None:
    with pytest.raises(ConfigError, match=sentence):
        compose_setup(words)


def test_several_threads_compose_at_once() -> None:
    """As visitors of a dashboard do: what Hydra composes from is one place of the whole process."""
    _compose_once.cache_clear()
    models = ["kmeans", "gaussian_mixture", "hierarchical", "hdbscan", "dbscan", "minibatch_kmeans"]
    with ThreadPoolExecutor(len(models)) as pool:
        found = list(pool.map(lambda name: compose_setup([f"model={name}"]).choices["model"], models))
    assert found == models
