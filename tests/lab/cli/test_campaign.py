"""`python src/campaign.py` from a plan to what it brought, with the model of a real run."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.lab.config.folders import ROOT
from tests.commands import Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

SHOP = "data.customers=600"
SPRING = ("name=spring", "goal=grow", "budget=60", "days=40", "as_of=2011-06-01")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store with one run of the days before the campaign."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run(SHOP, "report=none", "as_of=2011-06-01")
    assert done.returncode == 0, done.stderr
    return lab


def campaign(lab: Lab, *arguments: str) -> subprocess.CompletedProcess[str]:
    own = [
        f"tracking.uri={lab.uri}",
        f"model_uri={lab.runs()[0].info.run_id}",
        f"history=duckdb:///{lab.folder / 'history.duckdb'}",
        f"output={lab.folder / 'campaigns'}",
        f"data.folder={lab.folder / 'worlds'}",
        f"cache_folder={lab.folder / 'cache'}",
        SHOP,
    ]
    return run_warm([sys.executable, str(ROOT / "src" / "campaign.py"), *own, *arguments], lab.folder)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


def test_a_campaign_from_its_plan_to_what_it_brought(lab: Lab) -> None:
    """The lists, the same lists again, nobody taken twice, not measured early, measured in the end."""
    done = campaign(lab, *SPRING)
    assert done.returncode == 0, done.stderr
    assert "smallest effect that" in done.stdout
    folder = lab.folder / "campaigns" / "spring"
    people = pd.read_parquet(folder / "people.parquet")
    assert set(people["group"]) == {"contact", "control"}
    listed = pd.read_csv(folder / "contacts_email.csv", dtype={"customer_id": str})
    assert set(listed["customer_id"]) == set(people.loc[people["group"] == "contact", "customer_id"])
    assert listed["products"].notna().any()
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}
    plan = json.loads((folder / "plan.json").read_text())
    assert plan["end"] == "2011-07-11"
    assert plan["cap"] > 0

    before = digests(folder)
    (folder / "contacts_email.csv").unlink()  # as if the command had been killed before its lists
    again = campaign(lab, *SPRING)
    assert again.returncode == 0, again.stderr
    assert "these are its lists again" in again.stdout
    assert digests(folder) == before
    other = campaign(lab, *SPRING, "seed=0", "control=0.5")
    assert other.returncode == 2
    assert "name=spring: a campaign of this name is planned already" in other.stderr

    summer = campaign(lab, "name=summer", *SPRING[1:])
    assert summer.returncode in {0, 2}
    assert "in other campaigns of these days" in summer.stdout + summer.stderr

    early = campaign(lab, "measure=spring", "as_of=2011-07-01")
    assert early.returncode == 2
    assert "spring ends on 2011-07-11, and what is read ends on 2011-07-01" in early.stderr
    listed[["customer_id"]].to_csv(lab.folder / "reached.csv", index=False)
    measured = campaign(lab, "measure=spring", f"contacted={lab.folder / 'reached.csv'}")
    assert measured.returncode == 0, measured.stderr
    assert "100.0% of those to be contacted were" in measured.stdout
    uplift = pd.read_csv(folder / "uplift.csv")
    assert set(uplift["outcome"]) == {"orders", "capped_spend", "raw_spend"}
    assert (folder / "result.html").is_file()

    observed = campaign(
        lab, f"compare={lab.folder / 'reached.csv'}", "since=2011-06-01", "days=40", "per=state"
    )
    assert observed.returncode == 0, observed.stderr
    assert "Observational, so no proof of an effect" in observed.stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "Say what is to be done"),
        (["name=a", "measure=a"], "one thing alone"),
        (["name=a"], "a plan needs budget="),
        (["name=a", "budget=0"], "budget of nothing"),
        (["name=a", "budget=5", "channels=[email,post]"], "channel_column="),
        (["name=a", "budget=5", "goal=sell"], "goal=sell: there is no such option"),
        (["measure=nobody_knows"], "the history has no such campaign"),
        (["compare=takers.csv"], "needs since="),
    ],
)
def test_what_can_not_be_done_says_why(arguments: list[str], message: str, lab: Lab) -> None:
    done = campaign(lab, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
