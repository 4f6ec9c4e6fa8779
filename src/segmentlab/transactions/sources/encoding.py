"""Bytes to UTF-8, which is what DuckDB reads best."""

import bz2
import codecs
import lzma
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.unpacking import check_growth

UTF_8: Final = "utf-8"
ENCODING_BLOCK: Final = 1 << 20
HEAD_BYTES: Final = 1 << 16
BYTE_ORDER_MARKS: Final = {
    codecs.BOM_UTF8: UTF_8,
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
COMPRESSIONS: Final = {
    b"\x1f\x8b": "gzip",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bz2",
    b"\xfd7zXZ\x00": "xz",
}
LINE_END: Final = re.compile(rb"\r*\n|\r")
READ_PACKED: Final = ("none", "gzip", "zstd")  # DuckDB reads these as they are; others are unpacked once


def find_compression(path: Path) -> str:
    """By the first bytes, whatever the file is called."""
    with path.open("rb") as stream:
        start = stream.read(max(map(len, COMPRESSIONS)))
    return next((name for magic, name in COMPRESSIONS.items() if start.startswith(magic)), "none")


def read_head(path: Path) -> bytes:
    """The first bytes, unpacked."""
    return next(_read_blocks(path, HEAD_BYTES), b"")


def guess_encoding(path: Path) -> str:
    """What the first bytes say: a byte-order mark, or the zeros of UTF-16; else UTF-8 until belied."""
    start = read_head(path)
    for mark, name in BYTE_ORDER_MARKS.items():
        if start.startswith(mark):
            return name
    if b"\0" not in start:
        return UTF_8
    even, odd = start[::2].count(0), start[1::2].count(0)
    if not 0.4 * len(start) < max(even, odd) + min(even, odd) < 0.6 * len(start) or min(even, odd):
        raise DataError(f"{path}: this is binary, not text. data=file reads CSV, JSON, Excel and Parquet.")
    return "utf-16-be" if even else "utf-16-le"


def begins_as_utf_8(path: Path) -> bool:
    """Whether the first bytes can be read, names of columns among them."""
    try:
        codecs.getincrementaldecoder(UTF_8)().decode(read_head(path))
    except UnicodeDecodeError:
        return False
    return True


def is_utf_8(path: Path) -> bool:
    """Whether every byte of the file can be read."""
    decoder = codecs.getincrementaldecoder(UTF_8)()
    try:
        for block in _read_blocks(path, ENCODING_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def rewrite_as_utf8(path: Path, target: Path, encoding: str | None) -> str:
    """Write the file as UTF-8; returns its encoding, which is cp1252 or latin-1 where it is not given.

    Both give every byte a letter, but cp1252 leaves five bytes out; latin-1 means them as controls.
    """
    if encoding is not None:
        _recode_file(path, target, encoding)
        return encoding
    try:
        _recode_file(path, target, "cp1252")
    except DataError:
        _recode_file(path, target, "latin-1")
        return "latin-1"
    return "cp1252"


def unpack(path: Path, target: Path) -> Path:
    """A copy as it was before it was packed; a file that was cut short is refused, wherever the cut is."""
    with target.open("wb") as stream:
        for block in _read_blocks(path, ENCODING_BLOCK):
            stream.write(block)
    return target


def check_whole(path: Path) -> None:
    """Refuse a packed file that was cut short, or grows without end: DuckDB and Arrow would read either."""
    for _ in _read_blocks(path, ENCODING_BLOCK):
        pass


def write_same_line_ends(path: Path, target: Path) -> Path:
    """A copy in which every line ends alike, whatever it ended with: DuckDB knows one kind a file."""
    rest = b""
    with target.open("wb") as stream:
        for block in _read_blocks(path, ENCODING_BLOCK):
            text = rest + block
            rest = re.search(rb"\r*\Z", text)[0]  # type: ignore[index]  # a block may end within a line end
            stream.write(LINE_END.sub(b"\n", text.removesuffix(rest)))
        stream.write(LINE_END.sub(b"\n", rest))
    return target


def replace_blanks_with_tabs(path: Path, target: Path) -> Path:
    """A copy in which each run of blanks is one tab."""
    rest = b""
    with target.open("wb") as stream:
        for block in _read_blocks(path, ENCODING_BLOCK):
            *lines, rest = (rest + block).split(b"\n")
            stream.writelines(_replace_blanks(line) for line in lines)
        if rest.strip():
            stream.write(_replace_blanks(rest))
    return target


def _replace_blanks(line: bytes) -> bytes:
    return re.sub(rb"\s+", b"\t", line.strip()) + b"\n"


def _recode_file(path: Path, target: Path, encoding: str) -> None:
    decoder = _make_decoder(encoding)
    try:
        with target.open("w", encoding=UTF_8, newline="") as stream:
            for block in _read_blocks(path, ENCODING_BLOCK):
                stream.write(decoder.decode(block))
            stream.write(decoder.decode(b"", final=True))
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path}: not {encoding}: byte 0x{error.object[error.start]:02X} can't be read ({error.reason}). "
            "Leave data.encoding out to have it found."
        ) from error


def _make_decoder(encoding: str) -> codecs.IncrementalDecoder:
    """The decoder of an encoding of text; Python calls some ways to pack bytes encodings too."""
    try:
        b"x".decode(encoding, "ignore")  # which refuses those
        return codecs.getincrementaldecoder(encoding)()
    except (LookupError, UnicodeError) as error:
        raise ConfigError(
            f"data.encoding={encoding}: there is no such encoding of text. Known: utf-8, cp1252, latin-1, ..."
        ) from error


def open_unpacked(path: Path) -> pa.NativeFile:
    """The file as a stream of what it holds, unpacked."""
    packed = find_compression(path)
    if packed == "bz2":
        return pa.PythonFile(bz2.open(path), mode="r")  # Arrow's own does not see that the end is missing
    if packed == "xz":
        return pa.PythonFile(lzma.open(path), mode="r")
    return pa.input_stream(str(path), compression=None if packed == "none" else packed)


def _read_blocks(path: Path, size: int) -> Iterator[bytes]:
    try:
        with open_unpacked(path) as stream:
            read, packed = 0, path.stat().st_size
            while block := stream.read(size):
                read += len(block)
                check_growth(path, packed, read)
                yield block
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise DataError(f"{path}: damaged: {error}. Fetch or pack the file again.") from error
