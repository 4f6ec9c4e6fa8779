"""Any transaction log in: whatever the form of the file, the same canonical lines come out."""

import gzip
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.basket import Basket
from segmentlab.features.rfm import Rfm
from segmentlab.features.table import build_feature_table
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.transactions.cleaning.single_lines import UnknownCustomer
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines
from segmentlab.transactions.overview import find_suspicious_lines
from segmentlab.transactions.schema import check_values, compute_line_value

HEADER = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n"
LINES = HEADER + (
    "489434,085048,GLASS BALL,12,2009-12-01 07:45:00,6.95,13085.0,United Kingdom\n"
    "C489449,85123A,CAFÉ £5,-2,2009-12-01 10:33:00,2.55,16321.0,Australia\n"
    "489435,22350,,1,2009-12-02 07:46:00,2.10,,France\n"
)


def read(
    tmp_path: Path, engine: BaseBackend, content: str | bytes, name: str = "shop.csv", **said
) -> Dataset:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return File(path=str(path), **said).read(engine)


@pytest.mark.parametrize(
    "content",
    [
        LINES.encode(),
        LINES.encode("utf-8-sig"),
        LINES.encode("cp1252"),
        LINES.encode("utf-16"),
        LINES.encode("utf-16-le"),
        LINES.replace("\n", "\r\n").encode(),
        LINES.rstrip().encode(),
        LINES.replace(",", ";").encode(),
        LINES.replace(",", "\t").encode(),
        LINES.replace(",", "|").encode("cp1252"),
        gzip.compress(LINES.encode()),
        gzip.compress(LINES.encode("cp1252")),
        pa.compress(LINES.encode(), "zstd", asbytes=True),
    ],
)
def test_every_form_of_a_text_holds_the_same(engine: BaseBackend, tmp_path: Path, content: bytes) -> None:
    lines = read(tmp_path, engine, content, "shop.txt").transactions.to_pandas()
    assert lines["customer_id"].fillna("").tolist() == ["13085", "16321", ""]
    assert lines["product_id"].tolist() == ["085048", "85123A", "22350"]
    assert lines["description"].fillna("").tolist() == ["GLASS BALL", "CAFÉ £5", ""]
    assert lines["quantity"].tolist() == [12.0, -2.0, 1.0]
    assert lines["timestamp"].tolist()[1] == pd.Timestamp("2009-12-01 10:33")


def test_german_names_and_a_letter_of_cp1252_far_below(engine: BaseBackend, tmp_path: Path) -> None:
    """A byte of a column that is not asked for once broke the engine down."""
    head = "Kundennummer;Artikel;Menge;Einzelpreis;Datum;Bestellnummer;Ort\n"
    rows = [f"{n % 7};Tasse;2;1.234,50 €;12.03.2024;{n};Bonn\n" for n in range(3_000)]
    content = (head + "".join(rows) + "7;Tür;1;0,50 €;13.03.2024;1;Köln\n").encode("cp1252")
    lines = read(tmp_path, engine, content).transactions.to_pandas()
    assert (len(lines), lines["customer_id"].nunique(), lines["Ort"].iloc[-1]) == (3_001, 8, "Köln")
    assert (lines["quantity"] * lines["unit_price"]).sum() == pytest.approx(3_000 * 2 * 1_234.5 + 0.5)


def test_french_names_in_cp1252(engine: BaseBackend, tmp_path: Path) -> None:
    content = "ID client;Date commande;Quantité;Prix unitaire\n7;1er août 2024;2;1 234,50 €\n"
    lines = read(tmp_path, engine, content.encode("cp1252")).transactions.to_pandas()
    assert lines[["customer_id", "quantity", "unit_price"]].to_numpy().tolist() == [["7", 2, 1234.5]]
    assert lines["timestamp"].tolist() == [pd.Timestamp("2024-08-01")]


def test_what_was_found_is_stated(engine: BaseBackend, tmp_path: Path) -> None:
    notes = " ".join(read(tmp_path, engine, LINES.replace(",", ";").encode("cp1252")).notes)
    assert "cp1252, separated by semicolons" in notes
    assert "customer_id = 'Customer ID'" in notes
    assert "Dates in 'InvoiceDate' are year first" in notes
    assert "13085.0 is read as 13085" in notes


def test_a_byte_that_cp1252_does_not_define_is_latin_1(engine: BaseBackend, tmp_path: Path) -> None:
    dataset = read(tmp_path, engine, LINES.replace("BALL", "BALL\x81").encode("latin-1"))
    assert "Text in latin-1" in " ".join(dataset.notes)
    lines = dataset.transactions.to_pandas()
    assert lines["description"].fillna("").tolist() == ["GLASS BALL\x81", "CAFÉ £5", ""]


def test_ids_that_are_fractions_only_now_and_then_stay(engine: BaseBackend, tmp_path: Path) -> None:
    lines = read(tmp_path, engine, LINES.replace("16321.0", "A16")).transactions.to_pandas()
    assert lines["customer_id"].fillna("").tolist() == ["13085.0", "A16", ""]


def test_a_log_of_customer_day_count_and_amount(engine: BaseBackend, tmp_path: Path) -> None:
    log = " 00001 19970101  1   11.77\n 00002 19970112  1   12.00\n 00002 19970112  5   77.00\n"
    names = ["customer_id", "timestamp", "quantity", "line_total"]
    dataset = read(tmp_path, engine, log, "cd.txt", names=names)
    lines = dataset.transactions.to_pandas()
    assert lines["customer_id"].tolist() == ["00001", "00002", "00002"]
    assert lines["invoice_id"].nunique() == 2
    assert lines["unit_price"].tolist() == [11.77, 12.0, pytest.approx(15.4)]
    assert compute_line_value(dataset.transactions).sum().to_pyarrow().as_py() == pytest.approx(100.77)
    assert "product_id" not in lines.columns


def test_a_log_of_customer_day_and_amount_has_its_rfm_but_no_pieces(
    engine: BaseBackend, tmp_path: Path
) -> None:
    log = "customer,date,amount\nanna,2020-01-01,5\nanna,2020-01-03,6.5\nbert,2020-01-02,4\n"
    dataset = read(tmp_path, engine, log)
    assert "No quantities" in " ".join(dataset.notes)
    assert list(dataset.transactions.columns) == ["customer_id", "invoice_id", "timestamp", "line_total"]
    check_values(dataset.transactions, "shop")
    cleaned = clean_lines(dataset.transactions, {"unknown": UnknownCustomer()}, "shop").transactions
    assert find_suspicious_lines(cleaned).empty
    rfm = build_feature_table({"rfm": Rfm()}, cleaned, date(2020, 1, 4)).frame
    assert rfm.loc["anna"].tolist() == [1, 2, 11.5]
    with pytest.raises(DataError, match="features=basket needs the column product_id, unit_price"):
        build_feature_table({"basket": Basket()}, cleaned, date(2020, 1, 4))


def test_a_line_needs_its_total_or_pieces_and_price(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no column for 'quantity'"):
        read(tmp_path, engine, "customer,date,price\nanna,2020-01-01,5\n")
    with pytest.raises(DataError, match="no column for 'unit_price'"):
        read(tmp_path, engine, "customer,date,qty\nanna,2020-01-01,5\n")


@pytest.mark.parametrize(("invoice", "count"), [("timestamp", 3), ("day", 2)])
def test_an_invoice_is_what_one_customer_bought_together(
    engine: BaseBackend, tmp_path: Path, invoice: str, count: int
) -> None:
    log = (
        "customer,date,qty,price\nC1,2020-01-01 10:00,1,2\nC1,2020-01-01 12:00,1,2\nC2,2020-01-01 12:00,1,2\n"
    )
    invoices = read(tmp_path, engine, log, invoice=invoice).transactions["invoice_id"].to_pandas()
    assert invoices.nunique() == count
    assert not invoices.str.startswith("C").any(), "it would count as a cancellation"


def test_no_piece_has_no_price_and_the_line_its_total(engine: BaseBackend, tmp_path: Path) -> None:
    log = "customer,date,qty,amount\na,2020-01-01,0,5\na,2020-01-02,2,6\n"
    table = read(tmp_path, engine, log).transactions
    assert table["unit_price"].to_pandas().tolist()[1] == 3.0
    assert table["unit_price"].to_pandas().isna().tolist() == [True, False]
    assert compute_line_value(table).to_pandas().tolist() == [5.0, 6.0]


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        ("twelve", r"column 'Quantity' \(quantity\) is missing, .* in 1 rows: line 3 'twelve'"),
        ("", "line 3 is empty"),
        ("1e300", "line 3 '1e300'"),
        ("nan", "line 3 'nan'"),
        ("1;5", "line 3 '1;5'"),
        ('"1,5,0"', "line 3 '1,5,0'"),
    ],
)
def test_a_number_that_is_none_is_named_by_line(
    engine: BaseBackend, tmp_path: Path, broken: str, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, engine, LINES.replace(",-2,", f",{broken},"))


def test_a_date_that_is_none_is_named_by_line(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'InvoiceDate' \(timestamp\) .* line 4 '2009-02-31 07:46:00'"):
        read(tmp_path, engine, LINES.replace("2009-12-02", "2009-02-31"))


def test_a_decimal_comma_is_read_when_said(engine: BaseBackend, tmp_path: Path) -> None:
    log = "customer;date;qty;price\na;2020-01-01;2;1.234,50\n"
    assert read(tmp_path, engine, log, decimal=",").transactions["unit_price"].to_pandas().tolist() == [
        1234.5
    ]


def test_bad_rows_are_set_aside_whole_and_counted(engine: BaseBackend, tmp_path: Path) -> None:
    dataset = read(tmp_path, engine, LINES.replace(",-2,", ",twelve,"), on_bad_rows="quarantine")
    assert dataset.transactions.count().to_pyarrow().as_py() == 2
    assert dataset.quarantine is not None
    row = dataset.quarantine.iloc[0]
    assert (row["line"], row["Quantity"], row["Customer ID"]) == (3, "twelve", "16321.0")
    assert "quantity" in row["reason"]
    assert "1 of 3 rows were set aside" in " ".join(dataset.notes)


MISSHAPEN = (
    "customer,date,qty,price,note\n"
    "a,2020-01-01,1,2,\n"
    "b,2020-01-01,1\n"
    'c,2020-01-01,1,2,"two\nlines"\n'
    "d,2020-01-01,1,2,x,more\n"
    "e,2020-01-01,many,2,\n"
    "f,2020-01-01,1,2,\n"
)


def test_misshapen_lines_are_named(engine: BaseBackend, tmp_path: Path) -> None:
    named = r"2 lines do not have 5 cells: line 3 'b,2020-01-01,1', line 5 'd,2020-01-01,1,2,x,more'"
    with pytest.raises(DataError, match=named):
        read(tmp_path, engine, MISSHAPEN)


@pytest.mark.parametrize("coded", [MISSHAPEN.encode(), MISSHAPEN.replace("more", "£").encode("cp1252")])
def test_misshapen_lines_are_set_aside_with_the_other_bad_rows(
    engine: BaseBackend, tmp_path: Path, coded: bytes
) -> None:
    dataset = read(tmp_path, engine, coded, on_bad_rows="quarantine")
    assert dataset.transactions.to_pandas()["customer_id"].tolist() == ["a", "c", "f"]
    assert dataset.quarantine is not None
    assert dataset.quarantine["line"].tolist() == [3, 5, 6]
    assert dataset.quarantine["text"].fillna("").tolist()[0] == "b,2020-01-01,1"
    assert dataset.quarantine["customer"].fillna("").tolist() == ["", "", "e"]
    assert dataset.quarantine["reason"].str.contains("Expected Number|quantity").all()
    assert "3 of 6 rows were set aside" in " ".join(dataset.notes)


def test_nothing_sound_is_refused_even_so(engine: BaseBackend, tmp_path: Path) -> None:
    log = "customer,date,qty,price\na,2020-01-01,many,2\n"
    with pytest.raises(DataError, match=r"not one of 1 rows is sound\. quantity is missing"):
        read(tmp_path, engine, log, on_bad_rows="quarantine")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\n \n", "the file is empty"),
        (bytes(range(256)) * 40, "this is binary, not text"),
        (b"PK\x03\x04 no workbook", "not readable as a workbook"),
        (b"PAR1 no parquet", "not readable as Parquet"),
        (gzip.compress(LINES.encode() * 999)[:500], "damaged"),
        (HEADER.encode(), "the table holds no rows"),
        (b"1,2,3\n4,5,6\n", "the first line is no header: '1', '2', '3'"),
        (
            (LINES + "1,2,3\n").encode(),
            "not readable as text in columns: 1 lines do not have 8 cells: line 5",
        ),
    ],
    ids=["empty", "blank", "binary", "zip", "parquet", "cut", "header only", "no header", "short line"],
)
def test_what_is_no_log_is_refused(engine: BaseBackend, tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(DataError, match=f"shop.csv: {message}"):
        read(tmp_path, engine, content)


def test_a_wrong_encoding_forced_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="not ascii: byte 0xC9"):
        read(tmp_path, engine, LINES.encode("cp1252"), encoding="ascii")
    with pytest.raises(DataError, match="not readable as text"):
        read(tmp_path, engine, LINES.encode("cp1252"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"data\.encoding=klingon: there is no such encoding"):
        read(tmp_path, engine, LINES, encoding="klingon")


@pytest.mark.parametrize("said", [{"decimal": "x"}, {"invoice": "week"}, {"on_bad_rows": "ignore"}])
def test_a_choice_that_does_not_exist_is_refused(
    engine: BaseBackend, tmp_path: Path, said: dict[str, str]
) -> None:
    with pytest.raises(ConfigError, match=f"data.{next(iter(said))} is .* expected"):
        read(tmp_path, engine, LINES, **said)


# --- Parquet -----------------------------------------------------------------------------------------


def test_parquet_and_a_folder_of_its_halves_hold_the_same(engine: BaseBackend, tmp_path: Path) -> None:
    whole, folder = tmp_path / "shop.parquet", tmp_path / "parts"
    folder.mkdir()
    lines = frame(SHOP)
    lines.to_parquet(whole)
    lines.iloc[:5].to_parquet(folder / "1.parquet")
    lines.iloc[5:].to_parquet(folder / "2.parquet")
    one, two = File(path=str(whole)).read(engine), File(path=str(folder)).read(engine)
    assert one.name == "shop"
    assert one.transactions.to_pandas().equals(two.transactions.to_pandas())


def test_folders_of_a_partition_are_a_column(engine: BaseBackend, tmp_path: Path) -> None:
    frame(SHOP).to_parquet(tmp_path / "shop", partition_cols=["country"])
    lines = File(path=str(tmp_path / "shop")).read(engine).transactions.to_pandas()
    assert set(lines["country"]) == {"France", "Spain"}
    assert len(lines) == len(SHOP)


def test_types_that_mean_the_same_are_cast(engine: BaseBackend, tmp_path: Path) -> None:
    lines = frame(SHOP).assign(customer_id=[13085.0, None] * 5, quantity=2, timestamp="1/13/2011 8:26")
    lines.to_parquet(tmp_path / "shop.parquet")
    found = File(path=str(tmp_path / "shop.parquet")).read(engine).transactions.to_pandas()
    assert found["customer_id"].fillna("").tolist() == ["13085", ""] * 5
    assert set(found["timestamp"]) == {pd.Timestamp("2011-01-13 08:26")}
    assert found["quantity"].dtype == "float64"


def test_a_type_that_can_not_be_meant_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    frame(SHOP).assign(timestamp=3.5).to_parquet(tmp_path / "shop.parquet")
    with pytest.raises(DataError, match="column 'timestamp' has type float64, expected timestamp"):
        File(path=str(tmp_path / "shop.parquet")).read(engine)


def test_the_digest_follows_the_content_and_what_is_said(engine: BaseBackend, tmp_path: Path) -> None:
    first, copy, changed = (tmp_path / name for name in ("a.parquet", "b.parquet", "c.parquet"))
    frame(SHOP).to_parquet(first)
    copy.write_bytes(first.read_bytes())
    frame(SHOP[1:]).to_parquet(changed)
    digests = [File(path=str(path)).read(engine).digest for path in (first, copy, changed)]
    assert digests[0] == digests[1] != digests[2]
    assert File(path=str(first), columns={"product_id": "description"}).read(engine).digest != digests[0]


def test_missing_files_and_empty_folders_are_named(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: no such file or folder"):
        File(path=str(tmp_path / "none.csv")).read(engine)
    with pytest.raises(DataError, match="the folder holds no"):
        File(path=str(tmp_path)).read(engine)


def test_a_customer_of_two_countries_is_two_where_asked(tmp_path: Path, engine: BaseBackend) -> None:
    more = LINES + "489436,22350,,1,2009-12-02 08:46:00,2.10,13085.0,\n"
    lines = read(tmp_path, engine, more, customer_by=["country"]).transactions.to_pandas()
    assert lines["customer_id"].fillna("").tolist() == [
        "13085 / United Kingdom", "16321 / Australia", "", "13085 / ?",
    ]  # fmt: skip
    plain = read(tmp_path, engine, more)
    assert plain.digest != read(tmp_path, engine, more, customer_by=["country"]).digest
    with pytest.raises(ConfigError, match="customer_by names county, which the data does not have"):
        read(tmp_path, engine, more, customer_by=["county"])
