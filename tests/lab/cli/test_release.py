"""With a key of their own, somebody scores by what they have released and by nothing else."""

import json
import os
import sys

import pandas as pd
import pytest
from omegaconf import OmegaConf

from segmentlab.lab.config.folders import ROOT
from tests.commands import SMALL, Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

KEY, OTHER = "a key of many letters", "another key of many letters"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store with one run."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run(SMALL, "report=none")
    assert done.returncode == 0, done.stderr
    return lab


def perform(lab: Lab, command: str, *words: str, key: str | None = KEY) -> tuple[int, str]:
    """The exit code of a command, and what it said."""
    variables = dict(os.environ) | ({} if key is None else {"SEGMENTLAB_SIGNING_KEY": key})
    script = str(ROOT / "src" / f"{command}.py")
    done = run_warm([sys.executable, script, f"tracking.uri={lab.uri}", *words], lab.folder, variables)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def score(lab: Lab, *words: str, key: str | None = KEY) -> tuple[int, str]:
    """Score the shop into a file."""
    own = (f"data.folder={lab.folder / 'worlds'}", SMALL, "history=null", "output=scored.csv")
    return perform(lab, "score", *own, *words, key=key)


def test_only_what_was_released_may_score_and_scores_are_signed(lab: Lab) -> None:
    run = lab.runs()[0].info.run_id
    assert perform(lab, "promote", f"run_id={run}", "force=true", "reason=first", key=None)[0] == 0
    code, said = score(lab)
    assert code == 2
    assert "The release of models:/segments/1 is not signed" in said
    assert not (lab.folder / "scored.csv").exists()

    code, said = perform(lab, "promote", f"run_id={run}")
    assert (code, "Its release was signed" in said) == (0, True), said
    assert score(lab, key=OTHER)[0] == 2
    assert score(lab, f"model_uri={run}")[0] == 2, "a run is no release"
    code, said = score(lab)
    assert code == 0, said

    verify = ("verify=scored.csv",)
    code, said = perform(lab, "score", *verify)
    assert (code, "is as it was signed: 300 customers" in said) == (0, True), said
    assert perform(lab, "score", *verify, key=OTHER)[0] == 2
    assert perform(lab, "score", *verify, key=None)[0] == 2
    manifest = lab.folder / "scored.csv.manifest.json"
    told = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(told | {"as_of": "2011-01-01"}))
    assert "a signature that is not of this" in perform(lab, "score", *verify)[1]
    manifest.write_text(json.dumps(told))
    rows = pd.read_csv(lab.folder / "scored.csv", dtype=str)
    rows.assign(segment="0").to_csv(lab.folder / "scored.csv", index=False)
    assert "it was changed" in perform(lab, "score", *verify)[1]
    customer = rows["customer_id"].iloc[0]
    assert score(lab)[0] == 0
    history = f"history=duckdb:///{lab.folder / 'history.duckdb'}"
    script = str(ROOT / "src" / "forget.py")
    words = [history, f"customer='{customer}'", "files=[scored.csv]"]
    variables = {**os.environ, "SEGMENTLAB_SIGNING_KEY": KEY}
    done = run_warm([sys.executable, script, *words], lab.folder, variables)
    assert done.returncode == 0, done.stderr
    assert "as it was signed: 299 customers" in perform(lab, "score", *verify)[1]


def test_a_configuration_of_somebody_else_runs_nothing(lab: Lab) -> None:
    """`again=` reads what a run left in a store: a class that it names may be anything."""
    run = lab.runs()[-1]
    config = OmegaConf.load(lab.download(run, "config.yaml"))
    config.prepare = {"_target_": "os.system", "command": f"touch {lab.folder / 'planted'}"}
    hostile = lab.folder / "config.yaml"
    hostile.write_text(OmegaConf.to_yaml(config))
    lab.client().log_artifact(run.info.run_id, str(hostile))
    done = lab.run(f"again={run.info.run_id}", "data=synthetic", SMALL)
    assert done.returncode == 2, done.stdout
    assert "_target_ os.system is not allowed" in done.stderr
    assert not (lab.folder / "planted").exists()
