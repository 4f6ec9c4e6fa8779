"""A column whose name is unsure is not taken while another could be meant."""

from pathlib import Path

import ibis
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions import Dataset, File


def read(tmp_path: Path, header: str, **said: object) -> Dataset:
    path = tmp_path / "log.csv"
    path.write_text(f"{header}\nann,till 1,1,2.50,2024-01-02 10:00\n")
    return File(path=str(path), **said).read(ibis.duckdb.connect())  # type: ignore[arg-type]


def test_a_user_may_be_the_cashier(tmp_path: Path) -> None:
    header = "Shopper,User ID,quantity,unit_price,timestamp"
    with pytest.raises(ConfigError, match=r"'User ID' may be customer_id, and so may 'Shopper'") as refused:
        read(tmp_path, header)
    assert "data.columns.customer_id='Shopper'" in str(refused.value)
    said = read(tmp_path, header, columns={"customer_id": "Shopper"})
    assert said.transactions.customer_id.to_pandas().tolist() == ["ann"]
    looked_at = read(tmp_path, header, accept=["rivals"])
    assert looked_at.transactions.customer_id.to_pandas().tolist() == ["till 1"]
    assert any("'Shopper' could be it too" in note for note in looked_at.notes)


def test_a_sure_name_is_taken_and_its_rival_told(tmp_path: Path) -> None:
    taken = read(tmp_path, "Customer ID,Email,quantity,unit_price,timestamp")
    assert taken.transactions.customer_id.to_pandas().tolist() == ["ann"]
    assert any("'Email' could be it too" in note for note in taken.notes)


def test_two_names_that_are_both_ours_are_both_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"customer_id='Customer' or data.columns.customer_id='User ID'"):
        read(tmp_path, "Customer,User ID,quantity,unit_price,timestamp")


B2B = "order_id,quantity,unit_price,timestamp"


def read_accounts(tmp_path: Path, account: str, person: str, **said: object) -> Dataset:
    """Two accounts: of the first three people buy, of the second one."""
    buyers = ["A1,ann@a.example", "A1,bob@a.example", "A1,cem@a.example", "A2,dan@b.example"]
    rows = [f"{buyer},{place},1,2.50,2024-01-0{place + 1} 10:00" for place, buyer in enumerate(buyers)]
    path = tmp_path / "b2b.csv"
    path.write_text("\n".join([f"{account},{person},{B2B}", *rows, ""]))
    return File(path=str(path), **said).read(ibis.duckdb.connect())  # type: ignore[arg-type]


def count_customers(read: Dataset) -> int:
    return int(read.transactions.customer_id.nunique().to_pandas())


def test_an_account_and_its_people_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="it could be 'account_id' or 'contact_email'"):
        read_accounts(tmp_path, "account_id", "contact_email")
    for column, customers in {"account_id": 2, "contact_email": 4}.items():
        said = read_accounts(tmp_path, "account_id", "contact_email", columns={"customer_id": column})
        assert count_customers(said) == customers
        assert not any("could be it too" in note for note in said.notes)


@pytest.mark.parametrize(("account", "person"), [("Company", "Buyer"), ("Account ID", "User ID")])
def test_a_buyer_may_be_a_person_or_a_company(tmp_path: Path, account: str, person: str) -> None:
    with pytest.raises(ConfigError, match=f"'{person}' may be customer_id, and so may '{account}'"):
        read_accounts(tmp_path, account, person)


def test_of_a_sure_name_and_its_people_it_is_said_how_many_each_makes(tmp_path: Path) -> None:
    taken = read_accounts(tmp_path, "customer_id", "contact_email")
    assert count_customers(taken) == 2
    assert (
        "'customer_id' is customer_id; 'contact_email' could be it too (data.columns.customer_id= says "
        "otherwise). That makes 2 customers; 'contact_email' would make 4."
    ) in taken.notes
    each = read_accounts(tmp_path, "customer_id", "contact_email", customer_by=["contact_email"])
    assert count_customers(each) == 4
