"""Scores of very many customers: a folder of files in the place of one."""

import json
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.outputs.file import OutputFile
from segmentlab.lab.outputs.manifest import SCORES_KIND
from segmentlab.lab.outputs.parts import compute_output_digest, name_former
from segmentlab.lab.outputs.table import OutputTable

MANIFEST = {"kind": SCORES_KIND, "as_of": "2011-12-10"}
SCORED = pd.DataFrame(
    {"customer_id": list("abcd"), "segment": [0, 0, 1, 1], "name": "Segment", "confidence": 0.5,
     "little_history": False}
)  # fmt: skip


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """Two files with names as Spark gives them."""
    folder = tmp_path / "spark"
    folder.mkdir()
    for number in range(2):
        SCORED.iloc[2 * number :][:2].to_parquet(folder / f"part-0000{number}-f3a-c000.snappy.parquet")
    return folder


def look(path: Path) -> list[str]:
    return sorted(found.name for found in path.parent.iterdir() if not found.name.endswith(".lock"))


def test_a_folder_takes_the_place_of_a_file_and_of_another_folder(parts: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "scored.parquet"
    output = OutputFile(path, overwrite=False)
    output.check()
    output.write(SCORED.head(1), MANIFEST)
    for _ in range(2):
        assert str(path) in output.write_parts(parts, 4, MANIFEST)
        pd.testing.assert_frame_equal(pd.read_parquet(path), SCORED)
        assert [part.name for part in sorted(path.iterdir())] == ["part-00000.parquet", "part-00001.parquet"]
        told = json.loads(output.manifest_path.read_text())["output"]
        assert told == {"rows": 4, "sha256": compute_output_digest(path)}
        assert look(path) == ["scored.parquet", "scored.parquet.manifest.json"]
    output.write(SCORED.head(1), MANIFEST)  # fewer customers are a file again
    assert path.is_file()
    assert look(path) == ["scored.parquet", "scored.parquet.manifest.json"]


def test_a_scoring_that_was_killed_between_two_names_is_made_again(parts: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "scored.parquet"
    output = OutputFile(path, overwrite=False)
    output.check()
    output.write_parts(parts, 4, MANIFEST)
    path.rename(name_former(path))
    output.write_parts(parts, 4, MANIFEST)
    pd.testing.assert_frame_equal(pd.read_parquet(path), SCORED)
    assert look(path) == ["scored.parquet", "scored.parquet.manifest.json"]


def test_a_folder_of_somebody_s_is_not_replaced(parts: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.parquet"
    path.mkdir()
    for overwrite in (False, True):
        with pytest.raises(ConfigError, match="is a folder: name a file in it"):
            OutputFile(path, overwrite).write_parts(parts, 4, MANIFEST)
    with pytest.raises(ConfigError, match="as a folder of Parquet files"):
        OutputFile(tmp_path / "scored.csv", overwrite=False).check_takes_parts()


def test_a_customer_is_forgotten_in_a_folder(parts: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / "scored.parquet"
    output = OutputFile(path, overwrite=False)
    output.check()
    output.write_parts(parts, 4, MANIFEST)
    output.check_is_there()
    assert (output.forget("z"), output.forget("c"), output.forget("c")) == (0, 1, 0)
    assert pd.read_parquet(path)["customer_id"].tolist() == ["a", "b", "d"]
    told = json.loads(output.manifest_path.read_text())
    assert told["output"] == {"rows": 3, "sha256": compute_output_digest(path)}
    assert told["forgotten"] == 1
    assert look(path) == ["scored.parquet", "scored.parquet.manifest.json"]


def test_a_table_takes_the_files_one_after_the_other(parts: Path, tmp_path: Path) -> None:
    table = OutputTable.of("scores", f"duckdb:///{tmp_path / 'scores.duckdb'}")
    table.check_takes_parts()
    table.check()
    for _ in range(2):
        table.write_parts(parts, 4, MANIFEST)
    with table._database.transaction() as session:
        found = session.read("select * from scores order by customer_id", {})
    assert found["customer_id"].tolist() == list("abcd")
    assert (found["as_of"] == pd.Timestamp("2011-12-10")).all()
