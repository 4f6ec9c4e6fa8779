"""What a scoring does with its customers: here, a row for each, or in Spark where they are very many."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from segmentlab.flow import (
    STATE_COLUMNS,
    LeastHistory,
    Recipe,
    ScoredCrowd,
    ScoredCustomers,
    Steadiness,
    StepTimer,
    compare_crowd_shops,
    keep_ids,
    place_crowd,
    place_customers,
    settle_crowd,
    settle_segments,
)
from segmentlab.lab.cli.screen import print_line
from segmentlab.lab.experiment import add_standing
from segmentlab.lab.history import History
from segmentlab.lab.outputs import (
    OUTPUT_COLUMNS,
    OutputFile,
    OutputTable,
    Ready,
    compare_scored_crowds,
    compare_scorings,
    count_segment_sizes,
    list_segment_sizes,
    select_output,
    write_manifest,
)
from segmentlab.lab.tracking import (
    MODEL_DIGEST_TAG,
    RECIPE_TAG,
    MlflowTracker,
    StoredModel,
    read_shop,
    read_shop_facts,
)
from segmentlab.modelling import Scorer
from segmentlab.transactions import (
    Books,
    CustomersOnly,
    Dataset,
    Delivered,
    Shop,
    ShopComparison,
    SourceFacts,
    check_values,
    compare_shops,
    keep_books,
    list_customers,
    read_blocks,
    select_until,
)

if TYPE_CHECKING:
    from segmentlab.transactions import Crowd, CrowdFiles, CrowdRules


class ScoringTask(NamedTuple):
    """Who is scored by what, and what decides beside."""

    tracker: MlflowTracker
    model: StoredModel
    scorer: Scorer
    recipe: Recipe
    dataset: SourceFacts  # of which a scoring reads lines or customers
    least: LeastHistory
    rule: Steadiness
    history: str | None
    accept: tuple[str, ...]
    rules: Mapping[str, object]  # what is said of these choices in the manifest
    steps: StepTimer
    as_of: date | None = None
    books: Books | None = None  # of transactions until that day

    def at_day(self, as_of: date | None) -> "ScoringTask":
        """The same of a day, with the books until then; data that does not add up is refused."""
        if not isinstance(self.dataset, Dataset):
            return self._replace(as_of=as_of)
        with self.steps("clean"):
            return self._replace(as_of=as_of, books=open_books(self.recipe, self.dataset, as_of))

    def tell(
        self,
        scored: ScoredCustomers | ScoredCrowd,
        compared: Mapping[str, int | None],
        sizes: list[dict[str, Any]],
    ) -> dict[str, Any]:
        """The manifest."""
        told = write_manifest(
            scored, _describe_model(self.model, self.recipe), self.dataset.about, self.rules
        )
        return told | {"customers": told["customers"] | compared, "segments": sizes}

    def refuse(self, seen: ShopComparison) -> None:
        """Stop at data of another shop than the model's."""
        seen.refuse(self.dataset.source, self.accept)
        if seen.note:
            print_line(seen.note)


def open_books(recipe: Recipe, dataset: Dataset, as_of: date | None) -> Books:
    """The books of the data as the model cleans it; data that does not add up is refused."""
    check_values(dataset.transactions, dataset.source)
    books = keep_books(dataset, recipe.cleaning, as_of)
    books.refuse(dataset.source)
    return books


def score_here(task: ScoringTask, output: OutputFile | OutputTable) -> tuple[dict[str, Any], str]:
    """Place all customers here; what is told of them, and where they are."""
    assert isinstance(task.dataset, Dataset | CustomersOnly)
    learnt = check_delivered(task)
    scored = place_customers(task.recipe, task.scorer, task.dataset, task.as_of, task.least, task.steps)
    return write_scores(task, scored, learnt.customers, output)


def check_delivered(task: ScoringTask) -> Shop:
    """Refuse data that is not like the model's, or did not come as usual; the shop that the model knows."""
    learnt = read_shop(task.tracker, task.model.run_id)
    if task.books is not None and isinstance(task.dataset, Dataset):
        with task.steps("clean"):
            lines = select_until(task.dataset.transactions, task.as_of)
            own = Shop(task.books.shop, list_customers(lines), Delivered.of(lines, task.as_of))
            task.refuse(compare_shops(learnt, own))
    return learnt


def write_scores(
    task: ScoringTask, scored: ScoredCustomers, learnt: pd.Index | None, output: OutputFile | OutputTable
) -> tuple[dict[str, Any], str]:
    """Settle who moves, and write; `learnt` are the customers of the model's own data."""
    with task.steps("history"):
        before, customers, keep = _steady_scores(task, scored)
        comparison = compare_scorings(customers, learnt, before)
    with task.steps("write"):
        told = task.tell(scored, comparison, count_segment_sizes(customers))
        return told, output.write(select_output(customers), told, keep)


def _steady_scores(
    task: ScoringTask, scored: ScoredCustomers
) -> tuple[pd.DataFrame | None, pd.DataFrame, Ready]:
    """The scoring before, this one as the rule settles it, and what keeps it in the history."""
    if task.history is None or scored.as_of is None:
        return None, scored.customers, None
    history, day = History(task.history), scored.as_of
    before = history.before(day)
    state = settle_segments(before, scored.customers, day, task.rule)
    kept = _add_standing(state, scored, task.recipe)
    steady = state.set_index("customer_id")[["segment", "name"]]
    own = scored.customers.set_index("customer_id")
    moved = own.assign(segment=steady["segment"], name=steady["name"]).reset_index()
    return before, moved, lambda: history.keep(day, task.model.address, kept)


def _add_standing(state: pd.DataFrame, scored: ScoredCustomers, recipe: Recipe) -> pd.DataFrame:
    """The state with what is known of customers, where orders tell it."""
    if scored.standing is None or scored.as_of is None:
        return state
    return add_standing(state, scored.standing, scored.as_of, recipe.laws, recipe.names)


# The same where no customer comes here but in blocks, on the way to a file or a database.


class CrowdPlace(NamedTuple):
    """When customers stay in Spark, the model's own as files, and how many there are of now."""

    rules: "CrowdRules"
    files: "CrowdFiles | None"
    people: int


def score_crowd(
    task: ScoringTask, output: OutputFile | OutputTable, place: CrowdPlace
) -> tuple[dict[str, Any], str]:
    """Place all customers in Spark; what is told of them, and where they are."""
    output.check_takes_parts()
    assert task.books is not None
    assert isinstance(task.dataset, Dataset)
    with task.steps("clean"):
        lines = select_until(task.dataset.transactions, task.as_of)
        theirs = None if place.files is None else place.files.open(lines.get_backend(), [])
        own = keep_ids(lines, place.people, place.rules)
        learnt = read_shop_facts(task.tracker, task.model.run_id)
        task.refuse(
            compare_crowd_shops(
                learnt, theirs, Shop(task.books.shop, delivered=Delivered.of(lines, task.as_of)), own
            )
        )
    scored = place_crowd(
        task.recipe, task.scorer, task.dataset, task.as_of, task.least, place.rules, task.steps
    )
    with task.steps("history"):
        before, customers, keep = _steady_crowd(task, scored)
        comparison = compare_scored_crowds(customers, theirs, before)
    with task.steps("write"):
        sizes = list_segment_sizes(customers.count_by("segment", "name"))
        told = task.tell(scored, comparison, sizes)
        folder = customers.write("scores", OUTPUT_COLUMNS)
        return told, output.write_parts(folder, customers.customers, told, keep)


def _steady_crowd(task: ScoringTask, scored: ScoredCrowd) -> "tuple[Crowd | None, Crowd, Ready]":
    """The scoring before, this one as the rule settles it, and what keeps it in the history."""
    if task.history is None:
        return None, scored.rows, None
    history = History(task.history)
    before = _open_before(history, scored)
    state = settle_crowd(scored.rows, before, scored.as_of, task.rule)
    folder = state.write("state", ["customer_id", *STATE_COLUMNS])
    return before, state, lambda: history.keep_blocks(scored.as_of, task.model.address, read_blocks(folder))


def _open_before(history: History, scored: ScoredCrowd) -> "Crowd | None":
    """The last snapshot of an earlier day, where Spark finds it."""
    path = scored.rows.folder.path / "before.parquet"
    return scored.rows.open(path) if history.copy_before(scored.as_of, path) else None


def _describe_model(model: StoredModel, recipe: Recipe) -> dict[str, str | None]:
    """Which model it was, so that nobody has to believe its name, and what it has learnt from."""
    digests = {"sha256": model.tags[MODEL_DIGEST_TAG], "recipe_sha256": model.tags[RECIPE_TAG]}
    until = None if recipe.trained_as_of is None else recipe.trained_as_of.isoformat()
    trained = {"trained_on": recipe.trained_on, "trained_as_of": until}
    return {"address": model.address, "run": model.run_id, **digests, **trained}
