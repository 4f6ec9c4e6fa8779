"""The types of what the market basket is told, so that a wrong value is refused before anything runs."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from segmentlab.lab.config.settings import Tracking


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
    tracking: Tracking = field(default_factory=Tracking)


@cache
def register_basket_settings() -> None:
    """Make the type known to Hydra under the name that the config's defaults list uses."""
    ConfigStore.instance().store(name="baskets_schema", node=MarketBasket)
