"""Every file in conf/ composes, builds, and is read to its last key."""

from collections.abc import Callable

import pytest
from omegaconf import OmegaConf

from segmentlab.errors import ConfigError
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.settings import Run
from segmentlab.testing.conf import check_headline, check_option, check_scored_option
from tests.configs import composed, groups, options

EVERY = [(group, option) for group in groups() for option in options(group)]


@pytest.mark.parametrize(("group", "option"), EVERY)
@pytest.mark.parametrize("law", [check_option, check_headline], ids=lambda law: law.__name__)
def test_law(law: Callable[[str, str], None], group: str, option: str) -> None:
    law(group, option)


@pytest.mark.parametrize("command", ["score", "monitor"])
@pytest.mark.parametrize("option", options("data"))
def test_whatever_is_learnt_from_can_be_scored_and_watched(option: str, command: str) -> None:
    rules = check_scored_option(option, command)
    assert set(rules) == ({"overlap"} if option == "online_retail_ii" else set())


def test_every_key_of_the_top_level_is_read() -> None:
    config = composed()
    assert set(config) == set(Run.__dataclass_fields__)


def test_nothing_of_hydra_travels_into_the_plan() -> None:
    plan = build_plan(composed("leave_out=[rfm_recency]", "prepare=log_standard"))
    assert not [value for value in vars(plan).values() if OmegaConf.is_config(value)]
    assert plan.leave_out == ("rfm_recency",)


@pytest.mark.parametrize(
    "target",
    [
        "os.system",
        "subprocess.run",
        "builtins.eval",
        "sklearn.utils.shell",
        "segmentlab.lab.cli.entry.entry",
        "segmentlab.transactions.file.hashlib.md5",  # begins well, ends elsewhere
        "segmentlab.transactions.file.Path",
    ],
)
def test_only_allowed_targets_are_built(target: str) -> None:
    with pytest.raises(ConfigError, match=r"is not allowed|does not exist"):
        build_plan(composed(f"model._target_={target}"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["model._target_=sklearn.cluster.KMeens"], "sklearn.cluster.KMeens does not exist"),
        (["+model.n_cluster=3"], "n_cluster"),
        (["search.n_clusters=[5,2]"], "not a range"),
        (["search.n_clusters=7"], "not a range"),
        (["features=behaviour", "+features.rfm.until=2011-12-09"], "features.rfm has until and no _target_"),
        (["cleaning.cancellation=null"], "cleaning.cancellation has None and no _target_"),
        (["features.rfm=5"], "features.rfm has 5 and no _target_"),
    ],
)
def test_what_can_not_be_built_says_why(overrides: list[str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_plan(composed(*overrides))


@pytest.mark.parametrize("recipe", ["usual", "thorough"])
def test_the_sales_that_both_sheets_report_are_counted_once(recipe: str) -> None:
    """Simply stacked, the sheets of Online Retail II count 311,878 of sales twice."""
    rules = composed("data=online_retail_ii", f"cleaning={recipe}").cleaning
    assert next(iter(rules)) == "overlap"
