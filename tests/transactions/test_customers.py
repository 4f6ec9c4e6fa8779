"""Customers tables: whatever form they come in, every customer once, under names that sets can ask for."""

from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.lab.config.build import build_source
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.transactions.customers import CustomersFile, read_customers_file
from segmentlab.transactions.dataset import CustomersOnly
from segmentlab.transactions.file import File
from tests.configs import composed
from tests.people import MALL

NAMES = ["customer_id", "gender", "age", "annual_income", "spending_score"]


def read(tmp_path: Path, engine: BaseBackend, text: str) -> pd.DataFrame:
    path = tmp_path / "customers.csv"
    path.write_text(text)
    return read_customers_file(path, engine).table.to_pandas()


def test_names_lose_their_unit_and_numbers_become_numbers(engine: BaseBackend, tmp_path: Path) -> None:
    customers = read(tmp_path, engine, MALL)
    assert list(customers.columns) == NAMES
    assert customers["customer_id"].tolist() == ["1", "2", "3"]
    assert customers["annual_income"].tolist() == [15.0, 15.0, 16.0]
    assert customers["gender"].tolist() == ["Male", "Male", "Female"]


@pytest.mark.parametrize("column", ["Genre", "sex", "GENDER"])
def test_a_synonym_is_the_same_column(engine: BaseBackend, tmp_path: Path, column: str) -> None:
    assert list(read(tmp_path, engine, MALL.replace("Gender", column)).columns) == NAMES


def test_what_begins_with_a_zero_is_a_code(engine: BaseBackend, tmp_path: Path) -> None:
    customers = read(tmp_path, engine, "customer;HouseholdSize;Postcode\n0001;2;01234\n0002;;04109\n")
    assert list(customers.columns) == ["customer_id", "household_size", "postcode"]
    assert customers["customer_id"].tolist() == ["0001", "0002"]
    assert customers["postcode"].tolist() == ["01234", "04109"]
    assert customers["household_size"].isna().tolist() == [False, True]


def test_ids_that_were_written_as_fractions_are_whole(engine: BaseBackend, tmp_path: Path) -> None:
    assert read(tmp_path, engine, "id of customer,customer\nx,13085.0\n")["customer_id"].tolist() == ["13085"]


def test_the_column_of_ids_can_be_said(engine: BaseBackend, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_text("Member,Customer\n7,Anna\n")
    customers = read_customers_file(path, engine, "Member").table.to_pandas()
    assert customers.to_dict("list") == {"customer_id": ["7"], "customer": ["Anna"]}


@pytest.mark.parametrize("form", ["xlsx", "parquet"])
def test_workbooks_and_parquet_hold_the_same(engine: BaseBackend, tmp_path: Path, form: str) -> None:
    here = read(tmp_path, engine, MALL)
    path = tmp_path / f"customers.{form}"
    whole = pd.read_csv(tmp_path / "customers.csv")
    whole.to_excel(path, index=False) if form == "xlsx" else whole.to_parquet(path)
    there = read_customers_file(path, engine).table.to_pandas()
    pd.testing.assert_frame_equal(there, here, check_dtype=False)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "customer,age\na,1\nb,2\na,3\na,4\n",
            "1 customers have more than one row, first 'a' in line 2, 4, 5",
        ),
        ("customer,age\na,1\n,2\n", "customer id is empty in 1 rows, first in line 3"),
        ("name,age\na,1\n", "no column for 'customer_id'. Found: 'name', 'age'"),
        (
            "customer,Income,Annual Income (k$)\na,1,2\n",
            "'Income' and 'Annual Income .*' both read as annual_income",
        ),
        ("customer,age\na,1\nb,2,3\n", "line 3 'b,2,3' has too few or too many cells"),
        ("customer,client id\na,b\n", "the columns 'customer' and 'client id' both read as customer_id"),
        ("customer,age\n", "the table holds no rows"),
        ("", "the file is empty"),
    ],
)
def test_a_table_that_can_not_be_used(engine: BaseBackend, tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read(tmp_path, engine, text)


def test_the_mall_is_found_by_its_name_or_says_where_to_put_it(engine: BaseBackend, tmp_path: Path) -> None:
    source = build_source(composed("data=mall", f"data.local={tmp_path}"))
    with pytest.raises(DataError, match=r"no Mall_Customers.csv .* in the folder .* not downloaded"):
        source.read(engine)
    with pytest.raises(DataError, match=r"SEGMENTLAB_DATA, which is not set"):
        build_source(composed("data=mall", "data.local=null")).read(engine)
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "Mall_Customers_genre.csv").write_text(MALL)
    dataset = source.read(engine)
    assert isinstance(dataset, CustomersOnly)
    assert (dataset.name, list(dataset.tables)) == ("mall", ["customers"])


def test_a_path_that_is_not_there(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"none\.csv: no such file"):
        CustomersFile(name="mall", path=str(tmp_path / "none.csv")).read(engine)


def test_customers_beside_transactions(engine: BaseBackend, tmp_path: Path) -> None:
    frame(SHOP).rename(columns={"customer_id": "Member"}).to_parquet(tmp_path / "shop.parquet")
    customers = tmp_path / "customers.csv"
    customers.write_text("Member,age\nanna,30\nzoe,40\nyves,50\n")
    shop = File(
        path=str(tmp_path / "shop.parquet"), columns={"customer_id": "Member"}, customers=str(customers)
    )
    dataset = shop.read(engine)
    assert list(dataset.tables) == ["transactions", "customers"]
    assert dataset.notes[-2:] == (
        "Customers table: 2 customers have no purchase and are not described.",
        "Customers table: 3 of 4 customers who bought have no row; what the table says is unknown of them.",
    )
    customers.write_text("Member,age\nanna,31\nzoe,40\nyves,50\n")
    assert shop.read(engine).digest != dataset.digest


def test_a_table_of_other_customers_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    """Everything would be unknown of everybody, and nobody would be told why."""
    frame(SHOP).to_parquet(tmp_path / "shop.parquet")
    customers = tmp_path / "customers.csv"
    customers.write_text("customer_id,age\nK-anna,30\nK-bert,40\n")
    shop = File(path=str(tmp_path / "shop.parquet"), customers=str(customers))
    with pytest.raises(
        DataError, match=r"none of its 2 customers has bought .* 'K-anna', and one of .* 'anna'"
    ):
        shop.read(engine)


@pytest.mark.realdata
def test_both_forms_of_the_mall_hold_the_same_people(engine: BaseBackend, real_data: Path) -> None:
    folder = real_data / "raw" / "mall_customers"
    one, other = (
        read_customers_file(folder / name, engine).table.to_pandas()
        for name in ("Mall_Customers.csv", "Mall_Customers_genre.csv")
    )
    assert other["customer_id"].tolist()[:2] == ["0001", "0002"]
    assert other["customer_id"].str.lstrip("0").tolist() == one["customer_id"].tolist()
    pd.testing.assert_frame_equal(one.drop(columns="customer_id"), other.drop(columns="customer_id"))
