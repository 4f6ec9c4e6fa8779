"""The command: what can be refused is refused before a port is opened, then it serves until it is ended."""

import importlib.util
import os
import signal
import socket
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pyarrow as pa
from omegaconf import DictConfig

from segmentlab.errors import ConfigError, DataError
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli import print_line
from segmentlab.lab.config import Setup, build_engine, build_source, parse_date
from segmentlab.lab.live.champion import TRIED, Champion, FoundModel, fetch_model
from segmentlab.lab.live.customer_lines import CustomerLines
from segmentlab.lab.live.guard import LOCAL_HOSTS, Secrets, check_host
from segmentlab.lab.live.line_store import SCHEMA, LineStore
from segmentlab.lab.live.metrics import Metrics
from segmentlab.lab.live.purchase import ShopClock
from segmentlab.lab.live.work import KnownLines, Work
from segmentlab.lab.tracking import MlflowTracker, check_store_exists, open_store, read_shop
from segmentlab.transactions import (
    FIELDS,
    LINE_TOTAL,
    Dataset,
    check_accept,
    check_values,
    compare_shops,
    find_shop,
    keep_lines,
    select_until,
)

if TYPE_CHECKING:
    import ibis.expr.types as ir

HIGHEST_PORT: Final = 65_535
GRACE: Final = 20  # seconds in which what was begun is finished when somebody ends the service
PRIVATE: Final = 0o077  # what is written holds customers


@dataclass(frozen=True)
class Log:
    """The lines that were known before anything was posted."""

    lines: pa.Table
    last: datetime | None


def serve_purchases(setup: Setup) -> None:
    """Load the champion and the lines, and answer until Ctrl-C or SIGTERM."""
    config = setup.config
    _check_packages()
    secrets = Secrets.read()
    check_host(config.host, secrets)
    check_accept(config.accept)
    clock, as_of = ShopClock(_find_zone(config.zone)), parse_date(config.as_of)
    bound = _bind(config.host, config.port)
    os.umask(PRIVATE)
    with bound:
        check_store_exists(config.tracking.uri)
        tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        found = fetch_model(tracker, config)
        log = read_log(config, tracker, found, as_of)
        work = open_work(config, found, log, as_of)

        def reload() -> Champion:
            return _reload(work, fetch_model(tracker, config))

        from segmentlab.lab.live.app import make_app

        app = make_app(work, clock, secrets, reload, local=config.host in LOCAL_HOSTS)
        host, port = bound.getsockname()[:2]
        shown = f"[{host}]" if ":" in host else host
        print_line(f"{work.champion.model.address} answers at http://{shown}:{port}. Ctrl-C ends it.")
        print_line(f"What can be asked: http://{shown}:{port}/docs")
        _run(app, bound)
    print_line("Ended. Every line that was taken is in the database.")


def read_log(config: DictConfig, tracker: MlflowTracker, found: FoundModel, as_of: date | None) -> Log:
    """The log as it was read, but for what its own files report twice; a log of another shop is refused."""
    if not config.base:
        fields = {field.name: SCHEMA.field(field.name) for field in FIELDS}
        return Log(pa.schema(list(fields.values())).empty_table(), None)
    copies = LogCopies.of(config)
    dataset = copies.read(build_source(config), build_engine(config))
    if not isinstance(dataset, Dataset):
        raise DataError(f"{dataset.source} holds customers and no purchases. Name a log, or base=false.")
    check_values(dataset.transactions, dataset.source)
    lines = keep_lines(select_until(dataset.transactions, as_of), found.of_log)
    learnt = read_shop(tracker, found.model.run_id)
    seen = compare_shops(learnt, find_shop(lines))
    seen.refuse(dataset.source, config.accept)
    if seen.note:
        print_line(seen.note)
    return Log(_fetch_lines(lines), lines["timestamp"].max().to_pyarrow().as_py())


def _fetch_lines(lines: "ir.Table") -> pa.Table:
    """Lines of known customers as columns in memory; which part of a log they are in decides nothing now."""
    own = {field.name for field in (*FIELDS, LINE_TOTAL)}
    kept = [name for name in lines.columns if name in own or name.startswith("_")]
    table = lines.filter(lines["customer_id"].notnull()).select(*kept).to_pyarrow()
    plain = [pa.field(field.name, _find_type(field.type)) for field in table.schema]
    return table.cast(pa.schema(plain))


def _find_type(kind: pa.DataType) -> pa.DataType:
    """Microseconds, and numbers that may be fractions: posted lines have these."""
    if pa.types.is_timestamp(kind):
        return pa.timestamp("us")
    return pa.float64() if pa.types.is_integer(kind) or pa.types.is_decimal(kind) else kind


def open_work(config: DictConfig, found: FoundModel, log: Log, as_of: date | None) -> Work:
    """The lines that were posted before, and a champion that was tried on some customers."""
    store = LineStore(config.lines)
    posted = store.read()
    lines = CustomerLines(log.lines, posted, log.last)
    champion = Champion(found, lines.schema)
    work = Work(store, lines, KnownLines(store, posted), champion, Metrics())
    work.as_of = as_of
    _try_out(work, champion)
    return work


def _try_out(work: Work, champion: Champion) -> None:
    champion.try_out(work.lines.gather(work.lines.sample(TRIED)), work.day)


def _reload(work: Work, found: FoundModel) -> Champion:
    """Another champion for the same lines; the one before goes when nobody asks it any more."""
    if found.of_log != work.champion.of_log:
        raise ConfigError(
            f"{found.model.address} cleans the log by other rules than the model before, so it has to be "
            "read again: start the service again."
        )
    champion = Champion(found, work.lines.schema)
    _try_out(work, champion)
    return champion


def _run(app: object, bound: socket.socket) -> None:
    """Serve until a signal; what was begun is finished.

    Uvicorn raises the signal once more when it has ended, and by then nobody has to hear it.
    """
    import uvicorn

    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        settings = uvicorn.Config(
            app,  # type: ignore[arg-type]  # its own protocol
            log_level="warning",
            access_log=False,  # addresses of customers are among the paths
            server_header=False,
            timeout_graceful_shutdown=GRACE,
        )
        uvicorn.Server(settings).run(sockets=[bound])
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bind(host: str, port: int) -> socket.socket:
    """The port, before anything slow is done; 0 is any that is free."""
    if not 0 <= port <= HIGHEST_PORT:
        raise ConfigError(f"port={port}: write a number up to {HIGHEST_PORT}; 0 is any that is free.")
    try:
        family, kind, proto, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind, proto)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as error:
        raise ConfigError(
            f"host={host} port={port} can't be used ({error.strerror}): another program has it, or it is no "
            "address of this machine. Choose another."
        ) from error
    return bound


def _find_zone(name: str | None) -> ZoneInfo | None:
    try:
        return None if name is None else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"zone={name!r}: expected a zone such as Europe/Berlin or UTC.") from None


def _check_packages() -> None:
    missing = [name for name in ("fastapi", "uvicorn") if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"The service needs {' and '.join(missing)}. Install it with: python -m pip install "
            "'segmentlab[serve]' (in a checkout: python -m pip install -e '.[serve]')."
        )
