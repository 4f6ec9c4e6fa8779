"""How far what is packed may grow: a file of some kilobytes can hold more than any disk.

Honest logs grow tenfold, and very monotonous ones fiftyfold. What grows further than `MOST_TIMES` is
refused while it is unpacked, or before it where a zip says how large its files are.
"""

import stat
import zipfile
from pathlib import Path
from typing import Final

from segmentlab.errors import DataError

MOST_TIMES: Final = 100
HARMLESS: Final = 1 << 26  # bytes that anything may grow to
MOST_FILES: Final = 10_000  # of a zip
MOST_BYTES: Final = 1 << 40  # of one archive: a disk that is full harms others too
MOST_WORKBOOK: Final = 1 << 33  # bytes of a workbook, which is read into memory
UNPACK_BLOCK: Final = 1 << 20
ADVICE: Final = "Unpack it yourself where you trust it, and read what it holds."


def check_growth(path: Path, packed: int, unpacked: int) -> None:
    """Refuse what has become much larger than any table does."""
    if unpacked > HARMLESS and unpacked > packed * MOST_TIMES:
        raise DataError(
            f"{path}: what is packed in it is more than {MOST_TIMES} times as large, {unpacked >> 20:,} MiB "
            f"and more in {max(packed >> 10, 1):,} KiB: no table packs so well. {ADVICE}"
        )


def check_archive(archive: zipfile.ZipFile, name: Path, most: int = MOST_BYTES) -> None:
    """Refuse a zip of too much, of too many files, or of names and links that lead out of its folder."""
    members = archive.infolist()
    if len(members) > MOST_FILES:
        raise DataError(
            f"{name}: it holds {len(members):,} files; expected {MOST_FILES:,} or fewer. {ADVICE}"
        )
    for member in members:
        if member.filename.startswith(("/", "\\")) or ".." in Path(member.filename).parts:
            raise DataError(
                f"{name}: {member.filename} in it would be written outside of its folder. {ADVICE}"
            )
        if stat.S_ISLNK(member.external_attr >> 16):
            raise DataError(f"{name}: {member.filename} in it is a link. {ADVICE}")
    size = sum(member.file_size for member in members)
    check_growth(name, sum(member.compress_size for member in members), size)
    if size > most:
        raise DataError(f"{name}: it holds {size >> 30:,} GiB; expected {most >> 30:,} or less. {ADVICE}")


def check_workbook(path: Path, name: Path) -> None:
    """Refuse a workbook that would not fit into memory. Each of its files is unpacked once, to be measured.

    What a zip says of the size of its files may be a lie, and whoever reads workbooks believes it.
    """
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        check_archive(archive, name, MOST_WORKBOOK)
        for member in archive.infolist():
            with archive.open(member) as stream:
                while stream.read(UNPACK_BLOCK):
                    pass
