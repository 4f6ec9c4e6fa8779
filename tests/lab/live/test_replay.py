"""Whatever way lines come in, customers stand where a scoring of all lines puts them."""

import random
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.flow.place import place_customers
from segmentlab.flow.steps import StepTimer
from segmentlab.lab.live.answer import _plain
from segmentlab.lab.live.champion import EVERYBODY
from segmentlab.transactions import Dataset, DuckDB
from tests.lab.live.conftest import LiveShop, Serve
from tests.lab.live.served import write_lines

TOLD = ("segment", "name", "confidence", "revenue", "state")
AHEAD = ("alive", "buys", "expected", "next_order", "late")


def score(shop: LiveShop, lines: pd.DataFrame) -> pd.DataFrame:
    """What a scoring says of these lines as of the day after the last one."""
    table = DuckDB().connect().create_table("log", lines)
    dataset = Dataset(name="all", source="all lines", digest="", transactions=table)
    recipe, scorer = shop.found.recipe, shop.found.scorer
    scored = place_customers(recipe, scorer, dataset, None, EVERYBODY, StepTimer())
    return scored.customers.set_index("customer_id")


def cut(lines: list[dict[str, object]], chance: random.Random) -> Iterator[list[dict[str, object]]]:
    """Requests of one line to forty, in any order."""
    rest = chance.sample(lines, len(lines))
    while rest:
        size = chance.randint(1, 40)
        yield rest[:size]
        rest = rest[size:]


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 5))])
def test_after_a_replay_customers_stand_where_a_scoring_puts_them(
    shop: LiveShop, serve: Serve, tmp_path: Path, seed: int
) -> None:
    """Lines of the last weeks and others from anywhere in the log come late, in any order, some twice.

    In the middle the service ends and another one begins, on the same database.
    """
    chance = random.Random(seed)
    named = shop.log[shop.log["customer_id"].notna()]
    late = named["timestamp"] >= named["timestamp"].max() - pd.Timedelta(days=chance.randint(3, 30))
    late |= named.index.isin(chance.sample(list(named.index), 200))
    first = shop.log.drop(index=named.index[late])
    posted = write_lines(named[late])
    requests = list(cut([*posted, *chance.sample(posted, 50)], chance))
    service = serve(first, f"duckdb:///{tmp_path}/first.duckdb")
    kept = 0
    for request in requests[: len(requests) // 2]:
        status, answer = service.post(*request)
        assert status == 200, answer
        kept += answer["accepted"]
    service.work.stop()

    again = serve(first, f"duckdb:///{tmp_path}/first.duckdb")
    for request in requests[len(requests) // 2 :]:
        status, answer = again.post(*request)
        assert status == 200, answer
        kept += answer["accepted"]
    assert kept == len(posted)

    right = score(shop, shop.log)
    asked = [*chance.sample(list(right.index), 60), posted[0]["customer_id"]]
    for customer in asked:
        status, told = again.ask("GET", f"/customers/{customer}")
        assert status == 200
        expected = {name: _plain(value) for name, value in right.loc[customer].items()}
        assert {name: told[name] for name in TOLD} == {name: expected[name] for name in TOLD}
        assert {name: told["ahead"][name] for name in AHEAD} == {name: expected[name] for name in AHEAD}


def test_who_is_new_has_a_place_at_once(shop: LiveShop, serve: Serve) -> None:
    service = serve(shop.log)
    line = write_lines(shop.sold.head(1))[0]
    assert service.ask("GET", "/customers/new%20one")[0] == 404
    status, answer = service.post(line | {"customer_id": "new one", "timestamp": "2011-12-09T10:00:00"})
    assert status == 200, answer
    assert answer["customers"][0]["orders"] == 1
    assert answer["customers"][0]["name"]
    assert answer["customers"][0]["last_order"] == "2011-12-09"


def test_who_only_gave_back_has_no_segment(shop: LiveShop, serve: Serve) -> None:
    service = serve(shop.log)
    line = write_lines(shop.sold.head(1))[0]
    status, answer = service.post(line | {"customer_id": "nobody", "quantity": -1})
    assert status == 200, answer
    told = answer["customers"][0]
    assert (told["segment"], told["name"], told["orders"], told["ahead"]) == (None, None, 0, None)
