"""The types of the configuration's own values, so that a wrong one is refused before anything runs.

What belongs to a library (the parameters of a model, a source, a rule) is typed by that library.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cache
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from segmentlab.errors import ConfigError
from segmentlab.lab.config.commands import (
    Campaign,
    Compare,
    Dashboard,
    Forget,
    MarketBasket,
    Monitor,
    Nightly,
    Notebook,
    Pages,
    Promote,
    Score,
    Serve,
    Tracking,
    Update,
)
from segmentlab.lab.config.value_checks import (
    check_draws,
    check_horizons,
    check_promotion,
    check_report,
    check_weeks,
)
from segmentlab.redaction import learn_secrets

LARGEST_SEED = 2**32 - 1  # that NumPy takes
TODAY = "today"  # as a day, what the clock says
HISTORY_FILE = "duckdb:///"
WRITTEN_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass
class Evaluate:
    """How much is drawn to judge the segments: `docs/evidence.md` says what each count is for."""

    sample: int = MISSING
    refit_sample: int = MISSING
    small_sample: int = MISSING
    bootstraps: int = MISSING
    splits: int = MISSING
    seeds: int = MISSING
    nulls: int = MISSING
    gaps: int = MISSING
    random: int = MISSING
    resamples: int = MISSING
    views: int = MISSING
    holdout_days: int = MISSING
    cutoffs: int = MISSING


@dataclass
class Value:
    """For how many days ahead it is said what to expect of customers."""

    horizons: list[int] = MISSING


@dataclass
class Stock:
    """For how many weeks ahead it is said what each segment will buy."""

    weeks: int | None = MISSING


@dataclass
class Tune:
    """A study: `conf/tune/optuna.yaml` says what each is for."""

    trials: int = MISSING
    seconds: float | None = MISSING
    patience: int | None = MISSING
    objectives: list[str] = MISSING
    bootstraps: int = MISSING
    splits: int = MISSING
    least_coverage: float = MISSING
    least_share: float = MISSING
    segments: list[int] = MISSING
    sampler: str = MISSING
    choice: str = MISSING
    models: list[str] = MISSING
    space: dict[str, Any] = MISSING
    scored_in: str | None = MISSING
    storage: str = MISSING
    study: str | None = MISSING
    workers: int = MISSING
    log_trials: str = MISSING
    memory_gib: float = MISSING


@dataclass
class Run:
    """The top level of `conf/run.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = MISSING
    features: dict[str, Any] = MISSING
    outliers: dict[str, Any] = field(default_factory=dict)
    one_time: dict[str, Any] = field(default_factory=dict)
    prepare: dict[str, Any] = MISSING
    projection: dict[str, Any] = MISSING
    model: dict[str, Any] = MISSING
    search: dict[str, Any] = field(default_factory=dict)
    view: dict[str, Any] = MISSING
    names: dict[str, Any] = MISSING
    seed: int = MISSING
    as_of: str | None = MISSING
    leave_out: list[str] = MISSING
    again: str | None = MISSING
    report: str = MISSING
    history: str | None = MISSING
    look: bool = MISSING
    profile: bool = MISSING
    cache: bool = MISSING
    cache_folder: str = MISSING
    log_copies: str = MISSING
    tune: dict[str, Any] = field(default_factory=dict)
    evaluate: Evaluate = field(default_factory=Evaluate)
    baskets: float | None = MISSING
    value: Value = field(default_factory=Value)
    stock: Stock = field(default_factory=Stock)
    log: str = MISSING
    tracking: Tracking = field(default_factory=Tracking)


@cache
def register_settings() -> None:
    """Make the types known to Hydra under the names that the configs' defaults lists use."""
    ConfigStore.instance().store(name="run_schema", node=Run)
    ConfigStore.instance().store(name="compare_schema", node=Compare)
    ConfigStore.instance().store(name="promote_schema", node=Promote)
    ConfigStore.instance().store(name="monitor_schema", node=Monitor)
    ConfigStore.instance().store(name="nightly_schema", node=Nightly)
    ConfigStore.instance().store(name="forget_schema", node=Forget)
    ConfigStore.instance().store(name="campaign_schema", node=Campaign)
    ConfigStore.instance().store(name="baskets_schema", node=MarketBasket)
    ConfigStore.instance().store(name="notebook_schema", node=Notebook)
    ConfigStore.instance().store(name="score_schema", node=Score)
    ConfigStore.instance().store(name="update_schema", node=Update)
    ConfigStore.instance().store(name="ui_schema", node=Pages)
    ConfigStore.instance().store(name="app_schema", node=Dashboard)
    ConfigStore.instance().store(name="serve_schema", node=Serve)


def register_overlay(
    name: str, options: Mapping[str, str | Sequence[str] | None], values: Mapping[str, object]
) -> str:
    """Keep an overlay in memory, as a file of experiments/ holds one; returns the word that asks for it."""
    defaults = [{f"override /{group}": option} for group, option in options.items()]
    node = {"defaults": defaults, **values}
    ConfigStore.instance().store(group="experiments", name=name, node=node, package="_global_")
    return f"experiments={name}"


def check_settings(config: DictConfig) -> None:
    """What Hydra lets pass and nothing would read or run: told before slow libraries load."""
    learn_secrets(OmegaConf.to_container(config, resolve=True))
    schema = OmegaConf.get_type(config) or Run
    known = [key.name for key in fields(schema)]
    unread = set(config) - set(known)
    if unread:
        name = str(min(unread))
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else "See --cfg job for those that exist."
        raise ConfigError(f"{name}: nothing reads this key. {hint}")
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise ConfigError(f"{missing[0]} has no default: add {missing[0]}=... to the command.")
    if "seed" in known and not 0 <= config.seed <= LARGEST_SEED:
        raise ConfigError(f"seed={config.seed}: write a whole number from 0 to {LARGEST_SEED}.")
    if "tracking" in known and not str(config.tracking.experiment).strip():
        raise ConfigError(
            "tracking.experiment is empty: write the name of an experiment, such as segmentlab."
        )
    if "history" in known and config.history is not None and not config.history.startswith(HISTORY_FILE):
        from segmentlab.transactions import DatabaseAddress

        DatabaseAddress.parse(config.history, "history")  # it may be used in the end alone, after an hour
    if schema is Promote:
        check_promotion(config)
    if schema is Run:
        parse_date(config.as_of)
        read_tuning(config)
        check_report(config.report)
        check_draws(config.evaluate)
        check_horizons(config.value.horizons)
        check_weeks(config.stock.weeks)


def read_tuning(config: DictConfig) -> Tune | None:
    """The study that is asked for, each value of its type; nothing without one."""
    if not config.tune:
        return None
    given = OmegaConf.to_container(config.tune, resolve=True)
    found = OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Tune), given))
    assert isinstance(found, Tune)
    return found


def parse_day(text: str | None, key: str = "as_of") -> date | None:
    """A calendar date, or `today`: a feed that has died is seen by the clock alone."""
    return date.today() if text == TODAY else parse_date(text, key)


def parse_date(text: str | None, key: str = "as_of") -> date | None:
    """A calendar date as `YYYY-MM-DD`."""
    if text is None:
        return None
    try:
        if WRITTEN_DATE.fullmatch(text):  # Python takes 20111210 too, and 20111210.5
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ConfigError(f"{key}={text} is not a date: write YYYY-MM-DD, as in 2011-12-10.")
