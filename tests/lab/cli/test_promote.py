"""`python src/promote.py` on the runs of a real store."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow.entities import Run

from segmentlab.lab.cli.contest import Contest, Nominee, hold_contest
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.tracking.logged_runs import CUSTOMERS_FILE, read_run
from segmentlab.lab.tracking.model import find_model, read_scorer
from segmentlab.lab.tracking.registry import ModelCandidate, Registry
from segmentlab.lab.tracking.store import open_store
from segmentlab.lab.tracking.tracker import MlflowTracker
from tests.commands import SMALL, Lab
from tests.warm import Warm, run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

# Every family of evidence, from as few draws as say something.
EVIDENCE = (
    "evaluate.bootstraps=3",
    "evaluate.splits=2",
    "evaluate.random=5",
    "evaluate.nulls=19",
    "evaluate.resamples=5",
    "evaluate.holdout_days=90",
    "report=none",
)
SUMMER = "2011-08-01"
TODAY = 'filter=\'params.as_of = "None" and params.`evaluate.bootstraps` = "3"\''


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """Four and five segments, in summer and at the end of the year; and three without evidence."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    for chosen in (
        ("-m", "model.n_clusters=4,5", f"as_of=null,{SUMMER}", *EVIDENCE),
        ("model.n_clusters=3", "report=none"),
    ):
        done = lab.run(*chosen, SMALL)
        assert done.returncode == 0, done.stderr
    return lab


def command(lab: Lab, name: str, *arguments: str) -> list[str]:
    """A promotion under a name of the test's own, so that no test sees another's champion."""
    own = [f"tracking.uri={lab.uri}", f"name={name}"]
    return [sys.executable, str(ROOT / "src" / "promote.py"), *own, *arguments]


def promote(lab: Lab, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_warm(command(lab, name, *arguments), lab.folder)


def segmentation(lab: Lab, segments: int, as_of: str = "None") -> Run:
    wanted = (str(segments), as_of)
    return next(
        run
        for run in lab.runs()
        if (run.data.params.get("model.n_clusters"), run.data.params.get("as_of")) == wanted
    )


def run_id(lab: Lab, segments: int, as_of: str = "None") -> str:
    return f"run_id={segmentation(lab, segments, as_of).info.run_id}"


def aliases(lab: Lab, name: str) -> dict[str, int]:
    """Which version each alias names; empty where nothing is registered."""
    found = lab.client().search_registered_models(f"name = '{name}'")
    return {alias: int(number) for model in found for alias, number in model.aliases.items()}


def customers(lab: Lab, run: Run) -> pd.DataFrame:
    return pd.read_parquet(lab.download(run, CUSTOMERS_FILE)).set_index("customer_id")


def test_the_best_run_becomes_champion_and_says_why(lab: Lab) -> None:
    done = promote(lab, "best", TODAY)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "recommended of 2 runs on synthetic" in done.stdout
    assert aliases(lab, "best") == {"champion": 1}
    version = lab.client().get_model_version("best", "1")
    assert "## Limits" in version.description
    kept = lab.client().get_run(version.tags["segmentlab.promotion"])
    assert kept.info.status == "FINISHED"
    assert {"model_card.md", "identity.csv", "gates.csv"} <= set(lab.files(kept.info.run_id))
    card = lab.download(kept, "model_card.md").read_text()
    for told in ("# best, version 1", "Promoted by ", "recommended of 2", version.run_id, "## Gates"):
        assert told in card
    assert all(lab.uri not in text for text in (card, *version.tags.values(), *kept.data.tags.values()))
    again = promote(lab, "best", TODAY)
    assert again.returncode == 0
    assert "is champion already: version 1" in again.stdout


def test_a_dry_run_looks_at_everything_and_changes_nothing(lab: Lab) -> None:
    before = len(lab.runs())
    done = promote(lab, "dry", run_id(lab, 5), "dry_run=true")
    assert done.returncode == 0, done.stderr
    assert "this would be champion" in done.stdout
    assert len(lab.runs()) == before
    assert aliases(lab, "dry") == {}
    assert not lab.client().search_registered_models("name = 'dry'")


def test_a_later_run_is_judged_and_numbered_by_the_champion(lab: Lab) -> None:
    """On later data nothing that was measured compares, so the champion is asked for its segments there."""
    tracker = open_store(lab.uri, "segmentlab", artifacts=None)
    registry = Registry(tracker.client, "judged")
    first = judged(tracker, registry, segmentation(lab, 4, SUMMER))
    assert {gate.name for gate in first.gates}.isdisjoint({"champion", "identity"})
    assert first.numbers == {0: 0, 1: 1, 2: 2, 3: 3}
    run = first.run.run_id
    with registry.candidate(
        ModelCandidate(run, run, first.numbers, first.next_number, {}), "champion"
    ) as version:
        registry.crown(version, None)
    found = judged(tracker, registry, segmentation(lab, 5))
    champion, identity = found.gates[-2:]
    assert (champion.name, identity.name) == ("champion", "identity")
    assert champion.reason.startswith("separation/silhouette")
    assert identity.passed
    assert max(found.numbers.values()) == 4, "the numbers 0 to 3 are in use"
    assert found.next_number == 5
    own = customers(lab, segmentation(lab, 5))["segment"]
    assert np.array_equal(found.scorer.predict(found.features), own.map(found.numbers))


def judged(tracker: MlflowTracker, registry: Registry, run: Run) -> Contest:
    return hold_contest(tracker, registry, Nominee(read_run(tracker, run.info.run_id), "asked for"))


def test_a_refit_on_later_data_keeps_the_numbers_and_can_be_taken_back(lab: Lab) -> None:
    """The fifth segment is new; whoever is counted by a number of before is counted by it still."""
    summer, winter = segmentation(lab, 4, SUMMER), segmentation(lab, 5)
    assert promote(lab, "refit", f"run_id={summer.info.run_id}").returncode == 0
    reason = ["force=true", "reason='its silhouette is that of five'"]
    done = promote(lab, "refit", f"run_id={winter.info.run_id}", *reason)
    assert done.returncode == 0, done.stderr
    assert aliases(lab, "refit") == {"champion": 2, "previous": 1}
    version = lab.client().get_model_version("refit", "2")
    assert version.tags["segmentlab.reason"] == "its silhouette is that of five"
    numbers = {int(own): new for own, new in json.loads(version.tags["segmentlab.numbers"]).items()}
    assert max(numbers.values()) == 4, "the numbers 0 to 3 were in use"
    before, now = customers(lab, summer), customers(lab, winter)
    features = now.drop(columns=["segment", "name", "confidence"])
    scorer = read_scorer(lab.client(), find_model(lab.client(), "models:/refit@champion"))
    answer = scorer.assign(features)
    assert np.array_equal(answer["segment"], now["segment"].map(numbers))
    assert list(answer["name"]) == list(now["name"])
    shared = before.index.intersection(now.index)
    stayed = answer.loc[shared, "segment"] == before.loc[shared, "segment"]
    assert stayed.mean() > 0.5
    back = promote(lab, "refit", "rollback=true")
    assert back.returncode == 0, back.stderr
    assert "version 1 (run synthetic rfm kmeans k=4" in back.stdout
    assert aliases(lab, "refit") == {"champion": 1, "previous": 2}


def test_a_shut_gate_is_named_and_only_a_reason_opens_it(lab: Lab) -> None:
    done = promote(lab, "shut", run_id(lab, 3))
    assert done.returncode == 2
    for told in ("stability, null shut", "evaluate=standard", "force=true"):
        assert told in done.stderr
    assert aliases(lab, "shut") == {}
    forced = promote(lab, "shut", run_id(lab, 3), "alias=challenger", "force=true", "reason='a trial'")
    assert forced.returncode == 0, forced.stderr
    assert aliases(lab, "shut") == {"challenger": 1}
    tags = lab.client().get_model_version("shut", "1").tags
    assert (tags["segmentlab.forced"], tags["segmentlab.reason"]) == ("stability,null", "a trial")


def test_of_two_at_once_one_wins_and_the_other_is_told(lab: Lab) -> None:
    both = [Warm(command(lab, "race", run_id(lab, segments)), lab.folder) for segments in (4, 5)]
    told = [process.communicate()[1] for process in both]
    assert sorted(process.returncode for process in both) == [0, 2], told
    assert any(word in "".join(told) for word in ("came first", "Meanwhile version"))
    assert len(lab.client().search_model_versions("name = 'race'")) == 1
    assert set(aliases(lab, "race")) == {"champion"}


def test_a_tampered_model_is_refused_whatever_the_reason(lab: Lab) -> None:
    run = segmentation(lab, 5, SUMMER)  # which no other test promotes
    folder = find_model(lab.client(), run.info.run_id).location.removeprefix("file://")
    with (Path(folder) / "scorer.skops").open("ab") as file:
        file.write(b"!")
    refused = promote(lab, "tampered", f"run_id={run.info.run_id}", "force=true", "reason='it is urgent'")
    assert refused.returncode == 2
    assert "is not the one that was logged" in refused.stderr
    assert aliases(lab, "tampered") == {}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "The runs saw 2 different data"),
        (["run_id=nobody"], "run_id: no finished run among"),
        (["alias=chief"], "becomes champion or challenger"),
        (["force=true"], "force and reason go together"),
        (["rollback=true"], "has no champion"),
        (["rollback=true", "run_id=x"], "no other choice beside it"),
        (["tracking.experiment=other"], "has no experiment 'other'"),
    ],
)
def test_what_can_not_be_done_says_why(lab: Lab, arguments: list[str], message: str) -> None:
    done = promote(lab, "none", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert aliases(lab, "none") == {}


def test_help_names_what_this_command_takes(lab: Lab) -> None:
    shown = promote(lab, "none", "--help").stdout
    assert {"run_id=null", "alias=champion", "dry_run=false", "rollback=false"} <= set(shown.split())


def test_killed_at_any_moment_it_has_happened_or_has_not(lab: Lab) -> None:
    """At twenty moments, drawn by a seed: the champion is the old or the new one, and the next settles."""
    wanted = [run_id(lab, 4), run_id(lab, 5)]
    opened = ("force=true", "reason='they take turns'")
    begun = time.monotonic()
    assert promote(lab, "killed", wanted[0], *opened).returncode == 0
    whole = time.monotonic() - begun
    moments, happened = random.Random(0), 0
    for turn in range(20):
        before = aliases(lab, "killed")
        process = Warm(command(lab, "killed", wanted[(turn + 1) % 2], *opened), lab.folder)
        try:
            process.wait(moments.uniform(0, 1.2 * whole))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        after = aliases(lab, "killed")
        happened += after["champion"] != before["champion"]
        assert after["champion"] >= before["champion"]
        find_model(lab.client(), "models:/killed@champion")
    champion = lab.client().get_model_version_by_alias("killed", "champion")
    other = next(choice for choice in wanted if champion.run_id not in choice)
    done = promote(lab, "killed", other, *opened)
    assert done.returncode == 0, done.stderr
    versions = lab.client().search_model_versions("name = 'killed'")
    assert not [version for version in versions if "segmentlab.candidate" in version.tags]
    assert len(versions) == happened + 2
    assert aliases(lab, "killed")["previous"] == int(champion.version)
