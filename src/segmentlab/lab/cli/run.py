"""One experiment as a command: the core's story between a progress display and a tracker."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from omegaconf import DictConfig

from segmentlab.evaluation import warm_up_workers
from segmentlab.flow import (
    DescribedCustomers,
    Document,
    Picture,
    Plan,
    Provenance,
    Result,
    StepTimer,
    Tag,
    add_baskets,
    complete,
    describe,
    fit_segments,
    view_beside,
)
from segmentlab.lab.cache import FeatureCache, LogCopies
from segmentlab.lab.cli.entry import EndedBySignal, resume_collector
from segmentlab.lab.cli.journal import note_facts
from segmentlab.lab.cli.progress import Narrator, show_progress
from segmentlab.lab.cli.screen import print_line
from segmentlab.lab.cli.terminal import (
    show_answer,
    show_books,
    show_dataset,
    show_reader_notes,
    summarise_run,
)
from segmentlab.lab.config import Setup, build_engine, build_plan, build_source
from segmentlab.lab.experiment import Repetition, collect_provenance, compare_with_last, name_run
from segmentlab.lab.tracking import MlflowTracker, PendingRun, RunLog, open_store
from segmentlab.report import SLIDES, make_deck, make_report, record_end, record_first_look, record_start
from segmentlab.transactions import CustomersOnly, Dataset, check_values, describe_spill, keep_books

STOPPED: Final = "Stopped: the run is kept with what evaluate=quick measures. Ctrl-C again ends it."
UNDRAWN: Final = "Stopped after the segments were found: nothing was drawn, as with evaluate=quick."

if TYPE_CHECKING:
    from segmentlab.lab.experiment import TunedPlan
    from segmentlab.lab.tuning import StudyOrder


def run_experiment(setup: Setup) -> None:
    """Read, segment, report and record. The run exists in the store once the data could be read.

    Lines are opened when something asks for them: nothing does when their features are known, and then the
    store is opened after the segments are shown. Features are kept after a run that has ended well, so a run
    that fails leaves none.
    """
    config = setup.config
    plan, source, engine = build_plan(config), build_source(config), build_engine(config)
    copies, kept = LogCopies.of(config), FeatureCache.of(config, plan, source, engine)
    opened = functools.cache(lambda: copies.read(source, engine))
    if config.look:
        _look_at_data(opened(), plan)
        return
    origin = collect_provenance(setup)
    order = _order_study(config, origin.choices)
    study: TunedPlan | None = None
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        store = functools.cache(lambda: _open_store(config, steps))
        repeated = Repetition.of(setup, store)
        with repeated.name_data():
            found = _find_known(kept, steps)
            about = found.about if found else _read_data(store, opened, steps).about
        show_reader_notes([*about.notes, *copies.notes, *kept.notes, *repeated.check_data(about)])
        name = name_run(setup)
        with PendingRun(store, name, {"segmentlab.command": origin.command, **repeated.tags}) as log:
            log.log([*record_start(origin, about), Tag("data.cached", "no" if found is None else "yes")])
            if found is None or order is not None or config.profile:
                note_facts(run=log.run_id)  # for what takes long, people can watch the run in the store
            if config.profile:
                with steps("profile"):
                    log.log(record_first_look(opened()))
            described = _describe_customers(plan, found, opened, steps, log)
            if order is not None:
                from segmentlab.lab.experiment import tune_plan

                study = tune_plan(setup, order, plan, described, log, steps)
                plan = study.plan
            result = add_baskets(
                _segment_and_tell(log, name, plan, described, steps, narrator), opened, steps
            )
            compared = repeated.compare_segments(
                result.customers, about, sampled=result.everybody is not None
            )
            log.log(compared.items)
            _record_result(result, origin, config, () if study is None else study.pictures, log, steps)
        if found is None:
            kept.write(described)
            show_reader_notes(kept.notes)
    summarise_run(result, log.url, typed=setup.public if study is None else study.typed)
    show_reader_notes(compared.notes if study is None else [*compared.notes, *study.told])


def _order_study(config: DictConfig, choices: Mapping[str, str]) -> "StudyOrder | None":
    """The study that is asked for; without one, neither Optuna nor what belongs to it is loaded."""
    if not config.tune:
        return None
    from segmentlab.lab.experiment import build_study_order

    return build_study_order(config, choices)


def _open_store(config: DictConfig, steps: StepTimer) -> MlflowTracker:
    with steps("store"):
        tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
    resume_collector()
    return tracker


def _find_known(kept: FeatureCache, steps: StepTimer) -> DescribedCustomers | None:
    with steps("known"):
        return kept.read()


def _read_data(
    store: Callable[[], MlflowTracker], opened: Callable[[], Dataset | CustomersOnly], steps: StepTimer
) -> Dataset | CustomersOnly:
    """The data; a store that can't be opened is told before anybody waits for it."""
    store()
    with steps("data"):
        return opened()


def _describe_customers(
    plan: Plan,
    found: DescribedCustomers | None,
    opened: Callable[[], Dataset | CustomersOnly],
    steps: StepTimer,
    log: RunLog,
) -> DescribedCustomers:
    """From the data, where they are not known, while processes for its evidence load libraries."""
    if not plan.effort.is_light:
        warm_up_workers()
    if found is not None:
        return found
    described = describe(plan, opened(), steps)
    spilled = next(filter(None, map(describe_spill, opened().tables.values())), None)
    if spilled is not None:
        show_reader_notes([spilled])
        log.log([Tag("data.spilled", spilled)])
    return described


def _segment_and_tell(
    log: PendingRun,
    name: str,
    plan: Plan,
    described: DescribedCustomers,
    steps: StepTimer,
    narrator: Narrator,
) -> Result:
    """The segments are shown as soon as they are found; all else follows while somebody reads.

    Ctrl-C then says that the answer is enough: the run is kept with what a quick one measures.
    """
    note_facts(day=described.features.as_of)
    fitted = fit_segments(plan, described, steps)
    narrator.end()
    show_answer(name, fitted, narrator.console)
    try:
        with view_beside(fitted) as views:
            note_facts(run=log.run_id)
            return complete(fitted, steps, views=views)
    except EndedBySignal:
        raise
    except KeyboardInterrupt:
        if fitted.is_quick:
            raise
        print_line(STOPPED, narrator.console)
        return complete(fitted.make_quick(UNDRAWN), steps)


def _look_at_data(dataset: Dataset | CustomersOnly, plan: Plan) -> None:
    """How the data is read, and what the shop can check of it."""
    show_dataset(dataset)
    if isinstance(dataset, Dataset):
        check_values(dataset.transactions, dataset.source)
        show_books(keep_books(dataset, plan.cleaning, plan.as_of))


def _record_result(
    result: Result,
    origin: Provenance,
    config: DictConfig,
    drawn: Sequence[Picture],
    log: RunLog,
    steps: StepTimer,
) -> None:
    """Draw the report, with the pictures that a study has drawn, and keep all that was found."""
    with steps("report"):
        extent = config.report
        since = None if extent == "none" else compare_with_last(config.history, result)
        files, report = make_report(result, origin, extent, drawn, since)
        deck = [Document(SLIDES, make_deck(result, files, origin, since))] if extent == "slides" else []
    with steps("record"):
        log.log([*record_end(result, files, report, steps.seconds), *deck])
