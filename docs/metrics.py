"""Write docs/metrics.md from the registry of metrics: `.venv/bin/python -m docs.metrics`."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from segmentlab.evaluation import MEASURES, Measure

FILE: Final = Path(__file__).with_suffix(".md")
K_TABLE: Final = "Only in the table over k"
INTRODUCTION: Final = """# Metrics

Every number that a run logs, and the columns of its table over k. What is missing could not be measured: it
is never 0. `python -m docs.metrics` writes this page from `src/segmentlab/evaluation/metrics.py`, which
terminal, report, leaderboard, table over k and tuning read as well.

- **Better** is the direction; a dash says that neither is better.
- **Interval**: the run logs the ends of a 95 % interval beside it, as `<metric>_low` and `<metric>_high`.
- **Drawn by** is the setting of `evaluate=` that says how much is drawn for it, or how far back it looks.
- **Used**: *terminal*, *report* and *card* are the first numbers of a run, of its page and of the card of a
  promoted model; *forecasts* is a table of the report; *rank* is what [compare.py](compare.md) ranks runs by,
  within one scoring space or on the same data, by the first of these that a run has, and *beside the rank* is
  what it shows with it; *k* is a column of `tables/k_scan.csv` and how it chooses; *objective* is what a
  [study](tuning.md) may look for, at the cost of further fits where it says so.
"""
RANK_WORDS: Final = {
    "space": "rank in a space",
    "data": "rank on the same data",
    "beside": "beside the rank",
}
HEADINGS: Final = (
    "metric",
    "better",
    "unit",
    "how to read it",
    "interval",
    "drawn by",
    "used",
    "computed by",
)


def write_page(measures: Sequence[Measure] = MEASURES) -> str:
    """The page, a table for each kind of evidence in the order of the registry."""
    families: dict[str, list[Measure]] = {}
    for measure in sorted(measures, key=lambda one: not one.logged):  # those of the k table alone come last
        families.setdefault(measure.family if measure.logged else K_TABLE, []).append(measure)
    tables = (f"## {family}\n\n{_write_table(entries)}\n" for family, entries in families.items())
    return "\n".join([INTRODUCTION, *tables])


def _write_table(measures: Sequence[Measure]) -> str:
    rows = (f"| {' | '.join(cells)} |" for cells in (HEADINGS, *map(_list_cells, measures)))
    heading, *entries = rows
    return "\n".join([heading, "|-" * len(HEADINGS) + "|", *entries])


def _list_cells(measure: Measure) -> list[str]:
    return [
        f"`{measure.name}`",
        measure.better or "-",
        measure.unit,
        f"**{measure.title}**. {measure.meaning}",
        "yes" if measure.interval else "",
        f"`{measure.draws}`" if measure.draws else "",
        ", ".join(_list_uses(measure)),
        f"`{measure.computed_by}`",
    ]


def _list_uses(measure: Measure) -> Iterator[str]:
    yield from measure.shown
    if measure.rank is not None:
        alike = " and ".join(f"`{column}`" for column in measure.rank.alike)
        yield RANK_WORDS[measure.rank.among] + (f" for equal {alike}" if alike else "")
    if measure.view is not None:
        yield f"k `{measure.view.column}`: {measure.k_rule.words}"
    if measure.objective:
        yield "objective" if measure.in_trials else "objective (takes fits)"


if __name__ == "__main__":
    FILE.write_text(write_page(), encoding="utf-8")
