"""Killed under load at any moment, the service has every line that it said was taken, and none twice."""

import random
import signal
import time
from pathlib import Path

import duckdb
import pytest

from tests.commands import SMALL
from tests.lab.live.conftest import LiveShop
from tests.lab.live.served import post_all, serving, write_lines

KILLS = 20


def words(shop: LiveShop, folder: Path) -> list[str]:
    lab = shop.lab
    return [
        f"tracking.uri={lab.uri}",
        f"model_uri=runs:/{shop.run_id}",
        f"data.folder={lab.folder / 'worlds'}",
        f"cache_folder={lab.folder / 'cache'}",
        f"lines=duckdb:///{folder / 'live.duckdb'}",
        SMALL,
    ]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_nothing_that_was_taken_is_lost_over_kills(shop: LiveShop, tmp_path: Path) -> None:
    chance, taken = random.Random(7), []
    lines = write_lines(shop.sold)
    for kill in range(KILLS):
        with serving(words(shop, tmp_path), tmp_path) as service:
            part = [[line | {"line_id": f"{kill}-{line['line_id']}"}] for line in lines[:3000]]
            posters = post_all(service.port, part, 8)
            time.sleep(chance.uniform(0.1, 1.5))
            service.kill()
            for poster in posters:
                poster.join()
                taken += poster.taken
    with duckdb.connect(tmp_path / "live.duckdb") as database:
        there = database.execute("select line_id from live_lines order by 1").fetchall()
    assert len(taken) > KILLS
    assert len(there) == len(set(there))
    assert set(taken) <= {line_id for (line_id,) in there}


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_whoever_ends_it_gets_what_was_begun(shop: LiveShop, tmp_path: Path, number: int) -> None:
    lines = write_lines(shop.sold.head(2000))
    with serving(words(shop, tmp_path), tmp_path) as service:
        posters = post_all(service.port, [[line] for line in lines], 8)
        time.sleep(1)
        assert service.kill(number) == 0
        for poster in posters:
            poster.join()
    said = (tmp_path / "service.log").read_text()
    assert said.endswith("Ended. Every line that was taken is in the database.\n")
    assert "Traceback" not in said
    taken = {one for poster in posters for one in poster.taken}
    with duckdb.connect(tmp_path / "live.duckdb") as database:
        there = {line_id for (line_id,) in database.execute("select line_id from live_lines").fetchall()}
    assert taken
    assert taken == there


@pytest.mark.slow
def test_what_can_be_refused_is_refused_before_a_port_is_open(shop: LiveShop, tmp_path: Path) -> None:
    for word, told in {
        "host=0.0.0.0": "lets other machines in",
        "zone=Mars": "expected a zone",
        "port=99999": "write a number up to",
        "model_uri=models:/nothing@champion": "There is no champion yet",
        "as_of=soon": "as_of",
    }.items():
        with pytest.raises(AssertionError, match=told), serving([*words(shop, tmp_path), word], tmp_path):
            pass
        said = (tmp_path / "service.log").read_text()
        assert said.startswith("Error: ")
        assert "Traceback" not in said
