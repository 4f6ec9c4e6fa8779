"""A shop, a model that has learnt from it, and the service on it, inside this process."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
import uvicorn
from omegaconf import OmegaConf

from segmentlab.lab.config import build_source, compose_setup
from segmentlab.lab.live.app import make_app
from segmentlab.lab.live.champion import Champion, FoundModel, fetch_model
from segmentlab.lab.live.guard import Secrets
from segmentlab.lab.live.purchase import ShopClock
from segmentlab.lab.live.start import Log, open_work
from segmentlab.lab.live.work import Work
from segmentlab.lab.tracking import open_store
from segmentlab.transactions import DuckDB
from tests.commands import SMALL, Lab
from tests.lab.live.served import ask

NOW = datetime(2012, 1, 10, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class LiveShop:
    """A log, the lab whose store has the model, and that model."""

    lab: Lab
    log: pd.DataFrame
    run_id: str
    found: FoundModel

    @property
    def sold(self) -> pd.DataFrame:
        """Lines of somebody who bought."""
        return self.log[self.log["customer_id"].notna() & (self.log["quantity"] > 0)]

    def config(self, lines: str) -> Any:
        """What a service needs to know beside the log."""
        return OmegaConf.create({"model_uri": f"runs:/{self.run_id}", "cleaning": {}, "lines": lines})


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> LiveShop:
    """Rules that compare lines, and features of several sets: all that a state can hang on."""
    lab = Lab(tmp_path_factory.mktemp("live"))
    words = ["model=kmeans", "cleaning=thorough", "features=[rfm,behaviour,products]", "report=none", SMALL]
    done = lab.run(*words)
    assert done.returncode == 0, done.stderr
    run_id = lab.runs()[0].info.run_id
    tracker = open_store(lab.uri, "segmentlab", artifacts=None)
    config = OmegaConf.create({"model_uri": f"runs:/{run_id}", "cleaning": {}})
    setup = compose_setup(["data=synthetic", SMALL, f"data.folder={lab.folder / 'worlds'}"])
    log = build_source(setup.config).read(DuckDB().connect()).transactions.to_pandas()
    return LiveShop(lab, log, run_id, fetch_model(tracker, config))


def make_log(frame: pd.DataFrame) -> Log:
    """A log as the service holds it."""
    named = frame[frame["customer_id"].notna()].astype({"timestamp": "datetime64[us]"})
    return Log(pa.Table.from_pandas(named, preserve_index=False), frame["timestamp"].max().to_pydatetime())


@dataclass
class OpenService:
    """A service of this process."""

    work: Work
    port: int
    reloaded: list[str]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return ask(self.port, method, path, body, named)

    def post(self, *lines: Any) -> tuple[int, Any]:
        """Post lines."""
        return self.ask("POST", "/purchases", list(lines))


Serve = Callable[..., OpenService]


@pytest.fixture
def serve(shop: LiveShop, tmp_path: Path) -> Iterator[Serve]:
    """Opens services, and ends them with the test."""
    opened: list[tuple[uvicorn.Server, threading.Thread]] = []

    def open_service(
        log: pd.DataFrame,
        lines: str | None = None,
        secrets: Secrets | None = None,
        clock: ShopClock | None = None,
    ) -> OpenService:
        config = shop.config(lines or f"duckdb:///{tmp_path / 'live.duckdb'}")
        work = open_work(config, shop.found, make_log(log), None)
        reloaded: list[str] = []

        def reload() -> Champion:
            reloaded.append("once")
            return work.champion

        app = make_app(work, clock or ShopClock(None, lambda: NOW), secrets or Secrets(), reload)
        server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        opened.append((server, thread))
        return OpenService(work, server.servers[0].sockets[0].getsockname()[1], reloaded)

    yield open_service
    for server, thread in opened:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="module")
def module_service(shop: LiveShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenService]:
    """One for tests that take nothing but refusals from it."""
    config = shop.config(f"duckdb:///{tmp_path_factory.mktemp('lines') / 'live.duckdb'}")
    work = open_work(config, shop.found, make_log(shop.log), None)
    app = make_app(work, ShopClock(None, lambda: NOW), Secrets(), lambda: work.champion)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    yield OpenService(work, server.servers[0].sockets[0].getsockname()[1], [])
    server.should_exit = True
    thread.join(30)
