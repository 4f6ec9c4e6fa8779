"""Who took something, by a file or by a column of the customers table."""

from pathlib import Path

import ibis
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.lab.cli.campaign_data import CampaignShop
from segmentlab.transactions import Dataset


@pytest.fixture
def shop(engine: BaseBackend) -> CampaignShop:
    """A shop whose customers table says who has a coupon."""
    people = pd.DataFrame({"customer_id": ["a", "b", "c", "d"], "coupon": ["yes", "No", "", None]})
    table = engine.create_table("people", ibis.memtable(people).to_pyarrow(), temp=True)
    dataset = Dataset(name="s", source="s", digest="d", transactions=table, customers=table)
    return CampaignShop(tracker=None, model=None, scorer=None, recipe=None, dataset=dataset)  # type: ignore[arg-type]


def test_a_column_says_who_took_it(shop: CampaignShop) -> None:
    assert shop.read_takers("coupon").tolist() == ["a"]
    assert shop.read_column("pigeon") is None


def test_a_file_lists_them_and_nobody_twice(shop: CampaignShop, tmp_path: Path) -> None:
    path = tmp_path / "takers.csv"
    path.write_text("customer_id\nb\nz\n")
    assert sorted(shop.read_takers(str(path))) == ["b", "z"]
    path.write_text("customer_id\nb\nb\n")
    with pytest.raises(DataError, match="more than one row, first 'b'"):
        shop.read_takers(str(path))
    with pytest.raises(DataError, match="no such file"):
        shop.read_takers("nowhere.csv")
