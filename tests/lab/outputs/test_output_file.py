"""A file that is always a whole one, and never somebody else's."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from datetime import date
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from filelock import FileLock

from segmentlab.errors import ConfigError
from segmentlab.lab.outputs import file
from segmentlab.lab.outputs.file import OutputFile
from segmentlab.lab.outputs.manifest import SCORES_KIND

MANIFEST = {"kind": SCORES_KIND, "as_of": "2011-12-10"}
# Writes scores without end, each time as many as the last time and of another segment.
WRITER = """
import pandas as pd
from itertools import count
from pathlib import Path
from segmentlab.lab.outputs.file import OutputFile
for number in count(1):
    scored = pd.DataFrame({"customer_id": [f"c{i}" for i in range(5000)], "segment": number})
    OutputFile(Path("scored.parquet"), False).write(scored, {"kind": "segmentlab scores", "number": number})
    print(number, flush=True)
"""


@pytest.fixture
def scored() -> pd.DataFrame:
    return pd.DataFrame({"customer_id": ["=cmd()", "007"], "segment": [0, 1], "name": ["+Loyal", "New"]})


def digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()


def test_an_older_day_never_takes_the_place_of_a_later_one_by_itself(
    scored: pd.DataFrame, tmp_path: Path
) -> None:
    output = OutputFile(tmp_path / "scored.csv", overwrite=True)
    output.check_day(date(2011, 12, 1))
    output.write(scored, MANIFEST)
    for day in (None, date(2011, 12, 10), date(2011, 12, 11)):
        output.check_day(day)
    with pytest.raises(ConfigError, match=r"of 2011-12-10, .* as of 2011-12-09.*overwrite=older"):
        output.check_day(date(2011, 12, 9))
    OutputFile(output.path, overwrite=False, older=True).check_day(date(2011, 12, 9))


def test_what_is_to_be_done_beside_is_done_when_only_the_name_is_missing(
    scored: pd.DataFrame, tmp_path: Path
) -> None:
    output, seen = OutputFile(tmp_path / "scored.csv", overwrite=False), []
    output.write(scored, MANIFEST, lambda: seen.append(output.path.exists()))
    assert seen == [False]

    def fail() -> None:
        raise OSError("the history is gone")

    before = output.path.read_bytes()
    with pytest.raises(OSError, match="the history is gone"):
        output.write(scored.head(1), MANIFEST, fail)
    assert output.path.read_bytes() == before
    unwritable = scored.assign(segment=[0, object()])
    with pytest.raises(pa.ArrowInvalid):
        OutputFile(tmp_path / "scored.parquet", False).write(unwritable, MANIFEST, lambda: seen.append(True))
    assert seen == [False], "nothing is kept of a scoring whose output can't be written"


@pytest.mark.parametrize("name", ["scored.parquet", "scored.csv"])
def test_it_is_written_with_its_manifest_and_the_same_each_time(
    name: str, scored: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "new" / "folder" / name
    seen = []
    for _ in range(2):
        output = OutputFile(path, overwrite=False)
        output.check()
        assert str(path) in output.write(scored, MANIFEST)
        seen.append((path.read_bytes(), output.manifest_path.read_bytes()))
    assert seen[0] == seen[1]
    told = json.loads(output.manifest_path.read_text())
    assert told["output"] == {"rows": 2, "sha256": digest(path)}
    visible = {found.name for found in path.parent.iterdir() if not found.name.startswith(".")}
    assert visible == {name, f"{name}.manifest.json"}


def test_a_spreadsheet_runs_nothing_of_it(scored: pd.DataFrame, tmp_path: Path) -> None:
    OutputFile(tmp_path / "scored.csv", overwrite=False).write(scored, MANIFEST)
    assert (tmp_path / "scored.csv").read_text().splitlines()[1:] == ["'=cmd(),0,'+Loyal", "007,1,New"]


@pytest.mark.parametrize("beside", [None, "{}", "[1]", "nonsense", '{"kind": "other"}'])
def test_a_file_that_no_scoring_wrote_stays(beside: str | None, scored: pd.DataFrame, tmp_path: Path) -> None:
    path = tmp_path / "scored.csv"
    path.write_text("mine")
    output = OutputFile(path, overwrite=False)
    if beside is not None:
        output.manifest_path.write_text(beside)
    for attempt in (output.check, lambda: output.write(scored, MANIFEST)):
        with pytest.raises(ConfigError, match=r"no scoring wrote it.*overwrite=true"):
            attempt()
    assert path.read_text() == "mine"
    OutputFile(path, overwrite=True).write(scored, MANIFEST)
    assert path.read_text() != "mine"


@pytest.mark.parametrize("name", ["scored.xlsx", "scored", "scored.parquet/", "scored.PARQUET.gz"])
def test_an_ending_that_is_not_written_is_told(name: str, tmp_path: Path) -> None:
    (tmp_path / "scored.parquet").mkdir()
    with pytest.raises(ConfigError, match=r"ends in .parquet or .csv|is a folder"):
        OutputFile(tmp_path / name, overwrite=True).check()


def test_a_link_is_replaced_and_not_what_it_points_at(scored: pd.DataFrame, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("keep me")
    (tmp_path / "scored.csv").symlink_to(secret)
    OutputFile(tmp_path / "scored.csv", overwrite=True).write(scored, MANIFEST)
    assert secret.read_text() == "keep me"
    assert not (tmp_path / "scored.csv").is_symlink()


def test_of_two_at_once_the_second_is_told(
    scored: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(file, "PATIENCE", 0.1)
    with (
        FileLock(tmp_path / ".scored.csv.lock"),
        pytest.raises(ConfigError, match=r"another scoring .* 0\.1 s"),
    ):
        OutputFile(tmp_path / "scored.csv", overwrite=False).write(scored, MANIFEST)


@pytest.mark.parametrize("name", ["scored.parquet", "scored.csv"])
def test_a_customer_is_forgotten_and_the_manifest_stays_true(
    name: str, scored: pd.DataFrame, tmp_path: Path
) -> None:
    """The rows of others are to the byte what they would have been without the customer."""
    output, apart = OutputFile(tmp_path / name, False), OutputFile(tmp_path / f"apart_{name}", False)
    more = pd.concat([scored, scored.assign(customer_id=["1e5", "-7"], segment=-1)], ignore_index=True)
    output.write(more, MANIFEST)
    apart.write(more[more["customer_id"] != "=cmd()"], MANIFEST)
    assert output.forget("nobody") == 0
    assert output.forget("=cmd()") == 1
    assert output.forget("=cmd()") == 0
    assert output.path.read_bytes() == apart.path.read_bytes()
    told = json.loads(output.manifest_path.read_text())
    assert told == {**json.loads(apart.manifest_path.read_text()), "forgotten": 1}
    assert told["output"] == {"rows": 3, "sha256": digest(output.path)}
    assert output.forget("-7") == 1
    assert json.loads(output.manifest_path.read_text())["forgotten"] == 2


def test_a_deletion_that_was_killed_is_put_right_by_the_next(scored: pd.DataFrame, tmp_path: Path) -> None:
    """It died between the manifest and the file; its draft still had everybody."""
    output = OutputFile(tmp_path / "scored.parquet", False)
    output.write(scored, MANIFEST)
    before = output.path.read_bytes()
    output.forget("007")
    after = output.manifest_path.read_bytes()
    output.path.write_bytes(before)
    draft = tmp_path / ".scored.parquet.draft.parquet"
    draft.write_bytes(before)
    assert output.forget("007") == 1
    assert output.manifest_path.read_bytes() == after
    assert json.loads(after)["output"]["sha256"] == digest(output.path)
    assert not draft.exists()


def test_nobody_is_deleted_from_a_file_that_no_scoring_wrote(tmp_path: Path) -> None:
    (tmp_path / "mine.csv").write_text("customer_id\n007\n")
    for name in ("mine.csv", "none.csv"):
        with pytest.raises(ConfigError, match="no file that a scoring wrote"):
            OutputFile(tmp_path / name, overwrite=False).forget("007")
    assert (tmp_path / "mine.csv").read_text() == "customer_id\n007\n"


def killed_while_writing(folder: Path, seconds: float) -> None:
    """Start the writer, let it write once, and kill it after a while."""
    with subprocess.Popen(
        [sys.executable, "-c", WRITER], cwd=folder, stdout=subprocess.PIPE, text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    ) as writer:  # fmt: skip
        assert writer.stdout is not None
        writer.stdout.readline()
        time.sleep(seconds)
        writer.send_signal(signal.SIGKILL)


def assert_whole(folder: Path) -> None:
    """All of one scoring, the one that its manifest tells of or the one before; and the next can go on."""
    path = folder / "scored.parquet"
    segments = pd.read_parquet(path)["segment"]
    assert len(segments) == 5000
    assert (segments == segments[0]).all()
    told = json.loads((folder / "scored.parquet.manifest.json").read_text())
    behind = 0 if told["output"]["sha256"] == digest(path) else 1
    assert told["number"] - behind == segments[0]
    OutputFile(path, overwrite=False).check()


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 8))])
def test_killed_at_any_moment_it_leaves_a_whole_output(seed: int, tmp_path: Path) -> None:
    killed_while_writing(tmp_path, random.Random(seed).uniform(0, 0.2))
    assert_whole(tmp_path)


def test_a_file_that_finds_no_room_is_named_and_the_last_one_stays(
    scored: pd.DataFrame, tmp_path: Path
) -> None:
    """As on a full disk: no file may grow beyond a block."""
    resource = pytest.importorskip("resource")
    output = OutputFile(tmp_path / "scored.csv", overwrite=False)
    output.write(scored, MANIFEST)
    before = output.path.read_bytes()
    many = pd.concat([scored] * 2_000)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_096, limits[1]))
    try:
        with pytest.raises(OSError, match="File too large") as refused:
            output.write(many, MANIFEST)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert refused.value.filename == str(output.path)
    assert output.path.read_bytes() == before
    assert not [path.name for path in tmp_path.iterdir() if "draft" in path.name]
