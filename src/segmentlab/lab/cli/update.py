"""One update at the edge: new lines into what is kept, and scores of everybody from it."""

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.flow import (
    CentreRules,
    KeptLog,
    StepTimer,
    describe_kept_customers,
    find_centres,
    follow_customers,
    move_scorer,
    place_kept_customers,
)
from segmentlab.lab.cli.deliveries import NewDelivery, check_delivering, find_new_deliveries
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.score import build_output, compare_last, open_model, show_scores
from segmentlab.lab.cli.scoring_task import ScoringTask, write_scores
from segmentlab.lab.cli.screen import make_table, open_console, print_line
from segmentlab.lab.cli.terminal import show_reader_notes
from segmentlab.lab.config import Setup, build_engine, build_source, parse_day
from segmentlab.lab.outputs import OutputFile, OutputTable
from segmentlab.lab.tracking import (
    MODEL_DIGEST_TAG,
    read_shop,
)
from segmentlab.modelling import Points, measure_drift
from segmentlab.transactions import (
    DuckDB,
    Shop,
    SourceFacts,
    check_values,
    compare_shops,
    find_shop_facts,
    list_customers,
)


class Added(NamedTuple):
    """What an update found new."""

    deliveries: int
    lines: int
    repeats: tuple[str, ...]


def update_scores(setup: Setup) -> None:
    """Add what is new, one delivery after the other, and place everybody.

    A delivery is added as a whole or not at all. An update that is killed goes on where it was when it is
    made again; without anything new it places everybody once more, as of the day that is asked for.
    """
    config = setup.config
    output, follows = build_output(config), CentreRules(**config.centres)
    source, engine = build_source(config), build_engine(config)
    if not isinstance(engine, DuckDB):
        raise ConfigError("update keeps its sums with DuckDB: leave engine= out.")
    check_delivering(source, config.watermark)
    with show_progress() as narrator:
        task = open_model(config, output, parse_day(config.as_of), StepTimer(narrator.begin))
        task.recipe.features.check_kept()
        resume_collector()
        with task.steps("state"):
            kept = KeptLog(engine, Path(config.state), task.recipe.cleaning)
            learnt = read_shop(task.tracker, task.model.run_id)
            centres = _find_centres(kept, task, follows)
        with task.steps("add"):
            new = find_new_deliveries(source, kept.deliveries, config.watermark)
            added = _add_deliveries(kept, list(new), task, learnt)
        with task.steps("settle"):
            kept.settle()
        task = task._replace(dataset=_describe_kept(kept, config.state))
        if centres is not None:
            told = {"rate": follows.rate, "most": follows.most, "drift": round(centres.drift, 6)}
            scorer, rules = move_scorer(task.scorer, centres.now), {**task.rules, "centres": told}
            task = task._replace(scorer=scorer, rules=rules)
        manifest, written, ledger = _place(task, kept, learnt, output)
        if centres is not None and centres.deliveries < len(kept.deliveries):
            with task.steps("follow"):
                _move_centres(task, kept, centres, follows)
        movement = compare_last(config.history, manifest["as_of"])
    _show_added(added, ledger)
    show_scores(manifest, written, movement)
    if centres is not None:
        print_line(
            f"Centres follow their customers: none stands further from where it was learnt than "
            f"{centres.drift:.1%} of the way to the next centre, where {follows.most:.1%} is the most."
        )


def _place(
    task: ScoringTask, kept: KeptLog, learnt: Shop, output: OutputFile | OutputTable
) -> tuple[dict[str, Any], str, pd.DataFrame]:
    """Place everybody and write; what is told of them, where they are, and the ledger of all lines."""
    described = describe_kept_customers(task.recipe, kept, task.as_of, task.steps)
    scored = place_kept_customers(task.recipe, task.scorer, described, task.least, task.steps)
    with task.steps("clean"):
        ledger = kept.make_ledger(task.as_of)
    return *write_scores(task, scored, learnt.customers, output), ledger


class FollowingCentres(NamedTuple):
    """Where the centres were learnt, where they are, and after how many deliveries they came there."""

    home: Points
    now: Points
    deliveries: int

    @property
    def drift(self) -> float:
        """How far the one that has gone furthest is from home."""
        return float(measure_drift(self.home, self.now).max())


def _find_centres(kept: KeptLog, task: ScoringTask, rules: CentreRules) -> FollowingCentres | None:
    """The centres of this very model, where they shall follow; another model begins at its own."""
    if not rules.rate:
        return None
    home, known = find_centres(task.scorer), kept.read_centres(task.model.tags[MODEL_DIGEST_TAG])
    if known is None:
        return FollowingCentres(home, home, 0)
    return FollowingCentres(home, np.array(known[1], dtype=np.float64), known[0])


def _move_centres(task: ScoringTask, kept: KeptLog, centres: FollowingCentres, rules: CentreRules) -> None:
    """Once after each update that brought something: the next one places by where they have gone."""
    features = describe_kept_customers(task.recipe, kept, task.as_of, task.steps).features
    gone = follow_customers(task.scorer, centres.home, features, rules)
    kept.keep_centres(task.model.tags[MODEL_DIGEST_TAG], gone.tolist())


def _add_deliveries(kept: KeptLog, new: list[NewDelivery], task: ScoringTask, learnt: Shop) -> Added:
    """Each is read and looked at before anything of it is kept."""
    lines, repeats = 0, []
    is_first = kept.deliveries.empty
    for one in new:
        if one.source is None:
            repeats.append(one.delivery.name)
            continue
        dataset = one.source.read(kept.engine)
        table = dataset.transactions
        check_values(table, dataset.source)
        # A day of new customers is no other shop, so who is known is asked of the first delivery alone.
        people = list_customers(table) if is_first else None
        then = learnt if is_first else Shop(learnt.facts)
        compare_shops(then, Shop(find_shop_facts(table).facts, people)).refuse(dataset.source, task.accept)
        show_reader_notes([f"{one.delivery.name}: {note}" for note in dataset.notes])
        lines += kept.add(one.delivery, table, is_part=one.is_part)
        is_first = False
    return Added(len(new) - len(repeats), lines, tuple(repeats))


def _describe_kept(kept: KeptLog, state: str) -> SourceFacts:
    """All deliveries as the data that was scored; the order in which they came does not matter."""
    digest = hashlib.sha256("\n".join(sorted(kept.deliveries["digest"])).encode()).hexdigest()
    return SourceFacts(name=Path(state).stem, source=state, digest=digest)


def _show_added(added: Added, ledger: pd.DataFrame) -> None:
    """What was new, and what cleaning made of all lines until now."""
    console = open_console()
    print_line(f"\n{added.deliveries:,} new deliveries with {added.lines:,} lines.", console)
    for name in added.repeats:
        print_line(f"{name} is the same as a file that was added before: it is left out.", console)
    rows = [(row["rule"], f"{row['rows']:,}", f"{row['customers']:,}") for row in ledger.to_dict("records")]
    console.print(make_table(("rule", "lines", "customers"), rows, left=("rule",)))
