"""Every goal in conf/goal is found, built, and about somebody."""

import pandas as pd
import pytest

from segmentlab.lab.config.build import build_goal
from segmentlab.lab.config.commands import Campaign
from segmentlab.lab.config.help_page import write_help
from segmentlab.lab.config.options import list_groups
from segmentlab.value import GammaGamma, MbgNbd, ShopLaws
from tests.configs import OF_OTHERS, composed, options

LAWS = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 3.0, best_spent=400.0)
# One order lately; many at even gaps, until now and until long ago; a few, long ago; two, lately.
PEOPLE = pd.DataFrame(
    {
        "repeats": [0, 20, 20, 3, 1],
        "recency": [0.0, 200, 200, 60, 20],
        "age": [20.0, 205, 290, 400, 30],
        "spend": 30.0,
    },
    index=["one", "regular", "late", "gone", "young"],
)


def test_the_campaign_command_offers_them() -> None:
    assert "goal" in list_groups("campaign")
    assert not OF_OTHERS & set(list_groups("run"))
    assert set(composed(command="campaign")) == set(Campaign.__dataclass_fields__)


@pytest.mark.parametrize("option", options("goal"))
def test_a_goal_is_built_bears_the_name_of_its_file_and_is_about_some(option: str) -> None:
    goal = build_goal(composed(f"goal={option}", command="campaign"))
    assert goal.name == option
    assert goal.title
    assert goal.action
    found = goal.find_people(LAWS, LAWS.place(PEOPLE))
    assert 0 < found.sum() < len(PEOPLE), f"{option} is about everybody or nobody here"
    line = next(line for line in write_help("campaign").splitlines() if line.split()[:1] == [option])
    assert len(line.split()) > 3, f"goal/{option}.yaml begins with no comment"
