"""Every overlay in experiments/ runs, on small data in the form of its own."""

from collections.abc import Mapping

import ibis
import numpy as np
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.flow import StepTimer, describe, segment
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.lab.config.folders import ROOT, list_overlays
from segmentlab.lab.config.settings import check_settings
from segmentlab.lab.notebook.jobs import NOTE_COMMANDS, find_command, list_jobs
from segmentlab.lab.notebook.note import Note, read_notes
from segmentlab.lab.notebook.tables import NOTE_TABLE_KINDS
from segmentlab.transactions.synthetic import SyntheticWorld
from tests.configs import composed

OVERLAYS = [path.stem for path in list_overlays()]
NOTES = read_notes(ROOT / "experiments", [])
CUSTOMERS = 300


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[str]]:
    """Per data set: the overrides that put a small file of its form in place of the real one."""
    folder = tmp_path_factory.mktemp("small")
    world = SyntheticWorld(customers=CUSTOMERS, seed=0, folder=str(folder / "worlds"))
    world.read(ibis.duckdb.connect()).transactions.to_csv(str(folder / "shop.csv"))
    _mall().to_csv(folder / "mall.csv", index=False)
    shop = ["data.files=[shop.csv]", f"data.local={folder}"]
    return {
        "online_retail": shop,
        "online_retail_ii": shop,
        "mall": ["data.files=[mall.csv]", f"data.local={folder}"],
        "synthetic": [f"data.customers={CUSTOMERS}", f"data.folder={folder / 'worlds'}"],
    }


def _mall() -> pd.DataFrame:
    numbers = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "CustomerID": [f"{who:04}" for who in range(CUSTOMERS)],
            "Gender": numbers.choice(["Male", "Female"], CUSTOMERS),
            "Age": numbers.integers(18, 70, CUSTOMERS),
            "Annual Income (k$)": numbers.integers(15, 137, CUSTOMERS),
            "Spending Score (1-100)": numbers.integers(1, 99, CUSTOMERS),
        }
    )


def test_there_are_experiments_and_each_has_its_note() -> None:
    assert OVERLAYS
    assert {name[:4] for name in OVERLAYS} == {note.number for note in NOTES}
    index = (ROOT / "experiments" / "README.md").read_text(encoding="utf-8")
    assert [note.number for note in NOTES if note.path.name not in index] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", OVERLAYS)
def test_an_overlay_runs(name: str, engine: BaseBackend, small: Mapping[str, list[str]]) -> None:
    data = str(composed(f"experiments={name}").data.get("name", "synthetic"))
    config = composed(f"experiments={name}", *small[data])
    check_settings(config)
    plan, dataset = build_plan(config), build_source(config).read(engine)
    result = segment(plan, describe(plan, dataset, StepTimer()), StepTimer())
    assert result.profile["customers"].sum() == len(result.customers) > 0


@pytest.mark.parametrize("note", NOTES, ids=lambda note: note.number)
def test_a_note_runs_its_own_overlays_and_asks_for_tables_there_are(note: Note) -> None:
    assert note.commands
    assert {find_command(line) for line in note.commands} <= set(NOTE_COMMANDS.values())
    runs = [job for line in note.commands if find_command(line) == "run" for job in list_jobs(line)]
    named = {
        one.removeprefix("experiments=") for job in runs for one in job if one.startswith("experiments=")
    }
    assert named == {name for name in OVERLAYS if name.startswith(note.number)}
    assert {spec["of"] for spec in note.specs} <= set(NOTE_TABLE_KINDS)
