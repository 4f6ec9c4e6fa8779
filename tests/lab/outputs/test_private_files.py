"""Files for people: whole or not there, for nobody's eyes but the owner's, and no cell a formula."""

from pathlib import Path

import pandas as pd

from segmentlab.lab.outputs import write_private_files


def test_they_are_written_whole_and_for_the_owner_alone(tmp_path: Path) -> None:
    people = pd.DataFrame({"customer_id": ["=cmd|' /C calc'!A0", "+49"], "value": [-1.5, 2.0]})
    write_private_files(tmp_path / "spring", {"list.csv": people, "all.parquet": people, "plan.json": "{}"})
    found = {path.name: path for path in (tmp_path / "spring").iterdir()}
    assert set(found) == {"list.csv", "all.parquet", "plan.json"}
    assert {path.stat().st_mode & 0o777 for path in found.values()} == {0o600}
    cells = found["list.csv"].read_text().splitlines()[1:]
    assert cells[0] == "'=cmd|' /C calc'!A0,-1.5"
    pd.testing.assert_frame_equal(pd.read_parquet(found["all.parquet"]), people)


def test_what_a_killed_command_left_is_written_over(tmp_path: Path) -> None:
    draft = tmp_path / ".draft-list.csv"
    draft.write_text("half a list")
    draft.chmod(0o644)
    write_private_files(tmp_path, {"list.csv": pd.DataFrame({"a": [1]})})
    assert (tmp_path / "list.csv").read_text() == "a\n1\n"
    assert (tmp_path / "list.csv").stat().st_mode & 0o777 == 0o600
    assert not draft.exists()
