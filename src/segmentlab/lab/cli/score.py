"""One scoring at the edge: from the store and the data to a file or a table, and to the history."""

from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from omegaconf import DictConfig
from rich.console import Console

from segmentlab.errors import ConfigError
from segmentlab.flow import LeastHistory, Movement, Steadiness, StepTimer
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.journal import note_facts
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.scoring_task import CrowdPlace, ScoringTask, score_crowd, score_here
from segmentlab.lab.cli.screen import make_table, open_console, print_line, print_prose
from segmentlab.lab.cli.terminal import show_movement, show_reader_notes
from segmentlab.lab.config import (
    Setup,
    build_crowd_rules,
    build_data_rules,
    build_engine,
    build_source,
    parse_date,
    parse_day,
)
from segmentlab.lab.history import History
from segmentlab.lab.outputs import OutputFile, OutputTable
from segmentlab.lab.tracking import (
    check_store_exists,
    fetch_crowd,
    find_model,
    open_store,
    read_recipe,
    read_scorer,
    verify_release,
)
from segmentlab.transactions import Source, SourceFacts, check_accept

if TYPE_CHECKING:
    from segmentlab.transactions import CrowdRules

OLDER: Final = "older"  # what overwrite= says where an older day shall replace a later one

# What a person sees of a scoring: who is where, who is new or gone, and where the scores are.


def show_scores(
    manifest: Mapping[str, Any],
    written: str,
    movement: Movement | None = None,
    console: Console | None = None,
) -> None:
    """The segments, then who moved since the scoring before, and the counts that ask to be looked at."""
    console = console or open_console()
    when = f" as of {manifest['as_of']}" if manifest["as_of"] else ""
    headline = (
        f"\n{manifest['customers']['scored']:,} customers{when}, placed by {manifest['model']['address']}"
    )
    print_line(headline, console, bold=True)
    rows = [(str(row["segment"]), row["name"], f"{row['customers']:,}") for row in manifest["segments"]]
    console.print(make_table(("segment", "name", "customers"), rows, left=("segment", "name")))
    if movement is not None:
        show_movement(movement, console)
    for line in _describe_counts(manifest["customers"]):
        print_prose(line, console)
    print_line(f"Written to {written}.", console)


def _describe_counts(customers: Mapping[str, int | None]) -> Iterator[str]:
    """One line per count that is there and is not zero."""
    done = "left out" if customers["left_out"] else "marked"
    told = {
        "unseen": "the model has not learnt from them",
        "new": "were not in the scoring before",
        "vanished": "were in the scoring before, and are not any more",
        "little_history": f"have less history than least.orders and least.days ask for; they are {done}",
    }
    for key, meaning in told.items():
        if customers[key]:
            yield f"{customers[key]:,} customers: {meaning}."


def score_customers(setup: Setup) -> None:
    """Load, describe, place, write. What can be refused is refused before anything is computed.

    The history is kept when the output is ready and has only to get its name, so a scoring that fails leaves
    nothing in it. One that is killed between the two gives the same when it is made again, for in the history
    it takes the place of its own day.
    """
    config = setup.config
    if config.verify is not None:
        print_line(OutputFile(Path(config.verify), overwrite=False).verify())
        return
    output, as_of = build_output(config), parse_day(config.as_of)
    with show_progress() as narrator:
        task = open_scoring(config, output, as_of, StepTimer(narrator.begin)).at_day(as_of)
        told, written = score_day(task, output, build_crowd_rules(config))
        note_facts(day=told["as_of"])
        movement = compare_last(config.history, told["as_of"])
    show_scores(told, written, movement)


def open_scoring(
    config: DictConfig,
    output: OutputFile | OutputTable,
    as_of: date | None,
    steps: StepTimer,
    source: Source | None = None,
) -> ScoringTask:
    """All that scorings need, of whichever day: the store, the model and the data."""
    copies = LogCopies.of(config)
    task = open_model(config, output, as_of, steps)
    resume_collector()
    with steps("data"):
        dataset = copies.read(source or build_source(config), build_engine(config))
    show_reader_notes([*dataset.notes, *copies.notes])
    return task._replace(dataset=dataset)


def open_model(
    config: DictConfig, output: OutputFile | OutputTable, as_of: date | None, steps: StepTimer
) -> ScoringTask:
    """The same before any data is read: what can be refused without it is refused here."""
    least, rule = LeastHistory(**config.least), Steadiness(**config.steady)
    check_accept(config.accept)
    check_store_exists(config.tracking.uri)
    with steps("store"):
        tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
    with steps("model"):
        model = find_model(tracker.client, config.model_uri)
        note_facts(run=model.run_id)
        show_reader_notes(verify_release(model))
        scorer = read_scorer(tracker.client, model)
        recipe = read_recipe(tracker.client, model).behind(build_data_rules(config))
        output.check()
        output.check_day(as_of)
        if config.history is not None:
            History(config.history).database.check()
    return ScoringTask(
        tracker=tracker,
        model=model,
        scorer=scorer,
        recipe=recipe,
        dataset=SourceFacts(name="", source="", digest=""),
        least=least,
        rule=rule,
        history=config.history,
        accept=tuple(config.accept),
        rules=list_scoring_rules(config),
        steps=steps,
        as_of=as_of,
    )


def compare_last(history: str | None, as_of: str | None) -> Movement | None:
    """Who moved since the scoring before, where scorings are kept and there is one."""
    day = parse_date(as_of)
    return None if history is None or day is None else History(history).compare_last(day)


def score_day(
    task: ScoringTask, output: OutputFile | OutputTable, rules: "CrowdRules | None"
) -> tuple[dict[str, Any], str]:
    """Here, or in Spark where these customers or the model's own are more than shall come here."""
    if rules is None or task.books is None:
        return score_here(task, output)
    files = fetch_crowd(task.tracker, task.model.run_id, rules)
    people = int(task.books.rules["customers"].iloc[-1])
    if max(people, files.customers if files else 0) <= rules.most_here:
        return score_here(task, output)
    return score_crowd(task, output, CrowdPlace(rules, files, people))


def build_output(config: DictConfig) -> OutputFile | OutputTable:
    """Where scores go: a file or a table."""
    if (config.output is None) == (config.table is None):
        raise ConfigError(
            "Scores go to a file or to a table: give output=scored.parquet, or table=scores with "
            f"database=, {'one of them' if config.output is None else 'not both'}."
        )
    if config.output is not None:
        if config.overwrite not in (True, False, OLDER):
            raise ConfigError(f"overwrite={config.overwrite}: write true, false or {OLDER}.")
        return OutputFile(
            Path(config.output), overwrite=config.overwrite is True, older=config.overwrite == OLDER
        )
    return OutputTable.of(config.table, config.database)


def list_scoring_rules(config: DictConfig) -> dict[str, object]:
    """What decides the scores beside model and data, and what somebody has looked at."""
    accepted = {"accept": list(config.accept)} if config.accept else {}
    return {"least": dict(config.least), "steady": dict(config.steady), **accepted}
