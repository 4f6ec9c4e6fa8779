"""One log in many forms, as found in the wild: it comes out as it is, or is refused in words."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.file import File
from segmentlab.transactions.schema import compute_line_value

pytestmark = pytest.mark.realdata


def summarise(engine: BaseBackend, path: Path, **said) -> tuple[int, int, float]:
    lines = File(path=str(path), **said).read(engine).transactions
    found = lines.aggregate(
        rows=lines.count(), customers=lines.customer_id.nunique(), money=compute_line_value(lines).sum()
    )
    rows, customers, money = found.to_pyarrow().to_pylist()[0].values()
    return rows, customers, round(money, 2)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "bom.csv",
            "cp1252.csv",
            "crlf.csv",
            "cr.csv",
            "mixeol.csv",
            "crlf_in_quotes.csv",
            "lf_in_quotes.csv",
        ),
        *("qnl.csv", "qnl_bad.csv", "inch.csv", "preamble.csv", "sep.csv", "idx.csv", "dupheader.csv"),
        *("totrow.csv", "totrow2.csv", "totrow3.csv", "x.tsv", "x.xlsx", "pre.xlsx", "x.zip", "two.csv.gz"),
        *(
            "noend.csv.bz2",
            "pd.parquet",
            "pi8.parquet",
            "pfl.parquet",
            "ptx.parquet",
            "pns.parquet",
            "pbin.parquet",
        ),
    ],
)
def test_it_comes_out_as_it_is(engine: BaseBackend, real_data: Path, name: str) -> None:
    assert summarise(engine, real_data / "dirt" / name) == (2_000, 264, 1_219_081.89)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("trunc.csv.gz", "damaged"),
        ("old.xls", "not readable as a workbook"),
        ("pqdir", r"'unit_price' is in a\.parquet and not in b\.parquet, which has 'price' instead"),
    ],
)
def test_it_is_refused(engine: BaseBackend, real_data: Path, name: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        File(path=str(real_data / "dirt" / name)).read(engine)


def test_a_folder_of_days_and_a_delta_table(engine: BaseBackend, real_data: Path) -> None:
    assert summarise(engine, real_data / "dirt" / "daily") == (90, 26, 33_768.02)
    assert summarise(engine, real_data / "dirt" / "delta") == (2_000, 264, 2_438_163.78)


def test_cdnow_is_read_as_it_was_published(engine: BaseBackend, real_data: Path) -> None:
    folder = real_data / "raw" / "cdnow"
    assert summarise(engine, folder / "CDNOW_master.txt") == (69_659, 23_570, 2_500_315.63)
    assert summarise(engine, folder / "CDNOW_sample.txt") == (6_919, 2_357, 244_091.94)
