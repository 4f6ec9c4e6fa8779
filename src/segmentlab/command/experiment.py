"""One experiment at the edge: the core's story between a progress display and a tracker."""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

from omegaconf import DictConfig

from segmentlab.build import build_engine, build_plan, build_source
from segmentlab.cache.features import KeptFeatures
from segmentlab.command import collector
from segmentlab.command.look import show, tell
from segmentlab.command.progress import progress
from segmentlab.command.provenance import overrides, provenance, run_name
from segmentlab.command.study_order import study_order
from segmentlab.command.terminal import summarise
from segmentlab.items import Tag
from segmentlab.pipeline import describe, segment
from segmentlab.presentation import reported
from segmentlab.record import closing, first_look, opening
from segmentlab.steps import Steps
from segmentlab.tracking.store import open_store

if TYPE_CHECKING:
    from segmentlab.command.tuned import Tuned


def run(config: DictConfig) -> None:
    """Read, segment, report and record. The run exists in the store once the data could be read.

    Lines are opened when something asks for them: nothing does when their features are known. Features
    are kept after a run that has ended well, so a run that fails leaves none.
    """
    plan, source, engine = build_plan(config), build_source(config), build_engine(config)
    if config.look:
        show(source.read(engine.connect()))
        return
    origin = provenance(config)
    order = study_order(config, origin.choices)
    study: Tuned | None = None
    opened = functools.cache(lambda: source.read(engine.connect()))
    kept = KeptFeatures(Path(config.cache_folder) if config.cache else None, plan, source, engine)
    with progress() as announce:
        steps = Steps(announce)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        collector.resume()
        with steps("data"):
            found = kept.read()
            about = opened().about if found is None else found.about
        tell([*about.notes, *kept.notes])
        name = run_name(origin)
        with tracker.run(name, {"segmentlab.command": origin.command}) as log:
            log.log(opening(origin, about))
            log.log([Tag("data.cached", "no" if found is None else "yes")])
            if config.profile:
                with steps("profile"):
                    log.log(first_look(opened()))
            described = describe(plan, opened(), steps) if found is None else found
            if order is not None:
                from segmentlab.command.tuned import tuned

                study = tuned(order, plan, described, log, steps)
                plan = study.plan
            result = segment(plan, described, steps)
            with steps("report"):
                files, report = reported(
                    result, origin, config.report, () if study is None else study.pictures
                )
            with steps("record"):
                log.log(closing(result, files, report, steps.seconds))
        if found is None:
            kept.write(described)
            tell(kept.notes)
    summarise(name, result, log.url, typed=overrides() if study is None else study.typed)
    tell([] if study is None else study.told)
