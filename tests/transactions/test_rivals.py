"""A column whose name is unsure is not taken while another could be meant."""

from pathlib import Path

import ibis
import pytest

from segmentlab.errors import ConfigError
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
