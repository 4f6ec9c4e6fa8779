"""Monitoring at the edge: a model of the store, new data, and an answer that a scheduler can act on."""

import math
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import pandas as pd
from omegaconf import DictConfig, OmegaConf
from rich.console import Console

from segmentlab.errors import ConfigError, StoreError
from segmentlab.evaluation import KIND_TAG
from segmentlab.flow import (
    AlarmLimits,
    Figure,
    Item,
    Metric,
    StepTimer,
    Summary,
    Table,
    Tag,
    Text,
    WatchBaseline,
    WatchResult,
    WatchRules,
    alarm_table,
    explain_moves,
    watch_segments,
)
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.journal import note_facts
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.screen import make_table, open_console, print_line
from segmentlab.lab.cli.terminal import show_movement, show_reader_notes
from segmentlab.lab.config import (
    Setup,
    build_crowd_rules,
    build_data_rules,
    build_engine,
    build_plan,
    build_source,
    parse_day,
)
from segmentlab.lab.experiment import read_logged_config
from segmentlab.lab.history import History
from segmentlab.lab.outputs import check_output_folder
from segmentlab.lab.tracking import (
    MlflowTracker,
    check_store_exists,
    explain_store_errors,
    fetch_crowd,
    find_model,
    open_store,
    read_recipe,
    read_run,
    read_scorer,
    read_shop_facts,
    read_table,
    write_items,
)
from segmentlab.report import (
    draw_flows,
    draw_monitor_pictures,
    make_alarm_page_table,
    sort_fired_first,
    write_monitor_page,
)
from segmentlab.transactions import CustomersOnly, Dataset

if TYPE_CHECKING:
    from segmentlab.transactions import CrowdRules

# Reads the model that is watched, with all that its run left to compare with.


CHAMPION_CUSTOMERS, CHAMPION_LEDGER = "segments/customers.parquet", "data/ledger.csv"


def read_baseline(tracker: MlflowTracker, address: str, crowd: "CrowdRules | None" = None) -> WatchBaseline:
    """The model that the address names: the champion, unless somebody wants another.

    Where there are rules for very many customers, its own are left in their files.
    """
    client = tracker.client
    model = find_model(client, address)
    with explain_store_errors(
        f"model_uri={address} can't be read", "Look whether its run is still in the store."
    ):
        scorer, recipe = read_scorer(client, model), read_recipe(client, model)
        if recipe.trained_as_of is None:
            raise StoreError(
                f"{model.address} was made of customers without transactions, so there is nothing that could "
                "drift from month to month. Watch a model that was made of transactions."
            )
        files = None if crowd is None else fetch_crowd(tracker, model.run_id, crowd)
        return WatchBaseline(
            address=model.address,
            scorer=scorer,
            recipe=recipe,
            features=files or _read_features(tracker, model.run_id, scorer.features),
            ledger=read_table(tracker, model.run_id, CHAMPION_LEDGER),
            plan=build_plan(read_logged_config(tracker, read_run(tracker, model.run_id))),
            shop=read_shop_facts(tracker, model.run_id),
        )


def _read_features(tracker: MlflowTracker, run_id: str, names: Sequence[str]) -> pd.DataFrame:
    """What the run kept of its customers."""
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        path = tracker.client.download_artifacts(run_id, CHAMPION_CUSTOMERS, folder)
        return pd.read_parquet(path, columns=["customer_id", *names]).set_index("customer_id")


# What a look leaves behind: in the store, and in a folder where it is easy to find.


def make_monitor_items(watched: WatchResult) -> Iterator[Item]:
    """The answer, every number, the page, and the tables behind it."""
    pictures = draw_monitor_pictures(watched)
    yield Summary(watched.answer)
    yield Tag("monitor.fired", ",".join(check.name for check in watched.fired) or "none")
    for check in watched.checks:
        if not math.isnan(check.value):
            yield Metric(f"monitor/{check.name}", check.value)
    yield Text("monitor.html", write_monitor_page(watched, pictures))
    yield Table("checks.csv", alarm_table(watched.checks))
    yield Table("features.csv", watched.drift.features.round(6))
    yield Table("segments.csv", watched.drift.segments.rename_axis("segment").round(6).reset_index())
    yield Table("ledger.csv", watched.delivery.ledger.rename_axis("rule").round(6).reset_index())
    if watched.delivery.countries is not None:
        yield Table("countries.csv", watched.delivery.countries.round(6).reset_index())
    if watched.movement is not None:
        yield Table("movement.csv", watched.movement.pairs.round(6))
        yield Table("since_last_time.csv", explain_moves(watched.movement).round(6))
        yield Figure(draw_flows(watched.movement))
    for picture in pictures:
        yield Figure(picture)


# What a person sees of a look: the checks, those that fired first, and where the rest is.


SEEN_HEADING: Final = "What was seen"


def show_watch(watched: WatchResult, folder: Path, url: str, console: Console | None = None) -> None:
    """The answer and every check."""
    console = console or open_console()
    content = make_alarm_page_table(watched.checks)
    shown = zip(content.rows, sort_fired_first(watched.checks), strict=True)
    headings = [*content.headings, SEEN_HEADING]
    rows = [[*row, check.told] for row, check in shown]
    console.print(make_table(headings, rows, title=content.title, left=(headings[0], SEEN_HEADING)))
    if watched.movement is not None:
        show_movement(watched.movement, console)
    for line in (watched.answer, f"Page and tables: {folder}", f"Run: {url}"):
        print_line(line, console)


LOOK_EXIT: Final = 1
MONITOR_KIND: Final = "monitor"


def monitor_model(setup: Setup) -> None:
    """Compare the data of now with the model's own, and keep the answer. Exits with 1 when to look."""
    config = setup.config
    look, source, engine = (
        build_look(config, parse_day(config.as_of)),
        build_source(config),
        build_engine(config),
    )
    copies, folder = LogCopies.of(config), check_output_folder(Path(config.output))
    check_store_exists(config.tracking.uri)
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
            baseline = read_baseline(tracker, config.model_uri, build_crowd_rules(config))
            baseline = baseline.behind(build_data_rules(config))
        resume_collector()
        with steps("data"):
            dataset = copies.read(source, engine)
        show_reader_notes([*dataset.notes, *copies.notes])
        watched, url = keep_look(tracker, baseline, dataset, look, config.history, folder, steps)
    show_watch(watched, folder, url)
    if watched.fired:
        sys.exit(LOOK_EXIT)


def keep_look(
    tracker: MlflowTracker,
    baseline: WatchBaseline,
    dataset: Dataset | CustomersOnly,
    look: WatchRules,
    history: str | None,
    folder: Path,
    steps: StepTimer,
) -> tuple[WatchResult, str]:
    """Look, and keep what was seen: in the folder, where the next look replaces it, and as a run.

    Returns:
        What was seen, and where the run is.
    """
    tags = {KIND_TAG: MONITOR_KIND, "monitor.model": baseline.address, "monitor.digest": dataset.digest}
    with tracker.run(f"look at {dataset.name}", tags) as log:
        note_facts(run=log.run_id)
        watched = watch_segments(baseline, dataset, look, steps)
        note_facts(day=watched.as_of)
        if history is not None:
            watched = replace(watched, movement=History(history).compare_last(watched.as_of))
        with steps("report"):
            items = list(make_monitor_items(watched))
            write_items(items, folder, figures=False)
        with steps("record"):
            log.log(items)
    return watched, log.url


def _read_limit(name: str, given: object) -> float:
    """A limit that something can be beyond: against one that is no number every check would be fine."""
    try:
        limit = float(str(given))
    except ValueError:
        limit = math.nan
    if math.isfinite(limit) and limit >= 0:
        return limit
    raise ConfigError(
        f"limits.{name}={given}: write a number from 0 up; conf/limits/usual.yaml has the usual."
    )


def build_look(config: DictConfig, as_of: date | None) -> WatchRules:
    """What is looked at, and how far it may go."""
    given = OmegaConf.to_container(config.limits)
    assert isinstance(given, dict)
    try:
        limits = AlarmLimits(**{str(name): _read_limit(str(name), value) for name, value in given.items()})
    except TypeError as error:
        raise ConfigError(f"limits: {error}. --help has all that there are.") from error
    for name in ("days", "latest_days"):
        if config[name] is not None and config[name] < 1:
            raise ConfigError(f"{name}={config[name]}: write 1 or more.")
    return WatchRules(limits, as_of, config.days, config.latest_days, config.refit)
