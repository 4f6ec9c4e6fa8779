"""A folder that many processes share: what is found is whole, and it stays of bounded size."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from segmentlab.lab.cache import shelf
from segmentlab.lab.cache.shelf import DRAFT_SECONDS, DamagedError, Shelf


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_what_was_put_is_found(tmp_path: Path) -> None:
    kept = Shelf(tmp_path / "not" / "there" / "yet")
    assert kept.get("a") is None
    kept.put("a", b"first")
    kept.put("a", b"second")
    kept.put("b", b"")
    assert (kept.get("a"), kept.get("b")) == (b"second", b"")
    assert names(kept.folder) == {"a", "b"}


@pytest.mark.parametrize("damage", [b"", b"x" * 64, b"\0" * 200])
def test_a_damaged_file_is_told_once_and_gone(tmp_path: Path, damage: bytes) -> None:
    kept = Shelf(tmp_path)
    kept.put("a", b"content")
    (tmp_path / "a").write_bytes(damage)
    with pytest.raises(DamagedError, match="damaged"):
        kept.get("a")
    assert kept.get("a") is None


def test_a_single_bit_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    kept = Shelf(tmp_path)
    kept.put("a", b"content")
    whole = (tmp_path / "a").read_bytes()
    for place in range(len(whole)):
        (tmp_path / "a").write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(DamagedError):
            kept.get("a")


def test_what_was_not_used_for_the_longest_time_makes_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shelf, "SHELF_BYTES", 3 * (64 + 10))
    kept = Shelf(tmp_path)
    for age, name in enumerate("abc"):
        kept.put(name, b"x" * 10)
        os.utime(tmp_path / name, (age, age))
    assert kept.get("a")  # used, so b is the one
    kept.put("d", b"x" * 10)
    assert names(tmp_path) == {"a", "c", "d"}


@pytest.mark.slow
def test_the_draft_of_a_killed_process_is_removed_later(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal; from segmentlab.lab.cache.shelf import Shelf;"
        "pathlib.Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL);"  # just before the rename
        f"Shelf(pathlib.Path({str(tmp_path)!r})).put('a', b'content')"
    )
    source = str(Path(shelf.__file__).parents[2])
    killed = subprocess.run(
        [sys.executable, "-c", code], check=False, env={**os.environ, "PYTHONPATH": source}, timeout=900
    )
    assert killed.returncode == -9
    kept = Shelf(tmp_path)
    assert kept.get("a") is None
    kept.put("b", b"content")
    (draft,) = names(tmp_path) - {"b"}  # it might belong to a process that still writes
    old = time.time() - DRAFT_SECONDS - 1
    os.utime(tmp_path / draft, (old, old))
    kept.put("b", b"content")
    assert names(tmp_path) == {"b"}


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    kept = Shelf(tmp_path)
    (tmp_path / "a").mkdir()  # what no rename replaces
    with pytest.raises(OSError, match="directory"):
        kept.put("a", b"content")
    assert names(tmp_path) == {"a"}
