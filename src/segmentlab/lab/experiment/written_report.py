"""The report of a segmentation that is held in Python: as a page, as slides, and as a run keeps it."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from segmentlab.flow import Document, Item, Result
from segmentlab.lab.config import Setup, create_private_file
from segmentlab.lab.experiment.provenance import collect_provenance
from segmentlab.report import SLIDES, make_deck, make_report, record_end


def write_report(result: Result, setup: Setup, target: Path) -> Path:
    """Write slides where the path ends in `.pptx`, and the page else."""
    origin = collect_provenance(setup)
    if target.suffix.lower() == ".pptx":
        files, _ = make_report(result, origin, "summary")
        target.write_bytes(make_deck(result, files, origin))
        return target
    asked = setup.config.report
    _, page = make_report(result, origin, "full" if asked == "none" else asked)
    assert page is not None
    create_private_file(target)  # it holds customers
    target.write_text(page, encoding="utf-8")
    return target


def record_report(result: Result, setup: Setup, seconds: Mapping[str, float]) -> Iterable[Item]:
    """What a run keeps of it in the end."""
    extent, origin = setup.config.report, collect_provenance(setup)
    files, page = make_report(result, origin, extent)
    yield from record_end(result, files, page, seconds)
    if extent == "slides":
        yield Document(SLIDES, make_deck(result, files, origin))
