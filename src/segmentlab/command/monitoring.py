"""Monitoring at the edge: a model of the store, new data, and an answer that a scheduler can act on."""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

from omegaconf import DictConfig, OmegaConf

from segmentlab.build import build_data_rules, build_engine, build_source
from segmentlab.command import collector
from segmentlab.command.champion import read_baseline
from segmentlab.command.look import tell
from segmentlab.command.monitor_items import monitor_items, write_items
from segmentlab.command.progress import progress
from segmentlab.command.watched_in_terminal import show
from segmentlab.comparing.logged import KIND_TAG
from segmentlab.errors import ConfigError
from segmentlab.history import History
from segmentlab.settings import parse_date
from segmentlab.steps import Steps
from segmentlab.tracking.logged_runs import check_store_exists
from segmentlab.tracking.store import open_store
from segmentlab.watch import Look, watch
from segmentlab.watching.check import Limits
from segmentlab.watching.movement import Movement, movement

LOOK: Final = 1
KIND: Final = "monitor"


def monitor(config: DictConfig) -> None:
    """Compare the data of now with the model's own, and keep the answer. Exits with 1 when to look."""
    look, source, engine = _look(config), build_source(config), build_engine(config)
    folder = Path(config.output)
    check_store_exists(config.tracking.uri)
    with progress() as announce:
        steps = Steps(announce)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
            baseline = read_baseline(tracker, config.model_uri).behind(build_data_rules(config))
        collector.resume()
        with steps("data"):
            dataset = source.read(engine.connect())
        tell(dataset.notes)
        tags = {KIND_TAG: KIND, "monitor.model": baseline.address, "monitor.digest": dataset.digest}
        with tracker.run(f"look at {dataset.name}", tags) as log:
            watched = watch(baseline, dataset, look, steps)
            watched = replace(watched, movement=_movement(config.history, watched.as_of))
            with steps("report"):
                items = list(monitor_items(watched))
                write_items(items, folder)
            with steps("record"):
                log.log(items)
    show(watched, folder, log.url)
    if watched.fired:
        sys.exit(LOOK)


def _look(config: DictConfig) -> Look:
    given = OmegaConf.to_container(config.limits)
    assert isinstance(given, dict)
    try:
        limits = Limits(**{str(name): float(value) for name, value in given.items()})
    except TypeError as error:
        raise ConfigError(f"limits: {error}. conf/monitor.yaml has all that there are.") from error
    for name in ("days", "latest_days"):
        if config[name] is not None and config[name] < 1:
            raise ConfigError(f"{name}={config[name]}: write 1 or more.")
    return Look(limits, parse_date(config.as_of), config.days, config.latest_days, config.refit)


def _movement(url: str | None, as_of: date) -> Movement | None:
    """Who moved between the last two scorings, where there are two."""
    if url is None:
        return None
    history = History(url)
    known = [snapshot for snapshot in history.snapshots() if snapshot <= as_of][-2:]
    if len(known) < 2:
        return None
    return movement((known[0], known[1]), history.at(known[0]), history.at(known[1]))
