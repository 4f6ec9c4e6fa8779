"""What is slow to read is opened once: a copy gives all that the log gives, or there is none."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import time
from dataclasses import fields, replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.rfm import Rfm
from segmentlab.features.table import build_feature_table
from segmentlab.lab.cache import shelf
from segmentlab.lab.cache.log_copies import LogCopies
from segmentlab.lab.tracking import archive as plain
from segmentlab.transactions import (
    Database,
    DuckDB,
    File,
    InvoicePrefix,
    NotPositive,
    UnknownCustomer,
    clean_lines,
)
from segmentlab.transactions.dataset import Dataset, Source
from segmentlab.transactions.sources import readers
from segmentlab.transactions.sources.digests import FileState
from tests.watching import watched

RULES = {
    "unknown": UnknownCustomer(),
    "cancellation": InvoicePrefix("C"),
    "quantity": NotPositive("quantity"),
    "price": NotPositive("unit_price"),
}


def make_log(days: int, first: int = 0) -> pd.DataFrame:
    """A line a day as a shop in Berlin writes them: nothing is typed, some is odd, one date has an offset."""
    rows = range(first, first + days)
    return pd.DataFrame(
        {
            "Kunde": [None if row % 11 == 5 else f"{row % 4:03d}.0" for row in rows],
            "Rechnung": [f"{'C' if row % 13 == 7 else ''}{1000 + row}" for row in rows],
            "Artikel": [f"p{row % 3}" for row in rows],
            "Menge": [str(-1 if row % 13 == 7 else row % 5) for row in rows],
            "Preis": ["1.234,50" if row % 4 else "2,25" for row in rows],
            "Datum": [f"{1 + row % 28:02d}.{1 + row // 28:02d}.2024 10:{row % 60:02d}" for row in rows],
            "Filiale": ["Mitte" if row % 2 else "Süd" for row in rows],
        }
    )


def write_workbook(path: Path, log: pd.DataFrame) -> Path:
    log.to_excel(path, index=False)
    return path


def settle(*paths: Path) -> None:
    """Wait until a change of the files is sure to show in their times."""
    while not all(FileState.of(path).settled for path in paths):
        time.sleep(0.1)


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workbook that no test changes, with a cell that is no number."""
    log = make_log(80)
    log.loc[50, "Menge"] = "viele"
    path = write_workbook(tmp_path_factory.mktemp("shop") / "shop.xlsx", log)
    settle(path)
    return path


def read(folder: Path, source: Source, which: str = "slow") -> tuple[Dataset, list[str]]:
    copies = LogCopies(folder, which)
    dataset = copies.read(source, DuckDB())
    assert isinstance(dataset, Dataset)
    return dataset, copies.notes


def describe(dataset: Dataset) -> tuple[pd.DataFrame, ...]:
    cleaned = clean_lines(dataset.transactions, RULES, dataset.source)
    features = build_feature_table({"rfm": Rfm()}, cleaned.transactions, date(2025, 1, 1))
    return features.frame, cleaned.ledger


def check_same(one: Dataset, other: Dataset) -> None:
    """The same lines in their order and types, further columns too, and all that was decided on the way."""
    assert plain.pack(one.about) == plain.pack(other.about)
    assert one.transactions.schema() == other.transactions.schema()
    lines = [dataset.transactions.to_pandas() for dataset in (one, other)]
    pd.testing.assert_frame_equal(*lines, check_exact=True)


def test_a_copy_gives_all_that_the_log_gives_and_it_stays_closed(workbook: Path, tmp_path: Path) -> None:
    source, cache = File(path=str(workbook), on_bad_rows="quarantine"), tmp_path / "cache"
    original = source.read(DuckDB().connect())
    first, notes = read(cache, source)
    assert not notes
    check_same(first, original)
    with watched(workbook) as opened:
        second, notes = read(cache, source)
        check_same(second, original)
        for mine, theirs in zip(describe(second), describe(original), strict=True):
            pd.testing.assert_frame_equal(mine, theirs, check_exact=True)
        assert not opened()
    assert "the data was not opened" in notes[0]
    assert original.quarantine is not None
    assert original.quarantine["row"].tolist() == [52]
    assert any("Columns: customer_id = 'Kunde'" in note for note in second.notes)
    assert {stat.S_IMODE(path.stat().st_mode) for path in cache.iterdir()} == {0o600}
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700
    kept = next(cache.glob("*.parquet"))
    kept.unlink()
    check_same(second, original)  # what is open stays readable
    check_same(read(cache, source)[0], original)


def test_what_was_said_and_what_was_changed_is_another_log(workbook: Path, tmp_path: Path) -> None:
    own = Path(shutil.copy(workbook, tmp_path / "own.xlsx"))
    cache = tmp_path / "cache"
    read(cache, File(path=str(own), on_bad_rows="quarantine"))
    with pytest.raises(DataError, match=r"row 52 'viele'"):
        read(cache, File(path=str(own)))
    write_workbook(own, make_log(20))
    changed, notes = read(cache, File(path=str(own)))
    assert changed.transactions.count().to_pyarrow().as_py() == 20
    assert not notes


def test_a_log_that_stops_the_reader_is_not_copied(workbook: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"row 52 'viele'"):
        read(tmp_path, File(path=str(workbook)))
    assert not list(tmp_path.glob("*.log"))


def test_text_is_copied_by_choice_and_columns_never(tmp_path: Path) -> None:
    log, cache = make_log(30), tmp_path / "cache"
    log.to_csv(tmp_path / "shop.csv", index=False)
    log.to_parquet(tmp_path / "shop.parquet")
    log.to_json(tmp_path / "shop.json", orient="records")
    settle(*tmp_path.glob("shop.*"))
    expected = {
        ("csv", "slow"): 0, ("csv", "none"): 0, ("csv", "all"): 1,
        ("parquet", "all"): 0, ("json", "none"): 0, ("json", "slow"): 1,
    }  # fmt: skip
    for (ending, which), copies in expected.items():
        shutil.rmtree(cache, ignore_errors=True)
        source = File(path=str(tmp_path / f"shop.{ending}"))
        dataset, _ = read(cache, source, which)
        if copies:
            check_same(dataset, source.read(DuckDB().connect()))
        assert len(list(cache.glob("*.log"))) == copies, (ending, which)
    with pytest.raises(ConfigError, match="log_copies=csv: write slow, all, none"):
        LogCopies(cache, "csv")


def test_a_database_is_asked_once_under_a_word_for_what_it_holds(tmp_path: Path) -> None:
    base, cache = tmp_path / "shop.sqlite", tmp_path / "cache"
    with sqlite3.connect(base) as connection:
        make_log(30).to_sql("lines", connection, index=False)
    asked = Database(url=f"sqlite:///{base}", table="lines")
    said = replace(asked, snapshot="monday")
    original = asked.read(DuckDB().connect())
    check_same(read(cache, said)[0], original)
    with sqlite3.connect(base) as connection:
        connection.execute("delete from lines where rowid = 1")
    connection.close()
    with watched(base) as opened:
        check_same(read(cache, said)[0], original)
        assert not opened()
    for source in (asked, replace(said, snapshot="tuesday")):
        assert read(cache, source)[0].transactions.count().to_pyarrow().as_py() == 29
    assert len(list(cache.glob("*.log"))) == 2


def test_of_a_folder_only_the_new_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, cache = tmp_path / "months", tmp_path / "cache"
    folder.mkdir()
    january = write_workbook(folder / "01.xlsx", make_log(28))
    write_workbook(folder / "02.xlsx", make_log(28, first=28))
    source, seen = File(path=str(folder)), []
    reader = readers.read_workbook
    monkeypatch.setattr(readers, "read_workbook", lambda *said: (seen.append(said[0].name), reader(*said))[1])
    read(cache, source)
    bad = make_log(28, first=56)
    bad.loc[3, "Menge"] = "viele"
    write_workbook(folder / "03.xlsx", bad)
    with pytest.raises(DataError, match=r"row 5 of 03\.xlsx 'viele'"):
        read(cache, source)
    write_workbook(folder / "03.xlsx", make_log(28, first=56))
    appended, _ = read(cache, source)
    assert seen == ["01.xlsx", "02.xlsx", "03.xlsx", "03.xlsx"]
    check_same(appended, source.read(DuckDB().connect()))
    bad.loc[3, "Menge"], bad.loc[5, "Preis"] = "2", "1.2.3"
    write_workbook(january, bad)
    with pytest.raises(DataError, match=r"row 7 of 01\.xlsx '1\.2\.3'"):
        read(cache, source)


def test_a_damaged_copy_is_told_and_made_anew(workbook: Path, tmp_path: Path) -> None:
    source = File(path=str(workbook), on_bad_rows="quarantine")
    original, _ = read(tmp_path, source)
    kept = next(tmp_path.glob("*.parquet"))
    content = kept.read_bytes()
    kept.write_bytes(content[:-9] + bytes([content[-9] ^ 1]) + content[-8:])
    again, notes = read(tmp_path, source)
    assert "was damaged" in notes[0]
    check_same(again, original)
    assert not read(tmp_path, source)[1][0].startswith("No copy")


def test_a_log_that_changes_while_it_is_read_is_not_copied(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "shop.xlsx", make_log(20))

    class Changing(File):
        def find_form(self):
            write_workbook(path, make_log(30))
            return super().find_form()

    source = Changing(**{field.name: getattr(File(path=str(path)), field.name) for field in fields(File)})
    read(tmp_path / "cache", source)
    assert not list((tmp_path / "cache").glob("*.log"))


def test_a_folder_that_can_not_be_written_stops_nobody(workbook: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    dataset, notes = read(tmp_path / "file" / "cache", File(path=str(workbook), on_bad_rows="quarantine"))
    assert dataset.transactions.count().to_pyarrow().as_py() == 79
    assert notes[0].startswith("No copy of the log can be used")


def test_what_is_larger_than_the_folder_may_be_is_not_copied(
    workbook: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "SHELF_BYTES", 500)
    dataset, notes = read(tmp_path, File(path=str(workbook), on_bad_rows="quarantine"))
    assert dataset.transactions.count().to_pyarrow().as_py() == 79
    assert "is not copied" in notes[0]
    assert not list(tmp_path.glob("*.parquet"))


READ = """
import resource, signal, sys
from pathlib import Path
from segmentlab.lab.cache.log_copies import LogCopies
from segmentlab.transactions import DuckDB, File
{before}
copies = LogCopies(Path({cache!r}), "slow")
log = copies.read(File(path={path!r}, on_bad_rows="quarantine"), DuckDB())
print(log.digest, log.transactions.count().to_pyarrow().as_py(), copies.notes)
"""
FULL_DISK = "resource.setrlimit(resource.RLIMIT_FSIZE, (300, 300))"  # no file may be longer
KILLED = """
import os
def replace(draft, target):  # in the middle: the lines are written, and have no name yet
    os.kill(os.getpid(), signal.SIGKILL) if draft.name.startswith("parquet.") else os.replace(draft, target)
Path.replace = replace
"""


def start(cache: Path, path: Path, before: str = "") -> subprocess.Popen[str]:
    code = READ.format(cache=str(cache), path=str(path), before=before)
    source = str(Path(shelf.__file__).parents[2])
    return subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": source},
    )


@pytest.mark.slow
def test_a_full_disk_a_kill_and_two_at_once_leave_whole_copies_or_none(
    workbook: Path, tmp_path: Path
) -> None:
    original, _ = read(tmp_path / "own", File(path=str(workbook), on_bad_rows="quarantine"))
    full, killed = start(tmp_path / "full", workbook, FULL_DISK), start(tmp_path / "cache", workbook, KILLED)
    told, problems = full.communicate(timeout=900)
    assert full.returncode == 0, problems
    assert told.startswith(f"{original.digest} 79 ")
    assert "is not copied" in told
    assert {path.suffix for path in (tmp_path / "full").iterdir()} == {".digest"}
    killed.communicate(timeout=900)
    assert killed.returncode == -9
    assert ".draft" in {path.suffix for path in (tmp_path / "cache").iterdir()} <= {".draft", ".digest"}
    both = [start(tmp_path / "cache", workbook) for _ in range(2)]
    for process in both:
        told, problems = process.communicate(timeout=900)
        assert process.returncode == 0, problems
        assert told == f"{original.digest} 79 []\n" or "was not opened" in told
    found, notes = read(tmp_path / "cache", File(path=str(workbook), on_bad_rows="quarantine"))
    assert "the data was not opened" in notes[0]
    check_same(found, original)
