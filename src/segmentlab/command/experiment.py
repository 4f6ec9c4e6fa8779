"""One experiment at the edge: the core's story between a progress display and a tracker."""

from omegaconf import DictConfig

from segmentlab.build import build_engine, build_plan, build_source
from segmentlab.command import collector
from segmentlab.command.look import show, tell_notes
from segmentlab.command.progress import progress
from segmentlab.command.provenance import provenance, run_name
from segmentlab.command.terminal import summarise
from segmentlab.pipeline import describe, segment
from segmentlab.presentation import page, pictures
from segmentlab.record import closing, first_look, opening
from segmentlab.steps import Steps
from segmentlab.tracking.store import open_store


def run(config: DictConfig) -> None:
    """Read, segment, report and record. The run exists in the store once the data could be read."""
    plan, source, engine = build_plan(config), build_source(config), build_engine(config)
    if config.look:
        show(source.read(engine.connect()))
        return
    origin = provenance(config)
    with progress() as announce:
        steps = Steps(announce)
        with steps("store"):
            tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        collector.resume()
        with steps("data"):
            dataset = source.read(engine.connect())
        tell_notes(dataset)
        name = run_name(origin)
        with tracker.run(name, {"segmentlab.command": origin.command}) as log:
            log.log(opening(origin, dataset))
            if config.profile:
                with steps("profile"):
                    log.log(first_look(dataset))
            result = segment(plan, describe(plan, dataset, steps), steps)
            with steps("report"):
                drawn = pictures(result)
                report = page(result, drawn, origin)
            with steps("record"):
                log.log(closing(result, drawn, report, steps.seconds))
    summarise(name, result, log.url)
