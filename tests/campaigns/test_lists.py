"""The lists: a channel for each, products in words, and nobody of the control group."""

import pandas as pd
import pytest

from segmentlab.campaigns import assign_channels, join_products, list_contacts
from segmentlab.errors import ConfigError

IDS = pd.Series(["a", "b", "c"])
PEOPLE = pd.DataFrame(
    {
        "customer_id": IDS, "segment": 0, "name": "Best", "state": "", "action": "offer", "expected": 1.004,
        "value": [1.0, 3.0, 2.0], "channel": ["email", "email", "post"],
        "group": ["contact", "control", "contact"],
    }
)  # fmt: skip


def test_the_control_group_is_in_no_list() -> None:
    people = join_products(PEOPLE, None)
    listed = pd.concat([list_contacts(people, channel) for channel in ("email", "post")])
    assert listed["customer_id"].tolist() == ["a", "c"]
    assert listed["expected"].tolist() == [1.0, 1.0]


def test_who_is_worth_most_comes_first() -> None:
    people = join_products(PEOPLE.assign(channel="email", group="contact"), None)
    assert list_contacts(people, "email")["customer_id"].tolist() == ["b", "c", "a"]


def test_products_are_told_in_words_and_by_id_where_there_are_none() -> None:
    recommended = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b"],
            "rank": [2, 1, 1],
            "product_id": ["20", "10", "30"],
            "description": ["TWENTY ", "TEN", None],
        }
    )
    assert join_products(PEOPLE, recommended)["products"].tolist() == ["TEN; TWENTY", "30", ""]
    bare = join_products(PEOPLE, recommended.drop(columns="description"))
    assert bare["products"].tolist() == ["10; 20", "30", ""]


def test_a_column_says_who_is_contacted_by_what() -> None:
    chosen = pd.Series({"a": "post", "b": "pigeon"})
    found, others = assign_channels(IDS, ["email", "post"], chosen)
    assert found.tolist() == ["post", "email", "email"]
    assert others == 2
    with pytest.raises(ConfigError, match="channel_column"):
        assign_channels(IDS, ["email", "post"], None)
