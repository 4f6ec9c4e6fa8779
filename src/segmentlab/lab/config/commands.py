"""The top levels of the commands beside `run`: each a file of `conf/`, with a type for every key."""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING


@dataclass
class Tracking:
    """Where runs are kept."""

    uri: str = MISSING
    experiment: str = MISSING


@dataclass
class Compare:
    """The top level of `conf/compare.yaml`."""

    runs: list[str] = MISSING
    evaluate: dict[str, Any] = field(default_factory=dict)
    top: int = MISSING
    filter: str | None = MISSING
    output: str = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Least:
    """The history that a customer should have: `conf/score.yaml` says what each is for."""

    orders: int = MISSING
    days: int = MISSING
    otherwise: str = MISSING


@dataclass
class Steady:
    """When a customer moves to another segment: `docs/score.md` tells more."""

    min_confidence: float = MISSING
    snapshots: int = MISSING


@dataclass
class Score:
    """The top level of `conf/score.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = field(default_factory=dict)
    seed: int = MISSING
    model_uri: str = MISSING
    as_of: str | None = MISSING
    output: str | None = MISSING
    overwrite: Any = MISSING  # true, false or older
    table: str | None = MISSING
    database: str | None = MISSING
    history: str | None = MISSING
    verify: str | None = MISSING
    least: Least = field(default_factory=Least)
    steady: Steady = field(default_factory=Steady)
    accept: list[str] = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Centres:
    """How centres follow the customers: `conf/update.yaml` says what each is for."""

    rate: float = MISSING
    most: float = MISSING


@dataclass
class Update:
    """The top level of `conf/update.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = field(default_factory=dict)
    model_uri: str = MISSING
    state: str = MISSING
    watermark: str | None = MISSING
    as_of: str | None = MISSING
    output: str | None = MISSING
    overwrite: Any = MISSING  # true, false or older
    table: str | None = MISSING
    database: str | None = MISSING
    history: str | None = MISSING
    least: Least = field(default_factory=Least)
    steady: Steady = field(default_factory=Steady)
    centres: Centres = field(default_factory=Centres)
    accept: list[str] = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Monitor:
    """The top level of `conf/monitor.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = field(default_factory=dict)
    model_uri: str = MISSING
    as_of: str | None = MISSING
    days: int | None = MISSING
    latest_days: int = MISSING
    refit: bool = MISSING
    seed: int = MISSING
    limits: dict[str, float] = MISSING
    history: str | None = MISSING
    output: str = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Nightly:
    """The top level of `conf/nightly.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = field(default_factory=dict)
    seed: int = MISSING
    today: str = MISSING
    fill: int = MISSING
    inbox: str | None = MISSING
    taken: str = MISSING
    wait: float = MISSING
    model_uri: str = MISSING
    output: str | None = MISSING
    overwrite: Any = MISSING
    table: str | None = MISSING
    database: str | None = MISSING
    history: str = MISSING
    least: Least = field(default_factory=Least)
    steady: Steady = field(default_factory=Steady)
    accept: list[str] = MISSING
    days: int | None = MISSING
    look_every: int = MISSING
    latest_days: int = MISSING
    refit: bool = MISSING
    limits: dict[str, float] = MISSING
    page: str = MISSING
    log: str = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Campaign:
    """The top level of `conf/campaign.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = field(default_factory=dict)
    goal: dict[str, Any] = MISSING
    name: str | None = MISSING
    budget: float | None = MISSING
    cost: float = MISSING
    margin: float = MISSING
    control: float = MISSING
    days: int = MISSING
    per: str = MISSING
    channels: list[str] = MISSING
    channel_column: str | None = MISSING
    measure: str | None = MISSING
    contacted: str | None = MISSING
    compare: str | None = MISSING
    since: str | None = MISSING
    model_uri: str = MISSING
    as_of: str | None = MISSING
    accept: list[str] = MISSING
    history: str = MISSING
    output: str = MISSING
    seed: int = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class MarketBasket:
    """The top level of `conf/baskets.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = MISSING
    support: float = MISSING
    confidence: float = MISSING
    false_share: float = MISSING
    run: str | None = MISSING
    segments: str | None = MISSING
    as_of: str | None = MISSING
    seed: int = MISSING
    output: str = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Forget:
    """The top level of `conf/forget.yaml`."""

    customer: str = MISSING
    history: str = MISSING
    table: str | None = MISSING
    database: str | None = MISSING
    files: list[str] = MISSING
    lines: str | None = MISSING
    taken: str | None = MISSING
    log: str = MISSING


@dataclass
class Notebook:
    """The top level of `conf/notebook.yaml`."""

    notes: list[str] = MISSING
    tables_only: bool = MISSING
    again: bool = MISSING
    workers: int | None = MISSING
    folder: str = MISSING
    log: str = MISSING
    uri: str = MISSING


@dataclass
class Promote:
    """The top level of `conf/promote.yaml`."""

    run_id: str | None = MISSING
    filter: str | None = MISSING
    alias: str = MISSING
    name: str = MISSING
    dry_run: bool = MISSING
    force: bool = MISSING
    reason: str | None = MISSING
    accept: list[str] = MISSING
    rollback: bool = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Pages:
    """The top level of `conf/ui.yaml`."""

    port: int = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Dashboard:
    """The top level of `conf/app.yaml`."""

    port: int = MISSING
    write: bool = MISSING
    name: str = MISSING
    history: str = MISSING
    log: str | None = MISSING
    output: str = MISSING
    cache_folder: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@dataclass
class Serve:
    """The top level of `conf/serve.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = field(default_factory=dict)
    base: bool = MISSING
    model_uri: str = MISSING
    lines: str = MISSING
    as_of: str | None = MISSING
    zone: str | None = MISSING
    host: str = MISSING
    port: int = MISSING
    accept: list[str] = MISSING
    seed: int = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)
