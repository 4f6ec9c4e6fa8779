"""One update at the edge: new lines into what is kept, and scores of everybody from it."""

import hashlib
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.flow import KeptLog, LeastHistory, Steadiness, StepTimer, place_kept_customers
from segmentlab.lab.cli.deliveries import NewDelivery, find_new_deliveries
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.score import build_output, compare_last, list_scoring_rules, show_scores
from segmentlab.lab.cli.scoring_task import ScoringTask, write_scores
from segmentlab.lab.cli.screen import make_table, open_console, print_line
from segmentlab.lab.cli.terminal import show_reader_notes
from segmentlab.lab.config import Setup, build_data_rules, build_engine, build_source, parse_date
from segmentlab.lab.tracking import (
    check_store_exists,
    find_model,
    open_store,
    read_recipe,
    read_scorer,
    read_shop,
)
from segmentlab.transactions import (
    DuckDB,
    Shop,
    SourceFacts,
    check_accept,
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
    output, least, rule = build_output(config), LeastHistory(**config.least), Steadiness(**config.steady)
    as_of, source, engine = parse_date(config.as_of), build_source(config), build_engine(config)
    if not isinstance(engine, DuckDB):
        raise ConfigError("update keeps its sums with DuckDB: leave engine= out.")
    check_accept(config.accept)
    check_store_exists(config.tracking.uri)
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        with steps("model"):
            model = find_model(tracker.client, config.model_uri)
            scorer = read_scorer(tracker.client, model)
            recipe = read_recipe(tracker.client, model).behind(build_data_rules(config))
            recipe.features.check_kept()
            output.check()
            output.check_day(as_of)
        resume_collector()
        with steps("state"):
            kept = KeptLog(engine, Path(config.state), recipe.cleaning)
            learnt = read_shop(tracker, model.run_id)
        task = ScoringTask(
            tracker=tracker,
            model=model,
            scorer=scorer,
            recipe=recipe,
            dataset=SourceFacts(name=Path(config.state).stem, source=str(config.state), digest=""),
            books=None,
            as_of=as_of,
            least=least,
            rule=rule,
            history=config.history,
            accept=tuple(config.accept),
            rules=list_scoring_rules(config),
            steps=steps,
        )
        with steps("add"):
            new = find_new_deliveries(source, kept.deliveries, config.watermark)
            added = _add_deliveries(kept, list(new), task, learnt)
        with steps("settle"):
            kept.settle()
        task = task._replace(dataset=_describe_kept(kept, task.dataset))
        scored = place_kept_customers(recipe, scorer, kept, as_of, least, steps)
        with steps("clean"):
            ledger = kept.make_ledger(as_of)
        told, written = write_scores(task, scored, learnt.customers, output)
        movement = compare_last(config.history, told["as_of"])
    _show_added(added, ledger)
    show_scores(told, written, movement)


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


def _describe_kept(kept: KeptLog, facts: SourceFacts) -> SourceFacts:
    """All deliveries as the data that was scored; the order in which they came does not matter."""
    digests = sorted(kept.deliveries["digest"])
    return SourceFacts(
        name=facts.name, source=facts.source, digest=hashlib.sha256("\n".join(digests).encode()).hexdigest()
    )


def _show_added(added: Added, ledger: pd.DataFrame) -> None:
    """What was new, and what cleaning made of all lines until now."""
    console = open_console()
    print_line(f"\n{added.deliveries:,} new deliveries with {added.lines:,} lines.", console)
    for name in added.repeats:
        print_line(f"{name} is the same as a file that was added before: it is left out.", console)
    rows = [(row["rule"], f"{row['rows']:,}", f"{row['customers']:,}") for row in ledger.to_dict("records")]
    console.print(make_table(("rule", "lines", "customers"), rows, left=("rule",)))
