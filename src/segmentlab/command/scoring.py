"""One scoring at the edge: from the store and the data to a file or a table, and to the history."""

from pathlib import Path

import pandas as pd
from omegaconf import DictConfig

from segmentlab.build import build_data_rules, build_engine, build_source
from segmentlab.command import collector
from segmentlab.command.look import tell
from segmentlab.command.progress import progress
from segmentlab.command.scores_in_terminal import show
from segmentlab.errors import ConfigError, StoreError
from segmentlab.history import History
from segmentlab.scoring.least import LeastHistory
from segmentlab.scoring.manifest import OUTPUT_COLUMNS, compared, manifest, sizes
from segmentlab.scoring.output_file import OutputFile
from segmentlab.scoring.output_table import OutputTable
from segmentlab.scoring.place import Scored, place
from segmentlab.scoring.recipe import Recipe
from segmentlab.settings import parse_date
from segmentlab.steps import Steps
from segmentlab.tracking.logged_runs import check_store_exists, read_customer_ids
from segmentlab.tracking.mlflow_tracker import MlflowTracker
from segmentlab.tracking.model import DIGEST_TAG, RECIPE_TAG, StoredModel, read_recipe, read_scorer
from segmentlab.tracking.model_address import find_model
from segmentlab.tracking.store import open_store
from segmentlab.watching.steadiness import Steadiness, settled


def score(config: DictConfig) -> None:
    """Load, describe, place, write. What can be refused is refused before anything is computed.

    The history comes before the output. A scoring that is killed between the two gives the same when it is
    made again, for in the history it takes the place of its own day.
    """
    output, least, rule = _output(config), LeastHistory(**config.least), Steadiness(**config.steady)
    as_of = parse_date(config.as_of)
    check_store_exists(config.tracking.uri)
    with progress() as announce:
        steps = Steps(announce)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        with steps("model"):
            model = find_model(tracker.client, config.model_uri)
            scorer = read_scorer(tracker.client, model)
            recipe = read_recipe(tracker.client, model).behind(build_data_rules(config))
            output.check()
        collector.resume()
        with steps("data"):
            dataset = build_source(config).read(build_engine(config).connect())
        tell(dataset.notes)
        scored = place(recipe, scorer, dataset, as_of, least, steps)
        with steps("history"):
            before, customers = _with_history(config.history, model, scored, rule)
            comparison = compared(customers, _trained(tracker, model), before)
        with steps("write"):
            told = manifest(scored, _facts(model, recipe), dataset.about, _rules(config))
            told |= {"customers": told["customers"] | comparison, "segments": sizes(customers)}
            written = output.write(customers[OUTPUT_COLUMNS], told)
    show(told, written)


def _output(config: DictConfig) -> OutputFile | OutputTable:
    """Where scores go: a file or a table."""
    if (config.output is None) == (config.table is None):
        raise ConfigError(
            "Scores go to a file or to a table: give output=scored.parquet, or table=scores with "
            f"database=, {'one of them' if config.output is None else 'not both'}."
        )
    if config.output is not None:
        return OutputFile(Path(config.output), config.overwrite)
    return OutputTable.of(config.table, config.database)


def _with_history(
    url: str | None, model: StoredModel, scored: Scored, rule: Steadiness
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The scoring before, and this one with those kept in their segment whom the rule keeps there."""
    if url is None or scored.as_of is None:
        return None, scored.customers
    history = History(url)
    before = history.before(scored.as_of)
    state = settled(before, scored.customers, scored.as_of, rule)
    history.keep(scored.as_of, model.address, state)
    steady = state.set_index("customer_id")[["segment", "name"]]
    own = scored.customers.set_index("customer_id")
    return before, own.assign(segment=steady["segment"], name=steady["name"]).reset_index()


def _trained(tracker: MlflowTracker, model: StoredModel) -> pd.Index | None:
    """Whom the model learnt from; missing where the store does not have them any more."""
    try:
        return read_customer_ids(tracker, model.run_id)
    except StoreError:
        return None


def _facts(model: StoredModel, recipe: Recipe) -> dict[str, str | None]:
    """Which model it was, so that nobody has to believe its name, and what it has learnt from."""
    digests = {"sha256": model.tags[DIGEST_TAG], "recipe_sha256": model.tags[RECIPE_TAG]}
    until = None if recipe.trained_as_of is None else recipe.trained_as_of.isoformat()
    trained = {"trained_on": recipe.trained_on, "trained_as_of": until}
    return {"address": model.address, "run": model.run_id, **digests, **trained}


def _rules(config: DictConfig) -> dict[str, object]:
    """What decides the scores beside model and data."""
    return {"least": dict(config.least), "steady": dict(config.steady)}
