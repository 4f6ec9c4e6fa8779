"""A random log in random clothes comes back the same, or is refused, never as another log without a word."""

import bz2
import gzip
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import ibis
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import SegmentLabError
from segmentlab.transactions.file import File
from segmentlab.transactions.schema import check_values, compute_line_value
from tests.examples import draw_examples

HEADER = ("invoice_id", "customer_id", "quantity", "unit_price", "timestamp")


class Line(NamedTuple):
    """One line as it should come back."""

    invoice: str
    customer: str
    quantity: int
    price: float
    when: datetime


LINES = st.lists(
    st.builds(
        Line,
        st.integers(10_000, 10_099).map(str),
        st.sampled_from(["C1078", "0042", "ann@x.com", "Zoë", "7"]),
        st.integers(1, 2_000),
        st.integers(1, 300_000).map(lambda cents: cents / 100),
        st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 30)).map(
            lambda one: one.replace(microsecond=0)
        ),
    ),
    min_size=8,
    max_size=30,
)
# How dates, numbers and ids are written, and how finely a date then tells the time.
DATES: dict[str, tuple[Callable[[datetime], str], str]] = {
    "iso": (lambda one: f"{one:%Y-%m-%d %H:%M:%S}", "second"),
    "iso_t": (lambda one: f"{one:%Y-%m-%dT%H:%M:%S}", "second"),
    "day_first": (lambda one: f"{one:%d.%m.%Y %H:%M}", "minute"),
    "month_first": (lambda one: f"{one.month}/{one.day}/{one:%Y}", "day"),
    "words": (lambda one: f"{one:%d %b %Y}", "day"),
    "compact": (lambda one: f"{one:%Y%m%d}", "day"),
    "epoch": (lambda one: str(int((one - datetime(1970, 1, 1)).total_seconds())), "second"),
}
NUMBERS: dict[str, Callable[[float], str]] = {
    "plain": lambda one: f"{one:.2f}",
    "thousands": lambda one: f"{one:,.2f}",
    "german": lambda one: f"{one:,.2f}".translate(str.maketrans(",.", ".,")),
    "swiss": lambda one: f"{one:,.2f}".replace(",", "'"),
    "dollars": lambda one: f"${one:,.2f}",
    "euros": lambda one: f"{one:,.2f}".translate(str.maketrans(",.", ".,")) + " €",
    "whole": lambda one: f"{one:g}",
}
IDS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "blanks": lambda one: f" {one}  ",
    "fraction": lambda one: f"{one}.0" if one.isdigit() and one[0] != "0" else one,
    "capitals": lambda one: one.upper() if "@" in one else one,
}
ENDS = ("\n", "\r\n", "\r")
PACKED = ("csv", "gz", "bz2", "zip")


def write(folder: Path, text: str, packed: str, encoding: str) -> Path:
    path, content = folder / f"log.{packed}", text.encode(encoding, errors="strict")
    if packed == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("log.csv", content)
    else:
        pack = {"csv": bytes, "gz": gzip.compress, "bz2": bz2.compress}[packed]
        path.write_bytes(pack(content))
    return path


def read(path: Path) -> list[tuple[str, str, float, datetime]] | None:
    """The lines in their order, or nothing when they are refused in words."""
    try:
        dataset = File(path=str(path)).read(ibis.duckdb.connect())
        check_values(dataset.transactions, dataset.source)
    except SegmentLabError:
        return None
    lines = dataset.transactions.mutate(value=compute_line_value(dataset.transactions)).to_pandas()
    return [
        # `7.0` among ids that are no numbers stays as it is written: the same customer by another name.
        (
            row.invoice_id,
            row.customer_id.removesuffix(".0"),
            round(row.value, 2),
            row.timestamp.to_pydatetime(),
        )
        for row in lines.itertuples()
    ]


def cut(when: datetime, to: str) -> datetime:
    units = {"second": {}, "minute": {"second": 0}, "day": {"hour": 0, "minute": 0, "second": 0}}
    return when.replace(**units[to])


@draw_examples(40)
@given(
    log=LINES,
    date=st.sampled_from(sorted(DATES)),
    number=st.sampled_from(sorted(NUMBERS)),
    ids=st.sampled_from(sorted(IDS)),
    end=st.sampled_from(ENDS),
    separator=st.sampled_from(",;\t|"),
    packed=st.sampled_from(PACKED),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
)
def test_a_dressed_log_comes_back_or_is_refused(  # noqa: PLR0917
    log: list[Line],
    date: str,
    number: str,
    ids: str,
    end: str,
    separator: str,
    packed: str,
    encoding: str,
) -> None:
    (write_date, finest), write_number, write_id = DATES[date], NUMBERS[number], IDS[ids]
    rows = [
        (
            one.invoice,
            write_id(one.customer),
            str(one.quantity),
            write_number(one.price),
            write_date(one.when),
        )
        for one in log
    ]
    cells = [[f'"{cell}"' if separator in cell else cell for cell in row] for row in (HEADER, *rows)]
    text = "".join(separator.join(row) + end for row in cells)
    with TemporaryDirectory() as folder:
        found = read(write(Path(folder), text, packed, encoding))
    if found is not None:
        expected = [
            (one.invoice, one.customer, round(one.quantity * one.price, 2), cut(one.when, finest))
            for one in log
        ]
        assert found == expected


def test_plain_logs_are_never_refused() -> None:
    """What the property allows to be refused is read where nothing speaks against it."""
    log = [Line("10000", "a", 2, 3.5, datetime(2024, 1, day)) for day in range(1, 29)]
    for write_date, _ in (DATES["iso"], DATES["iso_t"]):
        rows = [(one.invoice, one.customer, "2", "3.50", write_date(one.when)) for one in log]
        text = "\n".join(",".join(row) for row in (HEADER, *rows)) + "\n"
        with TemporaryDirectory() as folder:
            for packed in PACKED:
                assert read(write(Path(folder), text, packed, "utf-8")) is not None
