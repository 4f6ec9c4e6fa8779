"""The tables of the report: evidence, segments side by side, and what segments buy."""

import math
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.evaluation import MEASURES, Border, Judgement, LaterValue, Measure, PairedUsefulness
from segmentlab.features import Column
from segmentlab.report.wording import (
    MISSING_TEXT,
    describe_truth,
    format_amount,
    format_count,
    format_percent,
    make_headings,
    name_plainly,
)

# A table of the report.


class ReportTable(NamedTuple):
    """Rows of text; the first cell of each is its heading."""

    title: str
    headings: list[str]
    rows: list[list[str]]

    @property
    def sides(self) -> list[str]:
        """Where the cells of each column stand: words on the left, numbers on the right."""
        columns = zip_longest(self.headings, *self.rows, fillvalue="")
        return ["words" if _holds_words(cells[1:]) else "numbers" for cells in columns]


def _holds_words(cells: Sequence[str]) -> bool:
    """Whether more of a column's cells begin with a letter than not; what is missing does not count."""
    told = [cell for cell in cells if cell not in ("", MISSING_TEXT)]
    return sum(cell[0].isalpha() for cell in told) > len(told) / 2


def list_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The rows of a frame, each by the names of its columns."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


# The evidence as tables that people read.


FORECAST_NAMES: Final = {
    "segments": "These segments",
    "baseline_rfm_grid": "Grid of RFM quantiles, as many cells",
    "baseline_single": "One segment for all",
    "baseline_past_spend": "Past spend of each customer",
    "value_model": "Value model (orders and spend by their laws)",
    "ceiling_features": "The features themselves (ceiling)",
}


def make_evidence_tables(judgement: Judgement | None, names: pd.Series) -> list[ReportTable]:
    """Stability per segment, usefulness and spikes, as far as they were measured."""
    return [] if judgement is None else list(_list_evidence_tables(judgement, names))


def _list_evidence_tables(judgement: Judgement, names: pd.Series) -> Iterator[ReportTable]:
    evidence = judgement.evidence
    if evidence.stability is not None:
        yield make_stability_table(evidence.stability, names)
    if evidence.gaps is not None and evidence.gaps.borders:
        yield make_borders_table(evidence.gaps.borders, names)
    if evidence.usefulness is not None:
        yield make_usefulness_table(evidence.usefulness)
    if evidence.later_value is not None:
        yield make_tenths_table(evidence.later_value)
    if evidence.paired is not None:
        yield make_cutoffs_table(evidence.paired)
    yield make_atoms_table(evidence.atoms)


def make_stability_table(stability: pd.DataFrame, names: pd.Series) -> ReportTable:
    """Whether each segment is found again among resampled customers."""
    rows = [
        [str(row["name"]), format_amount(row["jaccard"]), str(row["verdict"]),
         format_percent(row["recovered"]), format_percent(row["dissolved"])]
        for _, row in stability.join(names).iterrows()
    ]  # fmt: skip
    headings = ["Segment", "Jaccard", "Verdict", "Draws that find it", "Draws that lose it"]
    return ReportTable("Stability: is each segment found again?", headings, rows)


BORDER_MEANINGS: Final = {
    "gap": "a gap: customers are rarer here than in both",
    "cut": "a cut: no rarer here than chance makes it",
    "not decided": "not decided: about as deep as chance makes it",
    "too small": "too few customers to judge",
    "no border": "they do not touch: other segments of their group lie between",
}


MOST_BORDERS: Final = 40  # 60 segments have 1,770 of them, and nearly all are gaps between strangers


def make_borders_table(borders: Sequence[Border], names: pd.Series) -> ReportTable:
    """What lies between two segments, the shallowest valleys first; tables/borders.csv has the rest."""
    rows = [
        [f"{names[one.first]} | {names[one.second]}", BORDER_MEANINGS[one.kind], _format_depth(one.depth)]
        for one in sorted(borders, key=lambda border: border.depth)[:MOST_BORDERS]
    ]
    shown = "" if len(borders) <= MOST_BORDERS else f" The {MOST_BORDERS} of {len(borders):,} least deep"
    return ReportTable(
        f"Borders: where are gaps?{shown}", ["Between", "What lies there", "Beyond chance"], rows
    )


def _format_depth(depth: float) -> str:
    """How many times rarer customers are than within, beyond what chance makes of one group."""
    if depth == float("inf"):
        return "nobody near"
    return f"{math.exp(depth):.1f} times" if depth > 0 else "no rarer"


def make_usefulness_table(table: pd.DataFrame, measures: Sequence[Measure] = MEASURES) -> ReportTable:
    """What each forecast said of the days after, with its 95 % interval."""
    scores = {one.short_name: one.title for one in measures if "forecasts" in one.shown}
    shown = {score: heading for score, heading in scores.items() if score in table}
    rows = [
        [FORECAST_NAMES[str(forecast)], *(_format_with_interval(row, score) for score in shown)]
        for forecast, row in table.iterrows()
    ]
    title = "Usefulness: what customers did after the day on which the segments were learnt"
    return ReportTable(title, ["Forecast", *shown.values()], rows)


def make_tenths_table(later: LaterValue) -> ReportTable:
    """What the value model of an earlier day expected of each tenth of the customers, and what came."""
    rows = [
        [str(tenth), format_count(row["customers"]), *(format_count(row[name]) for name in TENTH_COLUMNS)]
        for tenth, row in later.tenths.iterrows()
    ]
    return ReportTable(
        f"What the value model of {later.cut} expected of the {later.days} days after, and what came",
        ["Tenth, by what was expected", "Customers", *TENTH_COLUMNS.values()],
        rows,
    )


TENTH_COLUMNS: Final = {
    "buyers_expected": "To order",
    "buyers": "Ordered",
    "spend_expected": "To spend",
    "spend": "Spent",
}


def make_cutoffs_table(paired: PairedUsefulness) -> ReportTable:
    """R2 of later spend after each cut-off day, beside grids that are the same for every run."""
    scores = paired.table.pivot_table(index="forecast", columns="cut", values="spend_r2", sort=False)
    rows = [
        [
            _name_fixed_forecast(str(forecast)),
            *map(format_amount, values),
            format_amount(paired.means[str(forecast)]),
        ]
        for forecast, values in zip(scores.index, scores.to_numpy(), strict=True)
    ]
    beyond = _format_with_interval(pd.Series(paired.metrics), "usefulness/beyond_best_grid")
    title = f"Later spend, R2 day by day: {beyond} beyond the best of these grids"
    return ReportTable(title, ["Forecast", *(f"{cut}" for cut in scores.columns), "Mean"], rows)


def _name_fixed_forecast(forecast: str) -> str:
    cells = forecast.removeprefix("grid_")
    return FORECAST_NAMES.get(forecast, f"Grid of RFM quantiles, {cells} cells")


def make_atoms_table(atoms: pd.DataFrame) -> ReportTable:
    """The most frequent value of each feature."""
    rows = [
        [str(feature), format_amount(row["value"]), format_percent(row["share"])]
        for feature, row in atoms.iterrows()
    ]
    return ReportTable("Spikes: values that many customers share", ["Feature", "Value", "Customers"], rows)


def _format_with_interval(row: pd.Series, score: str) -> str:
    if pd.isna(row[score]):
        return MISSING_TEXT
    if f"{score}_low" not in row:
        return format_amount(row[score])
    return (
        f"{format_amount(row[score])} ({format_amount(row[f'{score}_low'])} to "
        f"{format_amount(row[f'{score}_high'])})"
    )


# Tables of all segments together, and of what the run measured and took out.


# The columns of a profile that tell a size: its heading, and how it is written.
SIZE_COLUMNS: Final = {
    "customers": ("Customers", format_count),
    "customer_share": ("Share", format_percent),
    "revenue": ("Revenue", format_count),
    "revenue_share": ("Share", format_percent),
}


def make_segment_table(profile: pd.DataFrame, columns: Sequence[Column]) -> ReportTable:
    """What cards say, a row each, where segments are too many for cards; sizes with the total they sum to."""
    shown = {name: wording for name, wording in SIZE_COLUMNS.items() if name in profile}
    every = pd.concat([profile[list(shown)], profile[list(shown)].sum().to_frame("All").T])
    rows = [
        [name, *(word(value) for (_, word), value in zip(shown.values(), sizes, strict=True))]
        for name, sizes in zip([*profile["name"], "All"], every.to_numpy(), strict=True)
    ]
    headings = ["Segment", *(heading for heading, _ in shown.values())]
    if "truth" in profile:
        headings.append("Its name is")
        for row, share in zip(rows, [*profile["truth"], math.nan], strict=True):
            row.append(describe_truth(share))
    for (name, unit), column in zip(name_plainly(columns), columns, strict=True):
        headings.append(f"{name}, {unit}" if unit else name)
        for row, median in zip(rows, [*profile[f"{column.name}_median"], None], strict=True):
            row.append("" if median is None else format_amount(median))
    return ReportTable("Every segment: its size, and its typical customer (median)", headings, rows)


# What customers paid, brought back and kept.
MONEY_COLUMNS: Final = {
    "gross": ("Gross", format_count),
    "returned": ("Brought back", format_count),
    "return_rate": ("Of gross", format_percent),
    "net": ("Net", format_count),
    "kept_nothing": ("Kept nothing", format_count),
}


def brings_back(table: pd.DataFrame) -> bool:
    """Whether customers or segments of a table brought anything back: columns of nothing tell nobody."""
    return "returned" in table and bool((table["returned"] > 0).any())


def make_money_table(profile: pd.DataFrame) -> ReportTable:
    """Gross, what was brought back, and net per segment, with the totals that they sum to."""
    own = profile[["gross", "returned", "net", "kept_nothing"]]
    every = pd.concat([own, own.sum().to_frame("All").T])
    every["return_rate"] = every["returned"] / every["gross"].where(every["gross"] > 0)
    rows = [
        [str(name), *(word(row[column]) for column, (_, word) in MONEY_COLUMNS.items())]
        for name, row in zip([*profile["name"], "All"], list_records(every), strict=True)
    ]
    headings = ["Segment", *(heading for heading, _ in MONEY_COLUMNS.values())]
    return ReportTable("Gross, brought back, net", headings, rows)


def make_mean_table(profile: pd.DataFrame, columns: Sequence[Column]) -> ReportTable:
    """The mean of every feature per segment, in the feature's own unit; medians stand on the cards."""
    rows = [
        [row["name"], *(format_amount(row[f"{column.name}_mean"]) for column in columns)]
        for row in list_records(profile)
    ]
    return ReportTable("Mean of each feature", ["Segment", *make_headings(columns)], rows)


def make_metric_table(metrics: Mapping[str, float]) -> ReportTable:
    """Every number measured, by the name that it has in the tracking store."""
    rows = [[name, format_amount(value)] for name, value in sorted(metrics.items())]
    return ReportTable("All metrics", ["Metric", "Value"], rows)


def make_ledger_table(ledger: pd.DataFrame) -> ReportTable:
    """What cleaning took out, from what was read to what was kept."""
    rows = [
        [entry["rule"].replace("_", " "), format_count(entry["rows"]), format_count(entry["customers"]),
         f"{entry['revenue']:,.2f}"]
        for entry in list_records(ledger)
    ]  # fmt: skip
    return ReportTable("What cleaning took out", ["Rule", "Rows", "Customers", "Revenue"], rows)
