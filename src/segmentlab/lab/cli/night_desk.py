"""What the nights of one command share: the model, the data, where scores go, and the ledger."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

from omegaconf import DictConfig

from segmentlab.errors import ConfigError, DataError
from segmentlab.flow import StepTimer, WatchBaseline
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli.monitor import build_look, keep_look, read_baseline
from segmentlab.lab.cli.score import open_scoring, score_day
from segmentlab.lab.cli.scoring_task import ScoringTask, check_delivered
from segmentlab.lab.config import build_crowd_rules, build_data_rules, build_engine, build_source
from segmentlab.lab.nights import (
    Inbox,
    Night,
    NightLedger,
    NightState,
    count_night_lines,
    find_last_scored,
)
from segmentlab.lab.outputs import OutputFile, OutputTable
from segmentlab.transactions import CustomersOnly, Dataset, File, Source, count_days, select_until


@dataclass
class NightDesk:
    """Spends nights, one after the other. Its data changes where a delivery is set aside."""

    config: DictConfig
    task: ScoringTask
    baseline: WatchBaseline
    output: OutputFile | OutputTable
    ledger: NightLedger
    inbox: Inbox | None

    @classmethod
    def open(
        cls,
        config: DictConfig,
        output: OutputFile | OutputTable,
        day: date,
        night: date,
        steps: StepTimer,
    ) -> "NightDesk":
        """Take in what was delivered for a night, and open everything that scoring from a day on needs."""
        source = build_source(config) if config.inbox is None else None
        inbox = None
        if config.inbox is not None:
            form = _build_form(config)
            inbox = Inbox(Path(config.inbox), Path(config.taken), config.history)
            with steps("deliveries"):
                inbox.take_in(night, lambda path: replace(form, path=path), again=bool(config.accept))
            source = _open_taken(inbox, form)
        task = open_scoring(config, output, day, steps, source)
        if isinstance(task.dataset, CustomersOnly):
            raise ConfigError(
                f"data={task.dataset.name} has customers and no transactions: no night is another."
            )
        baseline = read_baseline(task.tracker, config.model_uri, build_crowd_rules(config))
        baseline = baseline.behind(build_data_rules(config))
        return cls(config, task, baseline, output, NightLedger(config.history), inbox)

    def spend(self, day: date) -> Night:
        """Score, publish and watch as of a day, and note it; or note why not.

        One that is in the ledger with the same data and the same model is not spent again.
        """
        nights = {one.day: one for one in self.ledger.list_nights()}
        before = find_last_scored([one for one in nights.values() if one.day < day])
        night = self._begin(day, before)
        there = nights.get(day)
        if there is not None and there.is_scored and there.has_same(night):
            return there
        try:
            score_day(self.task.at_day(day), self.output, build_crowd_rules(self.config))
        except DataError as error:
            night = replace(night, state=NightState.REFUSED, told=str(error))
        else:
            night = self._watch(night) if self._is_look_due(nights, day) else night
        self.ledger.keep(night)
        if not night.is_scored:
            self._set_aside(before, night)
        return night

    def _is_look_due(self, nights: Mapping[date, Night], day: date) -> bool:
        """Whether there was none for so many days."""
        since = day - timedelta(days=self.config.look_every)
        return not any(night.looked and since < night.day < day for night in nights.values())

    def _begin(self, day: date, before: Night | None) -> Night:
        dataset = self.task.dataset
        assert isinstance(dataset, Dataset)
        lines = count_night_lines(count_days(select_until(dataset.transactions, day))["lines"], day, before)
        return Night(
            day=day,
            state=NightState.LOOK if lines.gone else NightState.DONE,
            model=self.task.model.address,
            digest=dataset.digest,
            read_lines=lines.read,
            new_lines=lines.new,
            late_lines=lines.late,
            looked=0,
            fired="",
            told=str(lines),
        )

    def _watch(self, night: Night) -> Night:
        task, look = self.task, build_look(self.config, night.day)
        assert isinstance(task.dataset, Dataset)
        page = Path(self.config.page)
        watched, _ = keep_look(
            task.tracker, self.baseline, task.dataset, look, task.history, page, task.steps
        )
        night = replace(night, looked=1)
        if not watched.fired:
            return night
        fired = ",".join(check.name for check in watched.fired)
        return replace(night, state=NightState.LOOK, fired=fired, told=f"{night.told} {watched.answer}")

    def _set_aside(self, before: Night | None, refused: Night) -> None:
        """Files that came since the last night are at fault if the day is as usual without them.

        Where it is not, something is missing: they stay, and the rest may still come.
        """
        if self.inbox is None:
            return
        since = before.day if before else date.min
        new = [
            one for one in self.inbox.list_taken() if one.night > since and one.is_within(since, refused.day)
        ]
        others = self.inbox.list_lines(leave_out=new)
        dataset = self.task.dataset
        assert isinstance(dataset, Dataset)
        if not new or not others:
            return
        lines = dataset.transactions.get_backend().read_parquet([str(path) for path in others])
        without = replace(dataset, transactions=lines, sums=None)
        try:
            check_delivered(self.task._replace(dataset=without).at_day(refused.day))
        except DataError:
            return
        self.inbox.set_aside(new, refused.told)
        copies, form = LogCopies.of(self.config), _build_form(self.config)
        again = copies.read(_open_taken(self.inbox, form), build_engine(self.config))
        self.task = self.task._replace(dataset=again)


def _build_form(config: DictConfig) -> File:
    """How the files of the inbox are written."""
    own = copy.deepcopy(config)
    if "path" in own.data:
        own.data.path = config.inbox
    form = build_source(own)
    if not isinstance(form, File):
        raise ConfigError(
            f"inbox={config.inbox}: files are read with data=file, and its words for their columns."
        )
    return form


def _open_taken(inbox: Inbox, form: File) -> Source:
    """All lines that were taken in. They bear our names already, and have our types."""
    if not any(inbox.taken.glob("*.parquet")):
        raise DataError(f"inbox={inbox.folder}: no file of it has lines yet.")
    return File(path=inbox.pattern, accept=form.accept)
