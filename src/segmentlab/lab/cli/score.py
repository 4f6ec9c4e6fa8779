"""One scoring at the edge: from the store and the data to a file or a table, and to the history."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig
from rich.console import Console

from segmentlab.errors import ConfigError
from segmentlab.flow import (
    LeastHistory,
    Recipe,
    ScoredCustomers,
    Steadiness,
    StepTimer,
    place_customers,
    settle_segments,
)
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.screen import make_table, open_console, print_line, print_prose
from segmentlab.lab.cli.terminal import show_reader_notes
from segmentlab.lab.config import Setup, build_data_rules, build_engine, build_source, parse_date
from segmentlab.lab.history import History
from segmentlab.lab.outputs import (
    OUTPUT_COLUMNS,
    OutputFile,
    OutputTable,
    compare_scorings,
    count_segment_sizes,
    write_manifest,
)
from segmentlab.lab.tracking import (
    MODEL_DIGEST_TAG,
    RECIPE_TAG,
    StoredModel,
    check_store_exists,
    find_model,
    open_store,
    read_recipe,
    read_scorer,
    read_shop,
)
from segmentlab.transactions import (
    Dataset,
    Shop,
    check_accept,
    check_values,
    compare_shops,
    keep_books,
    list_customers,
    select_until,
)

# What a person sees of a scoring: who is where, who is new or gone, and where the scores are.


def show_scores(manifest: Mapping[str, Any], written: str, console: Console | None = None) -> None:
    """The segments, then the counts that ask to be looked at."""
    console = console or open_console()
    when = f" as of {manifest['as_of']}" if manifest["as_of"] else ""
    headline = (
        f"\n{manifest['customers']['scored']:,} customers{when}, placed by {manifest['model']['address']}"
    )
    print_line(headline, console, bold=True)
    rows = [(str(row["segment"]), row["name"], f"{row['customers']:,}") for row in manifest["segments"]]
    console.print(make_table(("segment", "name", "customers"), rows, left=("segment", "name")))
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

    The history comes before the output. A scoring that is killed between the two gives the same when it is
    made again, for in the history it takes the place of its own day.
    """
    config = setup.config
    output, least, rule = _build_output(config), LeastHistory(**config.least), Steadiness(**config.steady)
    as_of, copies = parse_date(config.as_of), LogCopies.of(config)
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
            output.check()
        resume_collector()
        with steps("data"):
            dataset = copies.read(build_source(config), build_engine(config))
        show_reader_notes([*dataset.notes, *copies.notes])
        learnt = read_shop(tracker, model.run_id)
        if isinstance(dataset, Dataset):
            with steps("clean"):
                _check_books(learnt, recipe, dataset, as_of, config.accept)
        scored = place_customers(recipe, scorer, dataset, as_of, least, steps)
        with steps("history"):
            before, customers = _steady_scores(config.history, model, scored, rule)
            comparison = compare_scorings(customers, learnt.customers, before)
        with steps("write"):
            told = write_manifest(
                scored, _describe_model(model, recipe), dataset.about, _list_scoring_rules(config)
            )
            told |= {"customers": told["customers"] | comparison, "segments": count_segment_sizes(customers)}
            written = output.write(customers[OUTPUT_COLUMNS], told)
    show_scores(told, written)


def _check_books(
    learnt: Shop, recipe: Recipe, dataset: Dataset, as_of: date | None, accept: Sequence[str]
) -> None:
    """Refuse data that does not add up, and data of another shop than the model's."""
    check_values(dataset.transactions, dataset.source)
    books = keep_books(dataset, recipe.cleaning, as_of)
    books.refuse(dataset.source)
    own = Shop(books.shop, list_customers(select_until(dataset.transactions, as_of)))
    seen = compare_shops(learnt, own)
    seen.refuse(dataset.source, accept)
    if seen.note:
        print_line(seen.note)


def _build_output(config: DictConfig) -> OutputFile | OutputTable:
    """Where scores go: a file or a table."""
    if (config.output is None) == (config.table is None):
        raise ConfigError(
            "Scores go to a file or to a table: give output=scored.parquet, or table=scores with "
            f"database=, {'one of them' if config.output is None else 'not both'}."
        )
    if config.output is not None:
        return OutputFile(Path(config.output), config.overwrite)
    return OutputTable.of(config.table, config.database)


def _steady_scores(
    url: str | None, model: StoredModel, scored: ScoredCustomers, rule: Steadiness
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The scoring before, and this one with those kept in their segment whom the rule keeps there."""
    if url is None or scored.as_of is None:
        return None, scored.customers
    history = History(url)
    before = history.before(scored.as_of)
    state = settle_segments(before, scored.customers, scored.as_of, rule)
    history.keep(scored.as_of, model.address, state)
    steady = state.set_index("customer_id")[["segment", "name"]]
    own = scored.customers.set_index("customer_id")
    return before, own.assign(segment=steady["segment"], name=steady["name"]).reset_index()


def _describe_model(model: StoredModel, recipe: Recipe) -> dict[str, str | None]:
    """Which model it was, so that nobody has to believe its name, and what it has learnt from."""
    digests = {"sha256": model.tags[MODEL_DIGEST_TAG], "recipe_sha256": model.tags[RECIPE_TAG]}
    until = None if recipe.trained_as_of is None else recipe.trained_as_of.isoformat()
    trained = {"trained_on": recipe.trained_on, "trained_as_of": until}
    return {"address": model.address, "run": model.run_id, **digests, **trained}


def _list_scoring_rules(config: DictConfig) -> dict[str, object]:
    """What decides the scores beside model and data, and what somebody has looked at."""
    accepted = {"accept": list(config.accept)} if config.accept else {}
    return {"least": dict(config.least), "steady": dict(config.steady), **accepted}
