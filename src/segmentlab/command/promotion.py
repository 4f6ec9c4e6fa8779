"""A promotion at the edge: choose a run, judge it, register its model, and move the alias last."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from getpass import getuser
from typing import Final

from omegaconf import DictConfig

from segmentlab.command import collector
from segmentlab.command.contest import Contest, contest
from segmentlab.command.nomination import Nominee, nominate
from segmentlab.command.promotion_in_terminal import show_contest, tell
from segmentlab.command.provenance import overrides
from segmentlab.comparing.logged import KIND_TAG
from segmentlab.errors import SegmentLabError, StoreError
from segmentlab.items import Item, Model, Summary, Table, Tag, Text
from segmentlab.report.model_card import Card, model_card
from segmentlab.tracking.clean_process import check_answer
from segmentlab.tracking.logged_runs import check_store_exists, read_customers, read_run, read_runs
from segmentlab.tracking.mlflow_tracker import MlflowTracker
from segmentlab.tracking.model import DIGEST_TAG, read_scorer
from segmentlab.tracking.registry import CHAMPION, PREVIOUS, Candidate, Registry, Version
from segmentlab.tracking.store import open_store

PROMOTION: Final = "promotion"  # the kind of a run that promotes another
EXAMPLE_ROWS: Final = 5


@dataclass(frozen=True)
class Order:
    """What is to be decided, by whom and when."""

    alias: str
    forced: str | None  # the reason to pass shut gates
    by: str
    at: str

    @property
    def tags(self) -> dict[str, str]:
        """What every run and version of a promotion is marked with."""
        command = shlex.join(["python", "src/promote.py", *overrides()])
        return {KIND_TAG: PROMOTION, "segmentlab.command": command, "segmentlab.promoted_by": self.by}


def promote(config: DictConfig) -> None:
    """Make the best run champion if it passes every gate; the store tells later who did it and why."""
    order = _order(config)
    check_store_exists(config.tracking.uri)
    tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
    registry = Registry(tracker.client, config.name)
    collector.resume()
    if not config.dry_run:
        registry.settle()
    if config.rollback:
        _roll_back(tracker, registry, order, dry_run=config.dry_run)
        return
    nominee = _nominee(tracker, config)
    champion = registry.champion()
    if champion is not None and champion.run_id == nominee.run.run_id:
        tell(f"Run {nominee.run.name} ({nominee.why}) is champion already: version {champion.number}.")
        return
    found = contest(tracker, registry, nominee)
    show_contest(found)
    _check_gates(found, order)
    rows = found.features.head(EXAMPLE_ROWS)
    if config.dry_run:
        scorer = read_scorer(tracker.client, found.source)
        check_answer(f"{found.source.address}/model", tracker.client.tracking_uri, scorer, rows)
        tell(f"Dry run: this would be {order.alias}. Nothing was changed.")
        return
    _carry_out(tracker, registry, found, order)


def _order(config: DictConfig) -> Order:
    return Order(config.alias, config.reason, _user(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))


def _user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return "unknown"


def _nominee(tracker: MlflowTracker, config: DictConfig) -> Nominee:
    runs = read_runs(tracker, config.filter)
    if not runs:
        raise StoreError(
            f"The experiment '{config.tracking.experiment}' has no finished run to promote. Make one with "
            "python src/run.py, or look into another with filter, tracking.uri and tracking.experiment."
        )
    return nominate(runs, config.run_id)


def _check_gates(found: Contest, order: Order) -> None:
    if found.shut and order.forced is None:
        told = " ".join(f"{gate.name}: {gate.reason}" for gate in found.gates if not gate.passed)
        raise SegmentLabError(
            f"Run {found.run.name} is not promoted: {', '.join(found.shut)} shut. {told} "
            "To promote it all the same, and have that recorded: force=true \"reason='...'\"."
        )


def _carry_out(tracker: MlflowTracker, registry: Registry, found: Contest, order: Order) -> None:
    """The model, a version of it, the last look at that version, its card; and the alias after all else."""
    rows = found.features.head(EXAMPLE_ROWS)
    tags = order.tags | _forced(found, order) | {"segmentlab.promoted_run": found.run.run_id}
    with tracker.run(f"promotion of {found.run.name}", tags) as log:
        log.log([Model(found.scorer, recipe=found.recipe, example=rows[list(found.scorer.features)])])
        wanted = Candidate(
            run_id=found.run.run_id,
            promotion=log.run_id,
            numbers=found.numbers,
            next_number=found.next_number,
            tags=tags | {"segmentlab.promotion": log.run_id},
        )
        with registry.candidate(wanted, order.alias) as version:
            check_answer(version.model.address, tracker.client.tracking_uri, found.scorer, rows)
            decision = _decision(found, order)
            card = model_card(_card(registry, version, found, decision))
            log.log(_items(found, version, card))
            registry.describe(version, card)
            if order.alias == CHAMPION:
                registry.crown(version, found.champion)
            else:
                registry.challenge(version)
    tell(f"Version {version.number} of '{registry.name}' is {order.alias}. {decision}")
    tell(f"Card and tables: {log.url}")
    if found.champion is not None and order.alias == CHAMPION:
        tell(f"Version {found.champion.number} is {PREVIOUS}; python src/promote.py rollback=true goes back.")


def _forced(found: Contest, order: Order) -> dict[str, str]:
    if order.forced is None:
        return {}
    return {"segmentlab.forced": ",".join(found.shut) or "none", "segmentlab.reason": order.forced}


def _decision(found: Contest, order: Order) -> str:
    """Who, when, what for, and why: the sentence that card and terminal share."""
    place = f", in place of version {found.champion.number}" if found.champion else ""
    passed = f"It passed {len(found.gates)} gates." if not found.shut else f"Shut: {', '.join(found.shut)}."
    forced = f" Promoted all the same: {order.forced}" if order.forced else ""
    return (
        f"Promoted by {order.by} on {order.at} as {order.alias}{place}; {found.nominee.why}. {passed}{forced}"
    )


def _card(registry: Registry, version: Version, found: Contest, decision: str) -> Card:
    return Card(
        title=f"{registry.name}, version {version.number}",
        decision=decision,
        run=found.run,
        segments=found.segments,
        gates=found.gates,
        identity=found.identity,
        digest=version.tags[DIGEST_TAG],
    )


def _items(found: Contest, version: Version, card: str) -> Iterator[Item]:
    import pandas as pd

    yield Text("model_card.md", card)
    yield Summary(card)
    yield Table("identity.csv", found.identity)
    yield Table("gates.csv", pd.DataFrame([vars(gate) for gate in found.gates]))
    yield Tag("segmentlab.version", str(version.number))


def _roll_back(tracker: MlflowTracker, registry: Registry, order: Order, *, dry_run: bool) -> None:
    """Champion and previous change places, once the previous one has shown that it still answers."""
    champion = registry.champion()
    if champion is None:
        raise StoreError(f"'{registry.name}' has no {CHAMPION}, so there is nothing to go back from.")
    before = registry.before(champion)
    run = read_run(tracker, before.run_id)
    rows = read_customers(tracker, run, columns=None).head(EXAMPLE_ROWS)
    scorer = read_scorer(tracker.client, before.model)
    check_answer(before.model.address, tracker.client.tracking_uri, scorer, rows)
    told = f"version {before.number} (run {run.name}) {{}} {CHAMPION}, version {champion.number} {PREVIOUS}"
    if dry_run:
        tell(f"Dry run: {told.format('would be')}. Nothing was changed.")
        return
    with tracker.run(f"rollback to version {before.number}", order.tags) as log:
        registry.roll_back(champion, before)
        log.log([Summary(f"Rolled back by {order.by} on {order.at}: {told.format('is')}.")])
    tell(f"Rolled back: {told.format('is')}.")
