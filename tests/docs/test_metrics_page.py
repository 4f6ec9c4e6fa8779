"""The page of metrics is what the registry says."""

from docs.metrics import FILE, write_page
from segmentlab.evaluation.metrics import MEASURES


def test_the_page_is_written_anew_after_the_registry_changed():
    assert FILE.read_text(encoding="utf-8") == write_page(), "run: python -m docs.metrics"


def test_every_metric_has_one_line():
    lines = write_page().splitlines()
    for measure in MEASURES:
        found = [line for line in lines if line.startswith(f"| `{measure.name}` |")]
        assert len(found) == 1, measure.name
        assert measure.meaning in found[0]
