"""The types of the configuration's own values, so that a wrong one is refused before anything runs.

What belongs to a library (the parameters of a model, a source, a rule) is typed by that library.
"""

import difflib
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf

from segmentlab.errors import ConfigError


@dataclass
class Evaluate:
    """How the segments are judged."""

    sample: int = MISSING


@dataclass
class Tracking:
    """Where runs are kept."""

    uri: str = MISSING
    experiment: str = MISSING


@dataclass
class Run:
    """The top level of `conf/run.yaml`."""

    engine: dict[str, Any] = MISSING
    data: dict[str, Any] = MISSING
    cleaning: dict[str, Any] = MISSING
    features: dict[str, Any] = MISSING
    prepare: dict[str, Any] = MISSING
    projection: dict[str, Any] = MISSING
    model: dict[str, Any] = MISSING
    search: dict[str, Any] = field(default_factory=dict)
    seed: int = MISSING
    as_of: str | None = MISSING
    leave_out: list[str] = MISSING
    look: bool = MISSING
    profile: bool = MISSING
    evaluate: Evaluate = field(default_factory=Evaluate)
    tracking: Tracking = field(default_factory=Tracking)


def register() -> None:
    """Make the types known to Hydra under the names that the configs' defaults lists use."""
    ConfigStore.instance().store(name="run_schema", node=Run)


def check(config: DictConfig) -> None:
    """What Hydra lets pass and nothing would read or run: told before slow libraries load."""
    unread = set(config) - set(Run.__dataclass_fields__)
    if unread:
        name = str(min(unread))
        near = difflib.get_close_matches(name, Run.__dataclass_fields__, n=1)
        hint = f"Did you mean {near[0]}?" if near else "See --cfg job for those that exist."
        raise ConfigError(f"{name}: nothing reads this key. {hint}")
    missing = sorted(OmegaConf.missing_keys(config))
    if missing:
        raise ConfigError(f"{missing[0]} has no default: add {missing[0]}=... to the command.")
    parse_date(config.as_of)


def parse_date(text: str | None) -> date | None:
    """A calendar date as `YYYY-MM-DD`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"as_of={text} is not a date: write YYYY-MM-DD, as in 2011-12-10.") from error
