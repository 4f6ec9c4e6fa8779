"""Further processes that work on a study beside this one."""

import multiprocessing
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.synchronize import Event
from typing import TYPE_CHECKING

import pandas as pd

from segmentlab.errors import SegmentLabError
from segmentlab.lab.tuning.order import StudyOrder
from segmentlab.lab.tuning.study import Study
from segmentlab.modelling import ApartRule, Clusterer, Transformer

if TYPE_CHECKING:
    from segmentlab.lab.tuning.further import FurtherObjectives
    from segmentlab.lab.tuning.laboratory import Laboratory


@dataclass(frozen=True, kw_only=True)
class StudyTask:
    """All that a process needs to work on a study: it builds a laboratory of its own."""

    study: str
    order: StudyOrder
    features: pd.DataFrame
    long_tailed: Sequence[str]
    apart: Sequence[ApartRule]
    projection: Transformer
    sample: int
    further: "FurtherObjectives | None" = None  # where an objective takes more than one look at the segments

    def laboratory(self) -> "Laboratory":
        """Where proposals are scored."""
        from segmentlab.lab.tuning.laboratory import Laboratory

        order = self.order
        preparations: Mapping[str | None, Transformer] = order.preparations
        models: Mapping[str, Clusterer] = order.models
        return Laboratory(
            self.features,
            self.long_tailed,
            self.apart,
            order.scored_in,
            preparations,
            self.projection,
            models,
            sample=self.sample,
            memory_gib=order.memory_gib / order.workers,
            seed=order.seed,
            objectives=order.objectives,
            further=self.further,
        )


@contextmanager
def start_workers(task: StudyTask) -> Iterator[None]:
    """While the block lasts, so many further processes work as the order asks for.

    At its end each finishes its trial, as this process has done. After an error, a second Ctrl-C among
    them, nobody waits: their trials are failed when the study is joined next, as after any death.
    """
    if task.order.workers == 1:
        yield
        return
    context = multiprocessing.get_context("spawn")  # a fork would share the connections of this process
    over = context.Event()
    begun = [context.Event() for _ in range(task.order.workers - 1)]
    processes = [context.Process(target=assist_study, args=(task, over, event)) for event in begun]
    for process in processes:
        process.start()
    try:
        yield
        over.set()
        for process, event in zip(processes, begun, strict=True):
            if event.is_set():  # one that is still loading its libraries has no trial
                process.join()
    finally:
        for process in processes:
            process.kill()
            process.join()


def assist_study(task: StudyTask, over: Event, begun: Event) -> None:
    """Work until the study is done, the block is left, or the process that began it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches everybody; the first process decides
    parent = multiprocessing.parent_process()

    def stopped() -> str | None:
        orphaned = parent is not None and not parent.is_alive()
        return "it was told to stop" if over.is_set() or orphaned else None

    try:
        with Study(task.study, task.order) as study:
            laboratory = task.laboratory()
            begun.set()
            study.work(laboratory.score, stopped, lambda _standing: None)
    except SegmentLabError:
        return  # the first process meets the same trouble, and tells it
