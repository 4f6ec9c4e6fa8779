"""Downloads from a real server on loopback that breaks off, knows no ranges, or sends the wrong file."""

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.published import Published

LOG = "".join(
    ["customer,date,qty,price\n", *(f"c{row},2020-01-{row % 28 + 1:02d},1,{row}\n" for row in range(20_000))]
).encode()


def zipped(content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("shop.csv", content)
    return packed.getvalue()


@dataclass
class Shelf:
    """What the server gives, how often it stops halfway, and what it was asked for."""

    content: bytes = zipped(LOG)
    drops: int = 0
    knows_ranges: bool = True
    ranges: list[str | None] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    held = Shelf()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            held.ranges.append(asked)
            start = begin(asked) if held.knows_ranges else 0
            rest = held.content[start:]
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            held.drops -= 1
            self.wfile.write(rest if held.drops < 0 else rest[: len(rest) // 2])

        def log_message(self, *_: object) -> None:
            """Be quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        held.url = f"http://127.0.0.1:{server.server_port}/shop.zip"
        yield held
        server.shutdown()


def source(shelf: Shelf, folder: Path, content: bytes = LOG, local: Path | None = None) -> Published:
    return Published(
        name="shop",
        files=["shop.csv"],
        url=shelf.url,
        sha256=hashlib.sha256(content).hexdigest(),
        local=None if local is None else str(local),
        folder=str(folder),
    )


def begin(asked: str | None) -> int:
    return int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


@pytest.mark.parametrize("knows_ranges", [True, False])
def test_a_dropped_connection_is_taken_up_again(
    engine: BaseBackend, tmp_path: Path, shelf: Shelf, knows_ranges: bool
) -> None:
    shelf.drops, shelf.knows_ranges = 1, knows_ranges
    dataset = source(shelf, tmp_path).read(engine)
    assert dataset.transactions.count().to_pyarrow().as_py() == 20_000
    assert [begin(asked) > 0 for asked in shelf.ranges] == [False, True]
    assert left(tmp_path) == ["shop.csv"]


def test_a_download_that_stops_for_good_goes_on_next_time(
    engine: BaseBackend, tmp_path: Path, shelf: Shelf
) -> None:
    shelf.drops = 3
    with pytest.raises(DataError, match=r"the download stopped after [\d,]+ bytes .* Run the command again"):
        source(shelf, tmp_path).read(engine)
    assert left(tmp_path) == ["shop.csv.zip.part"]
    assert source(shelf, tmp_path).read(engine).transactions.count().to_pyarrow().as_py() == 20_000
    begins = [begin(asked) for asked in shelf.ranges]
    assert begins == sorted(set(begins)), "each attempt goes on after the one before"


def test_a_second_read_asks_nobody(engine: BaseBackend, tmp_path: Path, shelf: Shelf) -> None:
    digests = {source(shelf, tmp_path).read(engine).digest for _ in range(2)}
    assert len(digests) == len(shelf.ranges) == 1


@pytest.mark.parametrize(
    ("content", "message"), [(zipped(b"other"), "wrong checksum"), (b"<html>sorry</html>", "no zip")]
)
def test_what_is_not_the_file_is_not_kept(
    engine: BaseBackend, tmp_path: Path, shelf: Shelf, content: bytes, message: str
) -> None:
    shelf.content = content
    with pytest.raises(DataError, match=message):
        source(shelf, tmp_path).read(engine)
    assert left(tmp_path) == []


def test_a_server_that_is_not_there(engine: BaseBackend, tmp_path: Path) -> None:
    nobody = Shelf(url="http://127.0.0.1:9/shop.zip")
    with pytest.raises(DataError, match=r"127\.0\.0\.1:9/shop\.zip: the download stopped after 0 bytes"):
        source(nobody, tmp_path).read(engine)


def test_the_user_s_own_copy_is_preferred(engine: BaseBackend, tmp_path: Path, shelf: Shelf) -> None:
    (tmp_path / "own" / "deep").mkdir(parents=True)
    (tmp_path / "own" / "deep" / "shop.csv").write_bytes(LOG)
    dataset = source(shelf, tmp_path / "cache", local=tmp_path / "own").read(engine)
    assert shelf.ranges == []
    assert "own/deep/shop.csv" in dataset.notes[0]
    with pytest.raises(DataError, match=r"SEGMENTLAB_DATA=.*no such folder"):
        source(shelf, tmp_path, local=tmp_path / "none").read(engine)


@pytest.mark.parametrize(
    "name",
    [
        "../shop.csv",
        "/tmp/shop.csv",
        "a/shop.csv",
        "a\\shop.csv",
        ".shop.csv",
        "shop.py",
        "shop.csv.sh",
        "csv",
    ],
)
def test_a_download_gets_no_other_name_than_that_of_data(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="is no name of a file of data"):
        replace(source(Shelf(), tmp_path), files=[name])
    with pytest.raises(ConfigError, match="expected names of files"):
        replace(source(Shelf(), tmp_path), files="shop.csv")


def test_a_download_that_grows_without_end_is_not_kept(
    tmp_path: Path, engine: BaseBackend, shelf: Shelf
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("shop.csv", b" " * (1 << 27))
    shelf.content = packed.getvalue()
    with pytest.raises(DataError, match="more than 100 times as large"):
        source(shelf, tmp_path).read(engine)
    assert left(tmp_path) == []
