"""The form of a text: line ends, packing, and what stands in it and is no line."""

import bz2
import gzip
import lzma
from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File

HEADER = "invoice,customer,date,qty,price,note\n"
ROWS = [f"{900 + n},c{n % 3},2024-03-{n + 1:02d},{n + 1},2.5,thing {n}\n" for n in range(9)]
LOG = HEADER + "".join(ROWS)
MONEY = 112.5  # 45 pieces


def read(tmp_path: Path, engine: BaseBackend, content: str | bytes, **said) -> Dataset:
    path = tmp_path / "shop.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return File(path=str(path), **said).read(engine)


def check_is_log(dataset: Dataset) -> None:
    lines = dataset.transactions.to_pandas()
    assert len(lines) == 9
    assert (lines["quantity"] * lines["unit_price"]).sum() == MONEY
    assert sorted(set(lines["customer_id"])) == ["c0", "c1", "c2"]


@pytest.mark.parametrize(
    "content",
    [
        LOG.replace("\n", "\r").encode(),
        LOG.replace("\n", "\r\r\n").encode(),
        "".join(line + ("\r\n" if n % 2 else "\n") for n, line in enumerate(LOG.splitlines())).encode(),
        LOG.replace("thing 2", '"thing\r\n2"').encode(),
        LOG.replace("\n", "\r\n").replace("thing 2", '"thing\n2"').encode(),
        LOG.replace("thing 2", 'thing 3" wide').encode(),
        LOG.replace("thing 2", '"two\n""lines"", x"').replace("\n", "\r\n").encode(),
        bz2.compress(LOG.encode()),
        lzma.compress(LOG.encode("utf-16")),
        gzip.compress(LOG[:90].encode()) + gzip.compress(LOG[90:].encode()),
        LOG.replace(",", " ").replace("thing ", "").replace("\n", " \r\n ").encode(),
    ],
    ids=[
        "cr",
        "crcrlf",
        "mixed",
        "crlf quoted",
        "lf quoted",
        "inch",
        "quotes",
        "bz2",
        "xz",
        "two gz",
        "blanks",
    ],
)
def test_the_same_lines_come_out(engine: BaseBackend, tmp_path: Path, content: bytes) -> None:
    check_is_log(read(tmp_path, engine, content))


def test_an_odd_line_end_far_below_is_found(engine: BaseBackend, tmp_path: Path) -> None:
    many = "".join(f"{n},c{n},2024-03-01,1,2,\n" for n in range(5_000))
    for decimal in (".", ","):  # parsed while it is read, and column by column
        dataset = read(tmp_path, engine, HEADER + many + "x,c,2024-03-01,1,2,\r\n", decimal=decimal)
        assert dataset.transactions.count().to_pyarrow().as_py() == 5_001


@pytest.mark.parametrize(
    ("content", "note"),
    [
        ("Sales report\nof March\n\n" + LOG, "Left out before the header: 'Sales report', 'of March'."),
        ("Sales report,,,,,\n" + LOG, "Left out before the header: 'Sales report'."),
        ("sep=;\n" + LOG.replace(",", ";"), "separated by semicolons"),
        (
            "".join(f"{n}," * (n > 0) + "," * (n == 0) + line for n, line in enumerate(LOG.splitlines(True))),
            "Columns without a name: 'column 1'.",
        ),
        (
            HEADER + "".join(ROWS[:4]) + HEADER.upper() + "".join(ROWS[4:]),
            "Left out: 1 rows that repeat the header.",
        ),
        (HEADER + ",,,,,\n" + "".join(ROWS) + ",, ,,,\n", "Left out: 2 rows without a cell."),
        (LOG + "Total,,,45,,\n", "Left out: 1 totals."),
        (LOG + "Total,,2024-12-31,45,2.5,\n", "Left out: 1 totals."),
        (LOG + "Total: 45\n", "Left out: 1 totals."),
        (LOG.replace("qty,price", "qty,amount") + "Gesamtsumme,,,45,,\n", "Left out: 1 totals."),
    ],
    ids=["title", "padded", "sep", "index", "header", "empty", "total", "dated", "loose", "german"],
)
def test_what_is_no_line_is_left_out_and_said(
    engine: BaseBackend, tmp_path: Path, content: str, note: str
) -> None:
    dataset = read(tmp_path, engine, content)
    assert note in " ".join(dataset.notes)
    lines = dataset.transactions.to_pandas()
    assert (len(lines), lines["quantity"].sum()) == (9, 45)


@pytest.mark.parametrize(
    "label", ["Subtotal,,,{0},,", "Total March {1},,,{0},,", "9{1},Total,2024-03-31,{0},2.5,"]
)
def test_subtotals_among_the_lines_are_left_out(engine: BaseBackend, tmp_path: Path, label: str) -> None:
    rows = [
        *ROWS[:3],
        label.format(6, 1),
        "\n",
        *ROWS[3:6],
        label.format(15, 2),
        "\n",
        *ROWS[6:],
        "Total,,,45,,\n",
    ]
    dataset = read(tmp_path, engine, HEADER + "".join(rows))
    check_is_log(dataset)
    assert "Left out: 3 totals." in dataset.notes


def test_a_customer_called_total_is_asked_about_and_read(engine: BaseBackend, tmp_path: Path) -> None:
    log = HEADER + "".join([*ROWS[:3], "55,Total,2024-03-31,7,2.5,\n", *ROWS[3:]])
    with pytest.raises(DataError, match=r"1 lines have the customer_id 'Total'.*data\.accept=\[totals\]"):
        read(tmp_path, engine, log)
    assert read(tmp_path, engine, log, accept=["totals"]).transactions.count().to_pyarrow().as_py() == 10


@pytest.mark.parametrize("total", ["Total,,,46,,\n", "Total,,2024-12-31,46,2.5,\n", "Total: 46\n"])
def test_a_total_that_is_no_sum_is_asked_for(engine: BaseBackend, tmp_path: Path, total: str) -> None:
    with pytest.raises(DataError, match=r"line 11 'Total.*46.* is not the sum of its column"):
        read(tmp_path, engine, LOG + total)
    aside = read(tmp_path, engine, LOG + total, on_bad_rows="quarantine")
    check_is_log(aside)
    assert aside.quarantine is not None
    assert aside.quarantine["line"].tolist() == [11]


def test_lines_are_named_as_they_stand_in_the_file(engine: BaseBackend, tmp_path: Path) -> None:
    rows = [*ROWS[:3], HEADER, *ROWS[3:6], ",,,,,\n", *ROWS[6:8], ROWS[8].replace("2024", "2o24")]
    with pytest.raises(DataError, match="line 14 '2o24-03-09'"):
        read(tmp_path, engine, "March\n\n" + HEADER + "".join(rows))


def test_of_two_columns_of_one_name_none_is_guessed(engine: BaseBackend, tmp_path: Path) -> None:
    log = LOG.replace("note", "price")
    with pytest.raises(DataError, match=r"Found: .*'price \(1\)', 'price \(2\)'"):
        read(tmp_path, engine, log)
    check_is_log(read(tmp_path, engine, log, columns={"unit_price": "price (1)"}))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_file_that_was_cut_is_refused(engine: BaseBackend, tmp_path: Path, pack) -> None:
    packed = pack("".join([HEADER, *ROWS * 5_000]).encode())
    for decimal in (".", ","):
        with pytest.raises(DataError, match=r"shop\.csv: damaged"):
            read(tmp_path, engine, packed[: -len(packed) // 3], decimal=decimal)


def test_advice_never_loses_money(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="would lose what they are worth"):
        read(tmp_path, engine, LOG.replace("3,2.5", "3,2.5.5"))
    with pytest.raises(DataError, match=r"or set them aside with data\.on_bad_rows=quarantine"):
        read(tmp_path, engine, LOG.replace("3,2.5", "3,soon"))


def test_without_a_price_the_total_is_asked_for_too(engine: BaseBackend, tmp_path: Path) -> None:
    log = LOG.replace("price", "what it was")
    with pytest.raises(
        DataError, match=r"no column for 'unit_price'.*enough instead: data\.columns\.line_total"
    ):
        read(tmp_path, engine, log)
