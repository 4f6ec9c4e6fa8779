"""A choice that can't be is refused before anything is opened, and says what would have worked."""

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.setup import Setup, compose_setup
from segmentlab.lab.experiment.study_order import build_study_order


def build(*words: str) -> Setup:
    """All that a command makes of its words before it opens a store or reads data."""
    setup = compose_setup(words)
    build_plan(setup.config), build_source(setup.config), build_engine(setup.config)
    build_study_order(setup.config, setup.choices)
    return setup


@pytest.mark.parametrize(
    ("words", "message"),
    [
        # Nobody knows it.
        ("modle=kmeans", "modle: there is no such parameter. Did you mean model?"),
        ("model.n_cluster=3", "model.n_cluster: there is no such parameter. Did you mean model.n_clusters?"),
        ("evaluate.smple=500", "Did you mean evaluate.sample?"),
        ("trakking.uri=x", "Did you mean tracking.uri?"),
        ("model.foo=1", "no such parameter. model=kmeans has n_clusters, n_init, random_state, tol."),
        ("foo.bar=1", "foo.bar: there is no such parameter. There are: again, as_of, baskets,"),
        ("+as_off=2011-12-10", "as_off: nothing reads this key. Did you mean as_of?"),
        ("+key=value", "key: nothing reads this key. See --cfg job for those that exist."),
        ("model=kmean", "model=kmean: there is no such option. Did you mean kmeans?"),
        ("features=[rfm,rfn]", "features=rfn: there is no such option. Did you mean rfm?"),
        ("experiment=9999", "experiment=9999: no such overlay in experiments/."),
        ("model._target_=os.system", "_target_ os.system is not allowed"),
        # Another option has it.
        (
            "data=online_retail data.path=x",
            "data.path belongs to data=file, data=mall. data=online_retail has accept, customer_by, files, "
            "folder, local, name, sha256, sheets, url. Type data=file as well to choose it.",
        ),
        ("model.eps=0.3", "model.eps belongs to model=dbscan. model=kmeans has n_clusters, n_init,"),
        ("model.epss=0.3", "Did you mean model.eps, of model=dbscan?"),
        ("search.eps=[1,2]", "search.eps belongs to model=dbscan."),
        ("experiment=0002b model.linkage=ward", "model=hierarchical. model=dbscan has eps, min_samples."),
        ("outliers.factor=2", "outliers=none has no parameter. Type outliers=cap as well to choose it."),
        (
            "features=[rfm,rhythm] features.products.components=2",
            "features=rhythm has late. Type features=[rfm,rhythm,products] as well to add it.",
        ),
        ("tune.trials=5", "tune.trials belongs to tune=optuna."),
        ("data=online_retail +data.path=x", "data.path: Published has no such parameter"),
        ("+model.n_cluster=3", "model.n_cluster: KMeans has no such parameter"),
        # It can't have this value.
        ("seed=first", "seed: Value 'first' of type 'str' could not be converted to Integer"),
        ("seed=-1", "seed=-1: write a whole number from 0 to 4294967295."),
        ("as_of=yesterday", "as_of=yesterday is not a date: write YYYY-MM-DD"),
        ("report=ful", "report=ful: there is no such report. Write none, summary, full, slides."),
        ("leave_out=rfm_recency", "expected a list, as in leave_out=[a,b]."),
        ("data=file", "data.path has no default: add data.path=... to the command."),
        ("data.customers=0", "data.customers"),
        ("model.n_clusters=abc", "model: The 'n_clusters' parameter of KMeans must be an int"),
        ("model.n_clusters=null", "model: The 'n_clusters' parameter of KMeans must be an int"),
        ("model=dbscan model.eps=nan", "model: eps=nan of Dbscan does not work: expected a number above 0"),
        ("prepare=winsorized prepare._args_.0.lower=3", "prepare: lower=3 of QuantileCaps does not work"),
        ("projection=pca projection.n_components=many", "projection: The 'n_components' parameter of PCA"),
        ("outliers=isolate outliers.factor=-1", "outliers: factor=-1 of BeyondFences does not work"),
        ("tune=optuna tune.trials=0", "tune.trials=0 is too small: write 1 or more."),
        ("model=null", "model=null: a group takes one of its options. There are: balanced_kmeans, "),
        ("model=", "model=: a group takes one of its options."),
        # It is not written as a choice is.
        ("kmeans", "kmeans: expected <group>=<option> or <parameter>=<value>. See --help."),
        ("model.n_clusters=[3", "model.n_clusters=[3: no viable alternative at input '[3'."),
        ("engine=spark engine.master=local[2],local[4]", "put it in quotes: \"engine.master='...'\""),
        ("model=kmeans,dbscan", "model=kmeans,dbscan: several values need -m, which makes a run of each."),
    ],
)  # fmt: skip
def test_a_choice_that_can_not_be(words: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        build(*words.split())
    assert message in str(refused.value)
    assert "hydra.cc" not in str(refused.value)


@pytest.mark.parametrize("option", ["quantile", "suggested", "winsorized"])
@pytest.mark.parametrize("outliers", ["cap", "isolate", "none"])
def test_what_waits_for_suggestions_is_no_mistake(option: str, outliers: str) -> None:
    build(f"prepare={option}", f"outliers={outliers}", "one_time=apart", "projection=umap")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("engine.master=local[2]", "local[2]"),
        ("engine.master=local[*]", "local[*]"),
        ("engine.master='local[2]'", "local[2]"),
        ("engine.master=spark://host:7077", "spark://host:7077"),
        ("engine.driver_memory=it's 2g (or more)", "it's 2g (or more)"),
        (r"engine.driver_memory=C:\temp\(1)\ ".rstrip(), r"C:\temp\(1)" + "\\"),
    ],
)
def test_a_text_needs_no_quotes(typed: str, meant: str) -> None:
    key = typed.partition("=")[0].removeprefix("engine.")
    assert compose_setup(["engine=spark", typed]).config.engine[key] == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("3", 3), ("[1,2]", [1, 2]), ("{a: 1}", {"a": 1}), ("null", None), ("3e2", 300.0), ("'3'", "3")],
)
def test_what_the_grammar_reads_is_left_to_it(typed: str, meant: object) -> None:
    assert compose_setup([f"model.n_init={typed}"]).config.model.n_init == meant
