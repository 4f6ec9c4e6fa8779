"""What files hold is known without reading them, and never wrong."""

import os
import time
from pathlib import Path

from segmentlab.lab.cache.keys import compute_files_digest
from segmentlab.lab.cache.shelf import Shelf
from segmentlab.transactions.sources.digests import FileState, compute_content_digest
from tests.watching import watched


def settled(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    while not FileState.of(path).settled:
        time.sleep(0.1)
    return path


def test_a_file_that_stayed_is_read_once(tmp_path: Path) -> None:
    path, shelf = settled(tmp_path / "log.csv", b"one"), Shelf(tmp_path / "cache")
    digest = compute_files_digest([path], shelf)
    with watched(path) as opened:
        assert compute_files_digest([path], shelf) == digest
        assert compute_content_digest(path)
        assert not opened()


def test_a_file_written_just_now_is_read_each_time(tmp_path: Path) -> None:
    """Two writes within one tick of the file system's clock leave the same times."""
    path, shelf = tmp_path / "log.csv", Shelf(tmp_path / "cache")
    seen = []
    for content in (b"one", b"two"):
        path.write_bytes(content)
        seen.append(compute_files_digest([path], shelf))
    assert seen[0] != seen[1]
    assert not shelf.folder.exists()


def test_a_time_in_the_future_is_believed_by_nobody(tmp_path: Path) -> None:
    path, shelf = tmp_path / "log.csv", Shelf(tmp_path / "cache")
    path.write_bytes(b"one")
    later = time.time() + 3600
    os.utime(path, (later, later))
    compute_files_digest([path], shelf)
    assert not shelf.folder.exists()


def test_a_damaged_memory_costs_a_reading_and_nothing_else(tmp_path: Path) -> None:
    path, shelf = settled(tmp_path / "log.csv", b"one"), Shelf(tmp_path / "cache")
    digest = compute_files_digest([path], shelf)
    (memory,) = shelf.folder.iterdir()
    memory.write_bytes(b"garbage")
    assert compute_files_digest([path], shelf) == digest


def test_where_one_file_ends_and_the_next_begins_counts(tmp_path: Path) -> None:
    first, second, shelf = tmp_path / "a", tmp_path / "b", Shelf(tmp_path / "cache")
    digests = set()
    for contents in ((b"ab", b"c"), (b"a", b"bc"), (b"c", b"ab")):
        first.write_bytes(contents[0])
        second.write_bytes(contents[1])
        digests.add(compute_files_digest([first, second], shelf))
    assert len(digests) == 3
