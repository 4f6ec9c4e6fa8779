"""Whether a run that is made again sees the data that it saw, and finds the segments that it found."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.evaluation import DATA_DIGEST_TAG, LoggedRun
from segmentlab.flow import Item, Metric, Tag
from segmentlab.lab.config import Setup
from segmentlab.lab.tracking import MlflowTracker, read_run, read_segment_customers
from segmentlab.transactions import SourceFacts

REPEATS_TAG: Final = "again.run"  # the run that a run repeats


class Outcome(NamedTuple):
    """What the run keeps of how it came out, and what the terminal says."""

    items: Sequence[Item] = ()
    notes: Sequence[str] = ()


@dataclass(frozen=True)
class Repetition:
    """The run that a run repeats; most runs repeat none, and then there is nothing to say."""

    store: Callable[[], MlflowTracker]
    run: LoggedRun | None = None
    data_chosen: bool = False  # somebody said which data to use, so it may be another

    @classmethod
    def of(cls, setup: Setup, store: Callable[[], MlflowTracker]) -> "Repetition":
        """What a setup repeats; only who repeats a run asks the store for it."""
        if setup.config.again is None:
            return cls(store)
        chosen = any(re.match(r"[+~]*data[.=]", word) for word in setup.typed)
        return cls(store, read_run(store(), setup.config.again), chosen)

    @property
    def tags(self) -> Mapping[str, str]:
        """What the run is marked with from its beginning."""
        return {} if self.run is None else {REPEATS_TAG: self.run.run_id}

    @contextmanager
    def name_data(self) -> Iterator[None]:
        """Data that can't be read may lie elsewhere now: say which it was."""
        try:
            yield
        except DataError as error:
            if self.run is not None:
                error.add_note(
                    f"{_name_run(self.run)} read it here; its digest was {self.run.tags[DATA_DIGEST_TAG]}. "
                    "Say where it is now: data.path=<file>, or what else your data needs."
                )
            raise

    def check_data(self, about: SourceFacts) -> list[str]:
        """Refuse other data than the run saw, unless it was asked for; then say so."""
        if self.run is None or self._saw(about):
            return []
        before = self.run.tags[DATA_DIGEST_TAG]
        told = f"{_name_run(self.run)} saw data with the digest {before}; {about.source} has {about.digest}"
        if self.data_chosen:
            return [f"Other data: {told}. The segments are not compared."]
        raise DataError(
            f"again: {told}. Give the data as it was, as in data.path=<file>. To use the same choices on "
            "other data, name it beside again=: what is typed for data is taken, whatever its digest."
        )

    def compare_segments(
        self, customers: pd.DataFrame, about: SourceFacts, *, sampled: bool = False
    ) -> Outcome:
        """How many customers have another segment than in the run; only these, where they are a sample."""
        if self.run is None or not self._saw(about):
            return Outcome()
        before, now = (
            table.set_index("customer_id")["segment"]
            for table in (read_segment_customers(self.store(), self.run), customers)
        )
        if sampled:
            before = before[before.index.isin(now.index)]
        both = pd.concat([before, now], axis="columns", keys=["before", "now"])
        different = int((both["before"] != both["now"]).sum())
        told = (
            f"{different:,} of {len(both):,} customers have another segment than in"
            if different
            else f"The same segments for all {len(both):,} customers as in"
        )
        sentence = f"{told} {_name_run(self.run)}."
        return Outcome([Metric("again/different", different), Tag("again.segments", sentence)], [sentence])

    def _saw(self, about: SourceFacts) -> bool:
        return self.run is not None and self.run.tags[DATA_DIGEST_TAG] == about.digest


def _name_run(run: LoggedRun) -> str:
    from segmentlab.report import SHOWN_ID

    return f"run '{run.name}' ({run.run_id[:SHOWN_ID]})"
