"""A model of one shop is not taken for another, and the same shop a year later is no other."""

import random
import uuid
from collections.abc import Callable
from datetime import date

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.books.shop import (
    Shop,
    check_accept,
    compare_shops,
    describe_shop,
    find_id_shapes,
    find_shop,
)
from segmentlab.transactions.books.sums import sum_books
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import select_since, select_until
from segmentlab.transactions.synthetic import SyntheticWorld

NUMBERS = [f"{number:05}" for number in range(40)]
DELIVERY = ["fresh", "volume", "refunds"]
WORDS = ["schema", "currency", "scale", "id_shape", "known"]


def shop(**columns: object) -> Shop:
    lines = {
        "customer_id": NUMBERS,
        "quantity": 2.0,
        "unit_price": 5.0,
        "timestamp": pd.Timestamp("2024-01-01"),
        **columns,
    }
    return find_shop(ibis.duckdb.connect().create_table("log", pd.DataFrame(lines)))


@pytest.mark.parametrize(
    ("then", "now", "words"),
    [
        ({}, {"unit_price": 8.0, "country": "France"}, []),
        ({"country": "France"}, {}, ["schema"]),
        ({"description": "a mug"}, {}, []),
        ({"currency": "EUR"}, {"Currency": "USD"}, ["currency"]),
        ({"currency": "EUR"}, {"Currency Code": "EUR"}, []),
        ({"currency": "EUR"}, {"currency": " eur"}, []),
        ({"currency": "EUR"}, {}, []),
        ({}, {"unit_price": 25.1}, ["scale"]),
        ({}, {"unit_price": 0.9}, ["scale"]),
        ({}, {"unit_price": 24.0}, []),
        ({}, {"unit_price": -5.0}, []),
        ({}, {"customer_id": [f"C{one}" for one in NUMBERS]}, ["id_shape", "known"]),
        ({}, {"customer_id": NUMBERS[:10] + [f"C{one}" for one in NUMBERS[:30]]}, ["id_shape"]),
        ({}, {"customer_id": NUMBERS[:30] + [f"C{one}" for one in NUMBERS[:10]]}, []),
        ({}, {"customer_id": [f"9{one}" for one in NUMBERS]}, ["known"]),
        ({}, {"customer_id": pd.Series([None] * 40, dtype="string")}, []),
    ],
)
def test_what_differs(then: dict[str, object], now: dict[str, object], words: list[str]) -> None:
    seen = compare_shops(shop(**then), shop(**now))
    assert list(seen.differences) == words


def test_what_differs_is_said_until_it_is_accepted() -> None:
    then = shop(country="France", Currency="EUR")
    now = shop(unit_price=500.0, customer_id=[f"CA-{number}" for number in range(40)], currency="USD")
    seen = compare_shops(then, now)
    with pytest.raises(DataError, match="log is not like the data that the model has") as refused:
        seen.refuse("log", [])
    for told in (
        "schema: the model's data had country, which this data does not have",
        "currency: the model has learnt from EUR, and this data is in USD",
        "scale: a line usually cost 10.00 there, and costs 1,000.00 here",
        "id_shape: ids look like 'A-9' (9 for digits, A for letters), and like '9' there",
        "known: the model has learnt from 0.0% of these customers",
        f"accept=[{','.join(WORDS)}] scores it all the same",
    ):
        assert told in str(refused.value)
    with pytest.raises(DataError, match=r"accept=\[known\] scores"):
        seen.refuse("log", WORDS[:-1])
    seen.refuse("log", WORDS)
    assert (seen.list_accepted(WORDS), seen.note) == (WORDS, None)


def test_words_that_accept_nothing_are_refused() -> None:
    check_accept(WORDS)
    with pytest.raises(ConfigError, match=r"accept names 'money'\. Known: schema, currency"):
        check_accept(["known", "money"])
    with pytest.raises(ConfigError, match=r"expected a list: accept=\[known\]"):
        check_accept("known")


def test_it_comes_back_from_a_file_of_text(tmp_path: object) -> None:
    own, path = shop(), f"{tmp_path}/shop.csv"
    assert own.facts is not None
    own.facts.to_csv(path, index=False)
    stored = compare_shops(Shop(pd.read_csv(path)), own)
    assert (stored.differences, stored.unknown) == ({}, ("known",))
    other = shop(customer_id=[f"C{one}" for one in NUMBERS])
    assert list(compare_shops(Shop(pd.read_csv(path)), other).differences) == ["id_shape"]


@pytest.mark.parametrize(
    ("then", "unknown"),
    [
        (Shop(), [*WORDS[:3], *DELIVERY, *WORDS[3:]]),
        (Shop(customers=pd.Index(NUMBERS)), ["schema", "currency", "scale", *DELIVERY]),
        (Shop(shop().facts), ["known"]),
        (shop(), []),
    ],
)
def test_what_was_not_kept_is_told_and_stops_nobody(then: Shop, unknown: list[str]) -> None:
    seen = compare_shops(then, shop(), "the champion")
    assert (seen.differences, list(seen.unknown)) == ({}, unknown)
    if unknown:
        assert seen.note is not None
        assert seen.note.endswith(f"of the champion, for it was not kept: {', '.join(unknown)}.")
    assert seen.refuse("log", []) is None


def test_the_books_tell_the_same_shop() -> None:
    log = ibis.duckdb.connect().create_table(
        "log",
        pd.DataFrame({"customer_id": NUMBERS, "line_total": 3.0, "timestamp": pd.Timestamp("2024-01-01")}),
    )
    pd.testing.assert_frame_equal(describe_shop(log, sum_books(log, {}).lines["usual"]), find_shop(log).facts)


# Ids as shops write them; each of them is drawn anew for every customer.
WRITTEN: dict[str, Callable[[random.Random], str]] = {
    "9": lambda drawn: str(drawn.randrange(1, 10**7)),
    "A9": lambda drawn: f"C{drawn.randrange(10**6):06}",
    "A-9": lambda drawn: f"CUST-{drawn.randrange(10**6)}",
    "9.9": lambda drawn: f"{drawn.randrange(10**6)}.0",
    "A@A": lambda drawn: (
        f"{drawn.choice(['ann', 'b.o', 'k_9', 'x-y.z'])}{drawn.randrange(99)}@shop{drawn.randrange(9)}.co.uk"
    ),
    "x-x-x-x-x": lambda drawn: str(uuid.UUID(int=drawn.getrandbits(128))),
    "x": lambda drawn: f"{drawn.getrandbits(128):032x}",
}


def draw(kind: str, count: int, seed: int) -> pd.Index:
    drawn = random.Random(f"{kind} {seed}")
    return pd.Index([WRITTEN[kind](drawn) for _ in range(count)])


@given(
    st.sampled_from(list(WRITTEN)),
    st.sampled_from(list(WRITTEN)),
    st.integers(0, 10**6),
    st.integers(20, 200),
)
def test_new_customers_of_one_shop_are_written_alike_and_those_of_another_are_not(
    then: str, now: str, seed: int, count: int
) -> None:
    seen = compare_shops(Shop(customers=draw(then, count, seed)), Shop(customers=draw(now, count, seed + 1)))
    assert ("id_shape" in seen.differences) == (then != now)


@pytest.mark.parametrize("kind", WRITTEN)
def test_the_shape_of_an_id(kind: str) -> None:
    assert set(find_id_shapes(draw(kind, 50, 0))) == {kind}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = str(tmp_path_factory.mktemp("worlds"))
    found = SyntheticWorld(customers=500, seed=0, folder=folder).read(ibis.duckdb.connect())
    assert isinstance(found, Dataset)
    return found


@pytest.mark.parametrize(("learnt", "now"), [("2010-06-01", "2011-06-01"), ("2010-12-01", "2011-12-01")])
def test_a_shop_that_grew_by_a_year_is_the_same(world: Dataset, learnt: str, now: str) -> None:
    """All that there is by then, and what the last year alone holds."""
    lines, day = world.transactions, date.fromisoformat(now)
    then = find_shop(select_until(lines, date.fromisoformat(learnt)))
    for grown in (select_until(lines, day), select_since(lines, date.fromisoformat(learnt), day)):
        seen = compare_shops(then, find_shop(grown))
        assert (seen.differences, seen.note) == ({}, None)


def test_another_shop_is_not_the_generated_one(world: Dataset) -> None:
    lines = world.transactions
    other = lines.mutate(customer_id="k" + lines["customer_id"], unit_price=lines["unit_price"] * 40)
    seen = compare_shops(find_shop(lines), find_shop(other.drop("country")))
    assert list(seen.differences) == ["schema", "scale", "id_shape", "known"]
