"""A Parquet file or folder of the user's own."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.file import ParquetFile
from tests.logs import SHOP, frame


def test_a_file_and_a_folder_of_its_halves_hold_the_same(engine: BaseBackend, tmp_path: Path) -> None:
    whole, folder = tmp_path / "shop.parquet", tmp_path / "parts"
    folder.mkdir()
    lines = frame(SHOP)
    lines.to_parquet(whole)
    lines.iloc[:5].to_parquet(folder / "1.parquet")
    lines.iloc[5:].to_parquet(folder / "2.parquet")
    one, two = ParquetFile(str(whole)).read(engine), ParquetFile(str(folder)).read(engine)
    assert one.name == "shop"
    assert one.transactions.to_pandas().equals(two.transactions.to_pandas())


def test_the_digest_follows_the_content_alone(engine: BaseBackend, tmp_path: Path) -> None:
    first, copy, changed = (tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet"))
    frame(SHOP).to_parquet(first)
    copy.write_bytes(first.read_bytes())
    frame(SHOP[1:]).to_parquet(changed)
    digests = [ParquetFile(str(path)).read(engine).digest for path in (first, copy, changed)]
    assert digests[0] == digests[1] != digests[2]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file or folder"),
        (b"", "not readable as Parquet"),
        (b"PK\x03\x04 not parquet at all", "not readable as Parquet"),
    ],
    ids=["missing", "empty", "garbage"],
)
def test_what_is_no_parquet_is_refused(
    engine: BaseBackend, tmp_path: Path, content: bytes | None, message: str
) -> None:
    path = tmp_path / "shop.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=f"shop.parquet: {message}"):
        ParquetFile(str(path)).read(engine)


def test_an_empty_folder_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the folder holds no"):
        ParquetFile(str(tmp_path)).read(engine)
