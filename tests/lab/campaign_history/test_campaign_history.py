"""Campaigns beside scorings, in DuckDB and in databases that SQLAlchemy knows: nobody is in two at once."""

import shutil
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.campaigns import CampaignPlan
from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.campaign_history import CampaignHistory
from segmentlab.lab.history import History
from tests.plans import RULES, make_plan
from tests.postgres import Postgres

OLD = Path(__file__).parents[1] / "history" / "without_standing.db"


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def history(request: pytest.FixtureRequest, tmp_path: Path) -> CampaignHistory:
    if request.param != "postgres":
        return CampaignHistory(f"{request.param}:///{tmp_path}/history.{request.param}")
    server: Postgres = request.getfixturevalue("postgres")
    for table in ("campaigns", "campaign_people"):
        server.run(f"drop table if exists {table}")
    return CampaignHistory(server.url())


def keep(history: CampaignHistory, made: CampaignPlan) -> bool:
    return history.keep(made, made.tell(model="m"))


def test_a_plan_comes_back_as_it_was_kept_and_once_more_changes_nothing(history: CampaignHistory) -> None:
    made = make_plan()
    assert keep(history, made)
    assert not keep(history, made)
    known = history.read("spring")
    assert known.facts == made.tell(model="m")
    columns = ["customer_id", "part", "block", "expected", "group"]
    pd.testing.assert_frame_equal(known.people[columns], made.people[columns], check_dtype=False)


def test_another_plan_of_the_same_name_is_refused(history: CampaignHistory) -> None:
    keep(history, make_plan())
    other = make_plan(replace(RULES, seed=5))
    with pytest.raises(ConfigError, match=r"planned already, from 2011-06-01 to 2011-07-31.*people_sha256"):
        keep(history, other)
    with pytest.raises(ConfigError, match="planned already"):
        history.refuse_other(other.tell(model="m"))
    history.refuse_other(make_plan().tell(model="m"))


def test_who_is_in_a_campaign_of_these_days_is_taken_and_is_free_after_it(history: CampaignHistory) -> None:
    made = make_plan()
    keep(history, made)
    day = timedelta(days=1)
    for begins, ends, count in (
        (made.start, made.end, len(made.people)),
        (made.end - day, made.end + day, len(made.people)),
        (made.end, made.end + day, 0),
        (made.start - day, made.start, 0),
    ):
        taken = history.find_taken("summer", begins, ends)
        assert len(taken) == count
        assert set(taken["campaign"]) <= {"spring"}
    assert history.find_taken("spring", made.start, made.end).empty, "a campaign is not in its own way"


def test_two_plans_that_were_made_at_once_are_not_both_kept(history: CampaignHistory) -> None:
    keep(history, make_plan())
    with pytest.raises(StoreError, match="taken by another campaign while"):
        keep(history, make_plan(replace(RULES, name="summer")))
    with pytest.raises(ConfigError, match=r"no such campaign. There are spring\."):
        history.read("summer")


def test_a_forgotten_customer_is_in_no_campaign(history: CampaignHistory) -> None:
    assert history.forget("00000") == 0
    made = make_plan()
    keep(history, made)
    who = made.people["customer_id"].iloc[0]
    assert history.forget(who) == 1
    assert who not in set(history.read("spring").people["customer_id"])


def test_an_unknown_name_says_which_there_are(history: CampaignHistory) -> None:
    with pytest.raises(ConfigError, match="There are none yet"):
        history.read("spring")
    assert history.find_taken("spring", date(2011, 1, 1), date(2011, 2, 1)).empty


def test_a_history_of_an_older_version_takes_campaigns_and_keeps_its_scorings(tmp_path: Path) -> None:
    shutil.copy(OLD, tmp_path / "old.db")
    url = f"sqlite:///{tmp_path / 'old.db'}"
    before = History(url).snapshots()
    assert before
    assert keep(CampaignHistory(url), make_plan())
    assert History(url).snapshots() == before
