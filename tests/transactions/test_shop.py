"""A model of one shop is not taken for another."""

import ibis
import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.books.shop import describe_shop, refuse_other_shop
from segmentlab.transactions.books.sums import sum_books


def shop(**columns: object) -> pd.DataFrame:
    lines = {
        "customer_id": [f"{number:05}" for number in range(40)],
        "quantity": 2.0,
        "unit_price": 5.0,
        "timestamp": pd.Timestamp("2024-01-01"),
        **columns,
    }
    log = ibis.duckdb.connect().create_table("log", pd.DataFrame(lines))
    return describe_shop(log, sum_books(log, {}).lines["usual"])


def test_the_same_shop_is_scored() -> None:
    refuse_other_shop(shop(), shop(unit_price=8.0, country="France"), 0.5, [], "log")


def test_what_differs_is_said_until_it_is_accepted() -> None:
    then = shop(country="France", Currency="EUR")
    now = shop(unit_price=500.0, customer_id=[f"CA-{number}" for number in range(40)], currency="USD")
    with pytest.raises(DataError, match="the model's data had country") as refused:
        refuse_other_shop(then, now, 0.0, [], "log")
    words = ["schema", "currency", "scale", "id_shape", "known"]
    assert f"accept=[{','.join(words)}]" in str(refused.value)
    assert "A line usually cost 10.00 there, and costs 1,000.00 here".lower() in str(refused.value).lower()
    refuse_other_shop(then, now, 0.0, words, "log")
    with pytest.raises(ConfigError, match="accept names 'money'"):
        refuse_other_shop(then, now, 0.0, ["money"], "log")


def test_it_comes_back_from_a_file_of_text(tmp_path: object) -> None:
    path = f"{tmp_path}/shop.csv"
    shop().to_csv(path, index=False)
    refuse_other_shop(pd.read_csv(path), shop(), None, [], "log")
