"""`python src/promote.py` and `score.py` know the shop that today's champion is of."""

import sys

import pandas as pd
import pytest

import segmentlab as sl
from segmentlab.lab.config.folders import ROOT
from tests.commands import Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

FORCED = ("force=true", "reason='without evidence'")


def lines(*, other: bool = False) -> pd.DataFrame:
    shop = sl.make_shop(customers=300)
    return (
        shop.assign(customer_id="k" + shop["customer_id"], unit_price=40 * shop["unit_price"])
        if other
        else shop
    )


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    return Lab(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def runs(lab: Lab) -> dict[str, str]:
    """The shop until a day, the shop a year later, and another shop."""
    logs = {
        "then": (lines(), "2010-12-01"),
        "now": (lines(), "2011-12-01"),
        "other": (lines(other=True), None),
    }
    return {
        name: sl.segment(log, as_of=day, n_clusters=4, evaluate="quick", report="none").log(lab.uri)
        for name, (log, day) in logs.items()
    }


def command(lab: Lab, name: str, *arguments: str, code: int = 0) -> str:
    typed = [sys.executable, str(ROOT / "src" / f"{name}.py"), f"tracking.uri={lab.uri}", *arguments]
    done = run_warm(typed, lab.folder)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_a_run_of_another_shop_becomes_champion_only_if_that_is_accepted(
    lab: Lab, runs: dict[str, str]
) -> None:
    command(lab, "promote", f"run_id={runs['then']}", *FORCED)
    grown = command(lab, "promote", f"run_id={runs['now']}", *FORCED)
    assert "Not compared" not in grown
    before = len(lab.runs())

    other = [f"run_id={runs['other']}", *FORCED]
    said = command(lab, "promote", *other, code=2)
    assert "is not like the data that the champion has learnt from:" in said
    assert "id_shape: ids look like 'A9'" in said
    assert "accept=[scale,id_shape,known] promotes this one all the same" in said
    for beside in (("dry_run=true",), ("alias=challenger", "accept=[scale]")):
        assert "id_shape,known] promotes this one" in command(lab, "promote", *other, *beside, code=2)
    assert len(lab.runs()) == before
    assert aliases(lab) == {"champion": 2, "previous": 1}
    assert len(lab.client().search_model_versions("name = 'segments'")) == 2

    done = command(lab, "promote", *other, "accept=[scale,id_shape,known]")
    assert "Of other data, which was accepted: scale, id_shape, known." in done
    version = lab.client().get_model_version("segments", "3")
    assert version.tags["segmentlab.accepted"] == "scale,id_shape,known"
    command(lab, "promote", "rollback=true")
    assert aliases(lab) == {"champion": 2, "previous": 3}

    lines(other=True).to_csv(lab.folder / "other.csv", index=False)
    scored = ("data=file", "data.path=other.csv", "output=scored.csv", "history=null")
    assert "accept=[scale,id_shape,known] scores it" in command(lab, "score", *scored, code=2)
    command(lab, "score", *scored, "accept=[scale,id_shape,known]")


def aliases(lab: Lab) -> dict[str, int]:
    found = lab.client().get_registered_model("segments").aliases
    return {alias: int(number) for alias, number in found.items()}
