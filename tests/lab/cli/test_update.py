"""`python src/update.py`: what comes in pieces is scored as if it had come at once."""

import json
import random
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from segmentlab.lab.config.folders import ROOT
from tests.commands import SMALL, Lab
from tests.warm import Warm, run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    """A store with one run, of every set that can be kept."""
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run(SMALL, "report=none", "features=[rfm,rhythm,value]")
    assert done.returncode == 0, done.stderr
    return lab


@pytest.fixture(scope="module")
def log(lab: Lab) -> pd.DataFrame:
    """The lines of the shop, in the order of time."""
    files = sorted((lab.folder / "worlds").rglob("transactions/*.parquet"))
    return pd.concat(map(pd.read_parquet, files)).sort_values("timestamp", kind="stable", ignore_index=True)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    return folder


def command(lab: Lab, folder: Path, name: str, *arguments: str) -> list[str]:
    own = [
        f"tracking.uri={lab.uri}",
        f"model_uri={lab.runs()[0].info.run_id}",
        f"history=duckdb:///{folder / f'{name}.duckdb'}",
        f"output={folder / f'{name}.parquet'}",
        *([f"state={folder / 'kept.duckdb'}"] if name == "update" else [f"cache_folder={folder / 'cache'}"]),
    ]
    given = {argument.split("=")[0] for argument in arguments}
    kept = [argument for argument in own if argument.split("=")[0] not in given]
    return [sys.executable, str(ROOT / "src" / f"{name}.py"), *kept, *arguments]


def call(lab: Lab, folder: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_warm(command(lab, folder, name, *arguments), folder)


def update(lab: Lab, shop: Path, *arguments: str) -> str:
    """What an update of the folder says."""
    done = call(lab, shop.parent, "update", "data=file", f"data.path={shop}", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def check_like_full_scoring(lab: Lab, shop: Path, *arguments: str) -> None:
    done = call(lab, shop.parent, "score", "data=file", f"data.path={shop}", *arguments)
    assert done.returncode == 0, done.stderr
    found, full = (pd.read_parquet(shop.parent / f"{name}.parquet") for name in ("update", "score"))
    pd.testing.assert_frame_equal(found, full, rtol=1e-9)
    told, known = (
        json.loads((shop.parent / f"{name}.parquet.manifest.json").read_text())
        for name in ("update", "score")
    )
    for key in ("as_of", "model", "customers", "segments", "rules"):
        assert told[key] == known[key]


def write(shop: Path, name: str, lines: pd.DataFrame) -> None:
    lines.to_parquet(shop / f"{name}.parquet", index=False)


def test_files_that_appear_are_added_and_those_of_before_are_not_opened(
    lab: Lab, log: pd.DataFrame, shop: Path
) -> None:
    """Some lines come late, and one file comes twice; who moved is what full scorings say."""
    late, rest = log.iloc[1000:1200], log.drop(index=log.index[1000:1200])
    half = len(rest) // 2
    write(shop, "a", rest.iloc[:half])
    assert "1 new deliveries with" in update(lab, shop)
    check_like_full_scoring(lab, shop)
    write(shop, "b", pd.concat([rest.iloc[half:], late]))
    time.sleep(2.1)  # a file that was written just now may change unseen
    told = update(lab, shop)
    assert f"1 new deliveries with {len(log) - half:,} lines" in told
    check_like_full_scoring(lab, shop)
    before = (shop.parent / "update.parquet").read_bytes()
    write(shop, "c", rest.iloc[:half])
    assert "c.parquet is the same as a file that was added before" in update(lab, shop)
    (shop / "a.parquet").unlink()  # it is in the sums, and may go
    assert "0 new deliveries with 0 lines" in update(lab, shop)
    assert (shop.parent / "update.parquet").read_bytes() == before
    assert (shop.parent / "kept.duckdb").stat().st_mode & 0o077 == 0
    write(shop, "b", rest.iloc[half : half + 50])
    done = call(lab, shop.parent, "update", "data=file", f"data.path={shop}")
    assert (done.returncode, "was added before, and has changed since" in done.stderr) == (2, True)
    assert (shop.parent / "update.parquet").read_bytes() == before


def test_an_update_that_is_killed_goes_on(lab: Lab, log: pd.DataFrame, shop: Path) -> None:
    """At six seeded moments; each delivery is there as a whole or not at all."""
    parts = [log.iloc[start::5] for start in range(5)]
    for number, part in enumerate(parts):
        write(shop, f"part{number}", part)
    chance = random.Random(4)
    for _ in range(6):
        process = Warm(command(lab, shop.parent, "update", "data=file", f"data.path={shop}"), shop.parent)
        time.sleep(chance.uniform(1.0, 6.0))
        process.kill()
        process.wait()
    update(lab, shop)
    check_like_full_scoring(lab, shop)


def test_centres_follow_once_for_each_update_that_brings_something(
    lab: Lab, log: pd.DataFrame, shop: Path
) -> None:
    """What they did stands in the manifest; without new lines nothing moves, and 0 goes back to the model."""

    def drift(*arguments: str) -> float:
        update(lab, shop, "history=null", *arguments)
        told = json.loads((shop.parent / "update.parquet.manifest.json").read_text())
        return float(told["rules"]["centres"]["drift"])

    follow = ("centres.rate=0.5", "centres.most=0.1")
    write(shop, "a", log.iloc[: len(log) // 2])
    assert drift(*follow) == 0
    first = drift(*follow)
    assert 0 < first <= 0.1 + 1e-6
    assert drift(*follow) == first
    assert "Centres follow" not in update(lab, shop, "history=null")
    check_like_full_scoring(lab, shop, "history=null")


def test_rows_beyond_the_watermark_of_a_table_are_added(lab: Lab, log: pd.DataFrame, tmp_path: Path) -> None:
    half = len(log) // 2
    rows = log.assign(number=range(len(log)))  # noqa: F841  DuckDB reads it by its name
    data = ["data=database", f"data.url=duckdb:///{tmp_path / 'shop.duckdb'}", "data.table=lines"]
    with duckdb.connect(tmp_path / "shop.duckdb") as shop:
        shop.execute(f"create table lines as select * from rows where number < {half}")
    without = call(lab, tmp_path, "update", *data)
    assert (without.returncode, "data=database needs data.table= and watermark=" in without.stderr) == (
        2,
        True,
    )
    first = call(lab, tmp_path, "update", *data, "watermark=number")
    assert first.returncode == 0, first.stderr
    with duckdb.connect(tmp_path / "shop.duckdb") as shop:
        shop.execute(f"insert into lines select * from rows where number >= {half}")
    second = call(lab, tmp_path, "update", *data, "watermark=number")
    assert f"1 new deliveries with {len(log) - half:,} lines" in second.stdout, second.stderr
    full = call(lab, tmp_path, "score", *data)
    assert full.returncode == 0, full.stderr
    found, known = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("update", "score"))
    pd.testing.assert_frame_equal(found, known, rtol=1e-9)
    with duckdb.connect(tmp_path / "shop.duckdb") as shop:
        shop.execute("insert into lines select * replace (-1 as number) from lines limit 3")
    missed = call(lab, tmp_path, "update", *data, "watermark=number")
    assert (missed.returncode, "came in below the watermark" in missed.stderr) == (2, True)
