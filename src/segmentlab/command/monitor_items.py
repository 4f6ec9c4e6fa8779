"""What a look leaves behind: in the store, and in a folder where it is easy to find."""

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from segmentlab.items import Figure, Item, Metric, Summary, Table, Tag, Text
from segmentlab.report.figures.flows import flows
from segmentlab.report.monitor_page import monitor_page, monitor_pictures
from segmentlab.tracking.tables import write_table
from segmentlab.watching.check import check_table
from segmentlab.watching.watched import Watched


def monitor_items(watched: Watched) -> Iterator[Item]:
    """The answer, every number, the page, and the tables behind it."""
    pictures = monitor_pictures(watched)
    yield Summary(watched.answer)
    yield Tag("monitor.fired", ",".join(check.name for check in watched.fired) or "none")
    for check in watched.checks:
        if not math.isnan(check.value):
            yield Metric(f"monitor/{check.name}", check.value)
    yield Text("monitor.html", monitor_page(watched, pictures))
    yield Table("checks.csv", check_table(watched.checks))
    yield Table("features.csv", watched.drift.features.round(6))
    yield Table("segments.csv", watched.drift.segments.rename_axis("segment").round(6).reset_index())
    yield Table("ledger.csv", watched.delivery.ledger.rename_axis("rule").round(6).reset_index())
    if watched.delivery.countries is not None:
        yield Table("countries.csv", watched.delivery.countries.round(6).reset_index())
    if watched.movement is not None:
        yield Table("movement.csv", watched.movement.moves.round(6))
        yield Figure(flows(watched.movement))
    for picture in pictures:
        yield Figure(picture)


def write_items(items: Sequence[Item], folder: Path) -> None:
    """The tables and the page of the latest look; the next one replaces them."""
    folder.mkdir(parents=True, exist_ok=True)
    for item in items:
        match item:
            case Table(path, frame):
                write_table(frame, folder / path)
            case Text(path, content):
                (folder / path).write_text(content, encoding="utf-8")
