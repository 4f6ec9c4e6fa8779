"""Files that no text can hold: pipes, devices, damaged ones, and those that grow when they are unpacked."""

import bz2
import gzip
import io
import lzma
import os
import sqlite3
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.testing.logs import SHOP, make_frame

HEADER: Final = "customer,date,qty,price\n"
GOOD: Final = HEADER + "".join(
    f"c{n % 9},2024-0{n % 6 + 1}-{n % 28 + 1:02d},{n % 4 + 1},{n % 7 + 0.5}\n" for n in range(120)
)
MOST_BLANKS: Final = 1 << 27  # that a file grows by: a hundred megabytes in some hundred kilobytes


def make_pipe(place: Path) -> None:
    """A FIFO that nobody writes to: whoever opens it waits for ever."""
    os.mkfifo(place)


def make_folder(place: Path) -> None:
    """A folder where a file is expected."""
    place.mkdir()


def make_unreadable(place: Path) -> None:
    """A good log that nobody may read."""
    place.write_text(GOOD)
    place.chmod(0)


def make_closed_folder(place: Path) -> None:
    """A folder that nobody may look into."""
    place.mkdir()
    (place / "shop.csv").write_text(GOOD)
    place.chmod(0)


def make_readonly_folder(place: Path) -> None:
    """A folder that nobody may write to."""
    place.mkdir()
    place.chmod(0o500)


def make_loop(place: Path) -> None:
    """A link to itself."""
    place.symlink_to(place)


def make_dangling(place: Path) -> None:
    """A link to nothing."""
    place.symlink_to(place.with_name("gone.csv"))


def make_zero_link(place: Path) -> None:
    """A link to a device that never ends."""
    place.symlink_to("/dev/zero")


def make_junk(place: Path) -> None:
    """Bytes by chance."""
    place.write_bytes(Random(0).randbytes(5_000))


def make_nulls(place: Path) -> None:
    """A log with a byte of zero within a line."""
    place.write_bytes(GOOD.encode()[:300] + b"\0\0" + GOOD.encode()[300:])


def make_all_zeros(place: Path) -> None:
    """What a disk that was full leaves."""
    place.write_bytes(bytes(4_096))


def make_parquet(place: Path) -> None:
    """The small shop, well."""
    make_frame(SHOP).to_parquet(place)


def make_cut_parquet(place: Path) -> None:
    """Parquet without its end, where it says what is in it."""
    make_frame(SHOP).to_parquet(place)
    place.write_bytes(place.read_bytes()[:-200])


def make_spoilt_parquet(place: Path) -> None:
    """Parquet with a good end and a spoilt middle."""
    make_frame(SHOP * 200).to_parquet(place)
    whole = bytearray(place.read_bytes())
    whole[40:1_500] = bytes(1_460)
    place.write_bytes(bytes(whole))


def make_nested_parquet(place: Path) -> None:
    """Parquet whose ids are lists."""
    lines = make_frame(SHOP).astype({"customer_id": "object"})
    lines["customer_id"] = [[str(number)] for number in range(len(lines))]
    lines.to_parquet(place)


def make_empty_parquet(place: Path) -> None:
    """Parquet without a row."""
    make_frame([]).to_parquet(place)


def make_lacking_parquet(place: Path) -> None:
    """Parquet without the pieces."""
    make_frame(SHOP).drop(columns="quantity").to_parquet(place)


def make_infinite_parquet(place: Path) -> None:
    """Parquet with prices that are not finite."""
    make_frame(SHOP).assign(unit_price=float("inf")).to_parquet(place)


def make_nobodys_parquet(place: Path) -> None:
    """Parquet with one line, which has no customer."""
    make_frame([SHOP[7]]).to_parquet(place)


def make_null_parquet(place: Path) -> None:
    """Parquet whose dates are all missing."""
    make_frame(SHOP).assign(timestamp=pd.NaT).to_parquet(place)


def make_constant_parquet(place: Path) -> None:
    """Parquet of customers who are all the same in two features."""
    lines = make_frame(SHOP[:3] + SHOP[4:7])
    lines.assign(unit_price=2.0, quantity=1.0, invoice_id="1").to_parquet(place)


def make_huge_numbers(place: Path) -> None:
    """Parquet with prices beyond any money."""
    lines = make_frame(SHOP)
    lines.assign(unit_price=np.where(lines.index == 2, 1e300, lines["unit_price"])).to_parquet(place)


def make_cut_workbook(place: Path) -> None:
    """Half a workbook."""
    make_workbook(place)
    place.write_bytes(place.read_bytes()[:2_500])


def make_workbook(place: Path) -> None:
    """The good log, in a workbook."""
    pd.read_csv(io.StringIO(GOOD)).to_excel(place, index=False)


def make_empty_workbook(place: Path) -> None:
    """A workbook with an empty sheet."""
    pd.DataFrame().to_excel(place, index=False)


def make_workbook_bomb(place: Path) -> None:
    """A workbook of some hundred kilobytes whose sheet has a hundred megabytes."""
    make_workbook(place)
    grow_member(place, "xl/worksheets/sheet1.xml")


def make_shared_bomb(place: Path) -> None:
    """The same with the texts that its sheets share."""
    make_workbook(place)
    grow_member(place, "xl/sharedStrings.xml")


def grow_member(place: Path, name: str, size: int = MOST_BLANKS) -> None:
    """Blanks after a member of a zip: they weigh a thousandth of what they are."""
    with zipfile.ZipFile(place) as archive:
        members = {one: archive.read(one) for one in archive.namelist()}
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, content in members.items():
            if one != name:
                archive.writestr(one, content)
        with archive.open(name, "w", force_zip64=True) as stream:
            stream.write(members.get(name, b""))
            write_blanks(stream, size)


def write_blanks(stream: io.IOBase, size: int) -> None:
    """As many blanks."""
    block = b" " * (1 << 22)
    stream.writelines(block for _ in range(size // len(block)))


def make_zip(place: Path, members: dict[str, bytes]) -> None:
    """A zip of such files."""
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)


def make_cut_zip(place: Path) -> None:
    """A zip that was cut short behind its first file."""
    make_zip(place, {"a.csv": GOOD.encode(), "b.csv": GOOD.encode()})
    place.write_bytes(place.read_bytes()[:-60])


def make_spoilt_zip(place: Path) -> None:
    """A zip whose content is not what its checksum says."""
    make_zip(place, {"a.csv": GOOD.encode()})
    whole = bytearray(place.read_bytes())
    whole[60:90] = bytes(30)
    place.write_bytes(bytes(whole))


def make_empty_zip(place: Path) -> None:
    """A zip of nothing."""
    make_zip(place, {})


def make_zip_bomb(place: Path) -> None:
    """A zip of half a megabyte with a hundred megabytes in it."""
    with (
        zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("shop.csv", "w", force_zip64=True) as stream,
    ):
        stream.write(GOOD.encode())
        write_blanks(stream, MOST_BLANKS)


def make_liars_bomb(place: Path) -> None:
    """The same, whose directory says that it is small."""
    make_zip_bomb(place)
    whole = place.read_bytes()
    directory = whole.rindex(b"PK\x01\x02")
    place.write_bytes(whole[: directory + 24] + (1_000).to_bytes(4, "little") + whole[directory + 28 :])


def make_many_members(place: Path) -> None:
    """A zip of ten thousand files and one."""
    with zipfile.ZipFile(place, "w") as archive:
        for number in range(10_001):
            archive.writestr(f"{number}.csv", b"")


def make_nested_zip(place: Path) -> None:
    """A zip of a zip."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("shop.csv", GOOD)
    make_zip(place, {"inner.zip": inner.getvalue()})


def make_slip(place: Path) -> None:
    """A zip with a name that leads out of the folder that it is unpacked in."""
    make_zip(place, {"../../escaped.csv": GOOD.encode()})


def make_absolute_slip(place: Path) -> None:
    """A zip with a name that begins at the root."""
    make_zip(place, {"/tmp/segmentlab_escaped.csv": GOOD.encode()})


def make_linked_slip(place: Path) -> None:
    """A zip with a link in it."""
    link = zipfile.ZipInfo("shop.csv")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr(link, "/etc/passwd")


def make_locked_zip(place: Path) -> None:
    """A zip that says that it takes a password."""
    make_zip(place, {"a.csv": GOOD.encode()})
    whole = bytearray(place.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        whole[whole.index(mark) + offset] |= 1
    place.write_bytes(bytes(whole))


def make_cut_gzip(place: Path) -> None:
    """Half of a packed log."""
    place.write_bytes(gzip.compress(GOOD.encode())[:200])


def make_gzip_bomb(place: Path) -> None:
    """A packed text of a megabyte that is a hundred."""
    with gzip.open(place, "wb", compresslevel=1) as stream:
        stream.write(GOOD.encode())
        write_blanks(stream, MOST_BLANKS)


def make_bz2_bomb(place: Path) -> None:
    """The same by bzip2: some kilobytes, made of one stream again and again."""
    place.write_bytes(bz2.compress(GOOD.encode()) + bz2.compress(b" " * (1 << 26)) * 2)


def make_xz_bomb(place: Path) -> None:
    """The same by xz."""
    place.write_bytes(lzma.compress(GOOD.encode()) + lzma.compress(b" " * (1 << 26), preset=0) * 2)


def make_long_line(place: Path) -> None:
    """One line of thirty megabytes."""
    place.write_text(HEADER + "x" * 30_000_000)


def make_utf_16_in_part(place: Path) -> None:
    """A log whose second half is in another encoding."""
    place.write_bytes(GOOD.encode() + GOOD.encode("utf-16-le"))


def make_nul_column(place: Path) -> None:
    """A log whose ids are Shift-JIS, as cp1252 would not have them."""
    place.write_bytes(HEADER.encode() + "顧客,2024-01-01,1,2\n".encode("shift_jis") * 5)


def make_text_store(place: Path) -> None:
    """What is no database, whatever it is called."""
    place.write_bytes(b"this is no database " * 400)


def make_foreign_database(place: Path) -> None:
    """A database of somebody else's."""
    connection = sqlite3.connect(place)
    connection.execute("create table lines (customer_id text, day text, pieces integer)")
    connection.execute("insert into lines values ('a', '2024-01-01', 3)")
    connection.commit()
    connection.close()


def make_bomb_yaml(place: Path) -> None:
    """A billion laughs: nine lines of ten aliases each."""
    lines = ["a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"a{one}: &a{one} [{', '.join([f'*a{one - 1}'] * 10)}]" for one in range(1, 10)]
    place.write_text("# @package _global_\n" + "\n".join(lines) + "\n")


def make_deep_yaml(place: Path) -> None:
    """Brackets within brackets."""
    place.write_text("# @package _global_\nseed: " + "[" * 20_000 + "]" * 20_000 + "\n")


def make_deep_json(place: Path) -> None:
    """The same in JSON."""
    place.write_text("[" * 100_000 + "]" * 100_000)


MAKERS: Final[dict[str, Callable[[Path], None]]] = {
    name.removeprefix("make_"): maker
    for name, maker in list(globals().items())
    if name.startswith("make_") and name not in ("make_frame", "make_zip")
}
