"""A promotion at the edge: choose a run, judge it, register its model, and move the alias last."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from getpass import getuser
from typing import Final

import pandas as pd
from omegaconf import DictConfig

from segmentlab.errors import SegmentLabError, StoreError
from segmentlab.evaluation import KIND_TAG
from segmentlab.flow import FittedModel, Item, Summary, Table, Tag, Text
from segmentlab.lab.cli.contest import (
    Contest,
    Nominee,
    compare_with_champion_shop,
    hold_contest,
    nominate_run,
)
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.journal import note_facts
from segmentlab.lab.cli.screen import make_table, open_console, print_line
from segmentlab.lab.config import Setup, write_start
from segmentlab.lab.experiment import write_command
from segmentlab.lab.tracking import (
    CHAMPION,
    KEY_VARIABLE,
    MODEL_DIGEST_TAG,
    PREVIOUS,
    MlflowTracker,
    ModelCandidate,
    RegisteredModel,
    Registry,
    StoredModel,
    check_answer,
    check_model_folder,
    check_store_exists,
    open_store,
    read_run,
    read_runs,
    read_scorer,
    read_segment_customers,
    write_report_route,
)
from segmentlab.modelling import Scorer
from segmentlab.report import (
    SHOWN_ID,
    ModelCard,
    format_count,
    format_percent,
    list_evidence_tags,
    write_model_card,
)
from segmentlab.transactions import check_accept

# What a person sees of a promotion: what was looked at, what was decided, and what to type next.


GATE_HEADINGS: Final = ("gate", "open", "because")


def show_contest(contest: Contest) -> None:
    """Which run, which gates, and what its segments are called from now on."""
    run = contest.run
    champion = contest.champion
    against = (
        "There is no champion yet." if champion is None else f"The champion is version {champion.number}."
    )
    print_line(f"Run {run.name} ({run.run_id[:SHOWN_ID]}): {contest.nominee.why}. {against}")
    console = open_console()
    gates = [(gate.name, "yes" if gate.passed else "no", gate.reason) for gate in contest.gates]
    console.print(make_table(GATE_HEADINGS, gates, title="Gates", left=GATE_HEADINGS))
    title = "Segments by the champion's numbers" if contest.champion else "Segments"
    console.print(
        make_table(
            ("number", "segment", "in the run", "shared", "alike", "what it is"),
            _list_identities(contest),
            title=title,
            left=("segment", "what it is"),
        )
    )


def _list_identities(contest: Contest) -> Iterator[Sequence[str]]:
    """A row per segment of the run, and one per number that nobody bears any more."""
    for row in contest.identity.to_dict("records"):
        gone, new = pd.isna(row["segment"]), pd.isna(row["before"])
        number = row["before"] if gone else row["number"]
        name = "" if gone else contest.scorer.names[int(number)]
        known = ["", ""] if gone or new else [format_count(row["shared"]), format_percent(row["overlap"])]
        what = "gone" if gone else "new" if new else "kept"
        own = "" if gone else str(row["segment"])
        yield str(number), name, own, *known, what


PROMOTION_KIND: Final = "promotion"  # the kind of a run that promotes another
MODEL_EXAMPLE_ROWS: Final = 5


@dataclass(frozen=True)
class PromotionOrder:
    """What is to be decided, by whom and when."""

    alias: str
    forced: str | None  # the reason to pass shut gates
    by: str
    at: str
    command: str
    accepted: Sequence[str] = ()  # what differs from the champion's shop, and may

    @property
    def tags(self) -> dict[str, str]:
        """What every run and version of a promotion is marked with."""
        accepted = {"segmentlab.accepted": ",".join(self.accepted)} if self.accepted else {}
        return {
            KIND_TAG: PROMOTION_KIND,
            "segmentlab.command": self.command,
            "segmentlab.promoted_by": self.by,
            **accepted,
        }


def promote_run(setup: Setup) -> None:
    """Make the best run champion if it passes every gate; the store tells later who did it and why."""
    config = setup.config
    order = _read_order(setup)
    check_accept(config.accept)
    check_store_exists(config.tracking.uri)
    tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None, must_exist=True)
    registry = Registry(tracker.client, config.name)
    resume_collector()
    if not config.dry_run:
        registry.settle()
    if config.rollback:
        _roll_back(tracker, registry, order, dry_run=config.dry_run)
        return
    nominee = _find_nominee(tracker, config)
    champion = registry.champion()
    if champion is not None and champion.run_id == nominee.run.run_id:
        print_line(f"Run {nominee.run.name} ({nominee.why}) is champion already: version {champion.number}.")
        if not config.dry_run and registry.release(champion):
            print_line(f"Its release was signed with {KEY_VARIABLE}.")
        return
    order = replace(order, accepted=_check_shop(tracker, nominee, champion, config.accept))
    note_facts(run=nominee.run.run_id)
    found = hold_contest(tracker, registry, nominee)
    show_contest(found)
    _check_gates(found, order)
    rows = found.features.head(MODEL_EXAMPLE_ROWS)
    if config.dry_run:
        scorer = read_scorer(tracker.client, found.source)
        _check_folder(tracker, found.source, f"{found.source.address}/model", scorer, rows)
        print_line(f"Dry run: this would be {order.alias}. Nothing was changed.")
        return
    _carry_out_order(tracker, registry, found, order)


def _check_folder(
    tracker: MlflowTracker, model: StoredModel, address: str, scorer: Scorer, rows: pd.DataFrame
) -> None:
    """Whether a model of the store still answers as MLflow loads it: by the code that lies with it."""
    if check_model_folder(tracker.client, model):
        check_answer(address, tracker.client.tracking_uri, scorer, rows)
    else:
        print_line(f"{address} keeps no digest of its code, which was not run: an earlier version made it.")


def _read_order(setup: Setup) -> PromotionOrder:
    return PromotionOrder(
        alias=setup.config.alias,
        forced=setup.config.reason,
        by=_find_user(),
        at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        command=write_command(setup),
    )


def _find_user() -> str:
    try:
        return getuser()
    except (KeyError, OSError):  # a container may have no name for its user
        return "unknown"


def _find_nominee(tracker: MlflowTracker, config: DictConfig) -> Nominee:
    runs = read_runs(tracker, config.filter)
    if not runs:
        raise StoreError(
            f"The experiment '{config.tracking.experiment}' has no finished run to promote. Make one with "
            f"{write_start('run')}, or look into another with filter, tracking.uri and tracking.experiment."
        )
    return nominate_run(runs, config.run_id)


PROMOTION_ADVICE: Final = "Name a run of the same shop; accept=[{words}] promotes this one all the same."


def _check_shop(
    tracker: MlflowTracker, nominee: Nominee, champion: RegisteredModel | None, accept: Sequence[str]
) -> list[str]:
    """Refuse a run of another shop than the champion's, before a gate is asked; what differs and may.

    Gates judge segments, and segments of another shop may well be good ones.
    """
    seen = compare_with_champion_shop(tracker, nominee, champion)
    if seen is None:
        return []
    told = f"The data of run {nominee.run.name} ({nominee.run.run_id[:SHOWN_ID]})"
    seen.refuse(told, accept, PROMOTION_ADVICE)
    if seen.note:
        print_line(seen.note)
    return seen.list_accepted(accept)


def _check_gates(found: Contest, order: PromotionOrder) -> None:
    if found.shut and order.forced is None:
        told = " ".join(f"{gate.name}: {gate.reason}" for gate in found.gates if not gate.passed)
        raise SegmentLabError(
            f"Run {found.run.name} is not promoted: {', '.join(found.shut)} shut. {told} "
            "To promote it all the same, and have that recorded: force=true \"reason='...'\"."
        )


def _carry_out_order(
    tracker: MlflowTracker, registry: Registry, found: Contest, order: PromotionOrder
) -> None:
    """The model, a version of it, the last look at that version, its card; and the alias after all else."""
    rows = found.features.head(MODEL_EXAMPLE_ROWS)
    tags = order.tags | _list_forced_gates(found, order) | {"segmentlab.promoted_run": found.run.run_id}
    with tracker.run(f"promotion of {found.run.name}", tags) as log:
        log.log([FittedModel(found.scorer, recipe=found.recipe, example=rows[list(found.scorer.features)])])
        wanted = ModelCandidate(
            run_id=found.run.run_id,
            promotion=log.run_id,
            numbers=found.numbers,
            next_number=found.next_number,
            tags=list_evidence_tags(found.run) | tags | {"segmentlab.promotion": log.run_id},
        )
        with registry.candidate(wanted, order.alias) as version:
            check_answer(version.model.address, tracker.client.tracking_uri, found.scorer, rows)
            decision = _describe_decision(found, order)
            report = write_report_route(tracker.client, found.run.run_id)
            card = write_model_card(_write_card(registry, version, found, decision, report))
            log.log(_make_promotion_items(found, version, card))
            registry.describe(version, card)
            if order.alias == CHAMPION:
                registry.release(version)
                registry.crown(version, found.champion)
            else:
                registry.challenge(version)
    print_line(f"Version {version.number} of '{registry.name}' is {order.alias}. {decision}")
    print_line(f"Card and tables: {log.url}")
    if found.champion is not None and order.alias == CHAMPION:
        back = f"{write_start('promote')} rollback=true"
        print_line(f"Version {found.champion.number} is {PREVIOUS}; {back} goes back.")


def _list_forced_gates(found: Contest, order: PromotionOrder) -> dict[str, str]:
    if order.forced is None:
        return {}
    return {"segmentlab.forced": ",".join(found.shut) or "none", "segmentlab.reason": order.forced}


def _describe_decision(found: Contest, order: PromotionOrder) -> str:
    """Who, when, what for, and why: the sentence that card and terminal share."""
    place = f", in place of version {found.champion.number}" if found.champion else ""
    passed = f"It passed {len(found.gates)} gates." if not found.shut else f"Shut: {', '.join(found.shut)}."
    other = f" Of other data, which was accepted: {', '.join(order.accepted)}." if order.accepted else ""
    forced = f" Promoted all the same: {order.forced}" if order.forced else ""
    by = f"Promoted by {order.by} on {order.at} as {order.alias}{place}"
    return f"{by}; {found.nominee.why}. {passed}{other}{forced}"


def _write_card(
    registry: Registry, version: RegisteredModel, found: Contest, decision: str, report: str
) -> ModelCard:
    return ModelCard(
        title=f"{registry.name}, version {version.number}",
        decision=decision,
        run=found.run,
        segments=found.segments,
        gates=found.gates,
        identity=found.identity,
        digest=version.tags[MODEL_DIGEST_TAG],
        report=report,
    )


def _make_promotion_items(found: Contest, version: RegisteredModel, card: str) -> Iterator[Item]:
    import pandas as pd

    yield Text("model_card.md", card)
    yield Summary(card)
    yield Table("identity.csv", found.identity)
    yield Table("gates.csv", pd.DataFrame([vars(gate) for gate in found.gates]))
    yield Tag("segmentlab.version", str(version.number))


def _roll_back(tracker: MlflowTracker, registry: Registry, order: PromotionOrder, *, dry_run: bool) -> None:
    """Champion and previous change places, once the previous one has shown that it still answers."""
    champion = registry.champion()
    if champion is None:
        raise StoreError(f"'{registry.name}' has no {CHAMPION}, so there is nothing to go back from.")
    before = registry.before(champion)
    run = read_run(tracker, before.run_id)
    rows = read_segment_customers(tracker, run, columns=None).head(MODEL_EXAMPLE_ROWS)
    scorer = read_scorer(tracker.client, before.model)
    _check_folder(tracker, before.model, before.model.address, scorer, rows)
    told = f"version {before.number} (run {run.name}) {{}} {CHAMPION}, version {champion.number} {PREVIOUS}"
    if dry_run:
        print_line(f"Dry run: {told.format('would be')}. Nothing was changed.")
        return
    with tracker.run(f"rollback to version {before.number}", order.tags) as log:
        registry.roll_back(champion, before)
        log.log([Summary(f"Rolled back by {order.by} on {order.at}: {told.format('is')}.")])
    print_line(f"Rolled back: {told.format('is')}.")
