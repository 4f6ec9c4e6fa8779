"""Whatever a configuration can put into a stored file has a short name: conf/ and experiments/ are listed."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.cluster import KMeans

from segmentlab.features.feature_set import CustomerLearner, Learner
from segmentlab.features.table import FeatureRecipe
from segmentlab.flow.place import Recipe
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.names.lookup import find_name, read_name, replace_paths
from segmentlab.lab.names.released import RECIPE_PARTS
from segmentlab.lab.tracking.archive import dump_recipe, load_recipe_file
from segmentlab.lab.tracking.scorer_file import compute_digest, dump_scorer, load_scorer_file
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.feature_sets import AS_OF
from segmentlab.testing.logs import SHOP, clean_log, open_engine
from segmentlab.testing.planted import plant_customers
from tests.configs import composed, options

FEATURES, MONEY, _ = plant_customers()
LONG_TAILED = ("rfm_frequency", "rfm_monetary")


def targets() -> Iterator[str]:
    """Our classes that a configuration of this repository names."""
    for path in [*CONF.rglob("*.yaml"), *(ROOT / "experiments").rglob("*.yaml")]:
        yield from re.findall(r"_target_:\s*(segmentlab\.[\w.]+)", path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("target", sorted(set(targets())))
def test_a_class_that_may_be_chosen_has_a_name(target: str) -> None:
    module, _, own = replace_paths(target).rpartition(".")
    name = find_name(f"{module}:{own}") if module else own
    assert name is not None, f"{target} has no name in lab/names/released.py"


def test_a_table_is_looked_at_that_is_not_empty() -> None:
    assert len(set(targets())) > 30


@pytest.mark.parametrize("option", options("features"))
def test_what_a_feature_set_learns_can_be_stored(option: str, tmp_path: Path) -> None:
    """Before it has learnt and after it."""
    for name, chosen in build_plan(composed(f"features={option}")).features.items():
        learnt = chosen
        if isinstance(chosen, Learner):
            learnt = chosen.learn(clean_log(open_engine(), SHOP, AS_OF), AS_OF)
        elif isinstance(chosen, CustomerLearner):
            learnt = chosen
        for each in (chosen, learnt):
            columns = each.columns if hasattr(each, "columns") else ()
            store(Recipe({}, FeatureRecipe(columns, {name: each}), "digest", AS_OF), tmp_path)


@pytest.mark.parametrize("option", options("cleaning"))
def test_every_rule_of_cleaning_can_be_stored(option: str, tmp_path: Path) -> None:
    cleaning = build_plan(composed(f"cleaning={option}")).cleaning
    store(Recipe(cleaning, FeatureRecipe((), {}), "digest", AS_OF), tmp_path)


@pytest.mark.parametrize("one_time", options("one_time"))
@pytest.mark.parametrize("outliers", options("outliers"))
def test_whoever_is_set_apart_the_scorer_can_be_stored(outliers: str, one_time: str, tmp_path: Path) -> None:
    """Preparations, projections and models: `test_models.py` stores each with each."""
    plan = build_plan(composed(f"outliers={outliers}", f"one_time={one_time}"))
    model = KMeans(3, n_init=1, random_state=0)
    segmenter = Segmenter(plan.preparation, plan.projection, model, plan.apart)
    scorer = segmenter.fit(FEATURES, value=MONEY, long_tailed=LONG_TAILED).scorer_
    path = tmp_path / "scorer.skops"
    path.write_bytes(dump_scorer(scorer))
    loaded = load_scorer_file(path, compute_digest(path.read_bytes()))
    assert loaded.assign(FEATURES).equals(scorer.assign(FEATURES))


def store(recipe: Recipe, folder: Path) -> None:
    """It comes back, and holds names of the table alone."""
    data = dump_recipe(recipe)
    (folder / "recipe.plain").write_bytes(data)
    assert dump_recipe(load_recipe_file(folder / "recipe.plain", compute_digest(data))) == data
    names = [name.decode() for name in re.findall(rb'"object": \["([^"]*)"', data)]
    assert {read_name(name, RECIPE_PARTS) for name in names} == set(names)
