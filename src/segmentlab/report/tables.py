"""The tables of the report: evidence, segments side by side, and what segments buy."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
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
    shorten_text,
)

# A table of the report.


class ReportTable(NamedTuple):
    """Rows of text; the first cell of each is its heading."""

    title: str
    headings: list[str]
    rows: list[list[str]]


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


def make_size_table(profile: pd.DataFrame) -> ReportTable:
    """Customers and revenue per segment, with the total that they sum to."""
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
    return ReportTable("Size", headings, rows)


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


def make_typical_features_table(profile: pd.DataFrame, columns: Sequence[Column], kind: str) -> ReportTable:
    """The median or the mean of every feature per segment, in the feature's own unit."""
    rows = [
        [row["name"], *(format_amount(row[f"{column.name}_{kind}"]) for column in columns)]
        for row in list_records(profile)
    ]
    return ReportTable(f"{kind.capitalize()} of each feature", ["Segment", *make_headings(columns)], rows)


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


SHOWN_PRODUCT_ROWS: Final = 10  # products of a segment; the tables beside the report have them all
LONGEST_TABLE_NAME: Final = 60
RECOMMENDER_NAMES: Final = {
    "segments": "What the segment buys (ours)",
    "popularity": "What everybody buys",
    "random": "A random draw",
}
PURCHASE_KINDS: Final = {"new": "new to the customer", "any": "bought before or not"}
RANK_BOUNDS: Final = {"likelihood": ("low", "high")}


def name_product(product: Mapping[str, Any]) -> str:
    """The description of a product, shortened, or its id where it has none."""
    described = product.get("description")
    text = product["product_id"] if described is None or pd.isna(described) else described
    return shorten_text(str(text), LONGEST_TABLE_NAME)


def make_product_table(title: str, products: pd.DataFrame, rank: str) -> ReportTable:
    """The first products of one segment by a rank, with how likely a customer buys them at least once."""
    rows = [
        [name_product(product), _format_interval(product, "likelihood", format_percent),
         _format_interval(product, "lift", "{:.2f}".format)]
        for product in list_records(products[products[rank] <= SHOWN_PRODUCT_ROWS].sort_values(rank))
    ]  # fmt: skip
    return ReportTable(title, ["Product", "Likelihood", "Lift"], rows)


def make_recommendation_table(recommended: pd.DataFrame) -> ReportTable:
    """What to tell one segment about: products on most lists of customers who do not have them."""
    rows = [
        [name_product(product), format_count(product["on_lists"]), format_percent(product["likelihood"])]
        for product in list_records(recommended.head(SHOWN_PRODUCT_ROWS))
    ]
    return ReportTable(
        "Recommended to those who have not bought it", ["Product", "Customers", "Likelihood"], rows
    )


def make_hindsight_table(judged: pd.DataFrame) -> ReportTable:
    """How good the recommendations of an earlier day were, beside what everybody could recommend."""
    rows = [
        [f"{RECOMMENDER_NAMES[row['by']]}, {PURCHASE_KINDS[row['products']]}", format_count(row["customers"]),
         _format_interval(row, "hit_rate", format_percent), _format_interval(row, "recall", format_percent)]
        for row in list_records(judged)
    ]  # fmt: skip
    title = "Recommendations: would those of an earlier day have been bought?"
    return ReportTable(title, ["Recommended", "Customers who came back", "Hit rate", "Recall"], rows)


def _format_interval(row: Mapping[str, Any], value: str, word: Callable[[float], str]) -> str:
    """A number, with its 95 % interval where that was drawn."""
    low, high = RANK_BOUNDS.get(value, (f"{value}_low", f"{value}_high"))
    if low not in row:
        return word(row[value])
    bounds = (word(row[bound]).removesuffix(" %") for bound in (low, high))
    return f"{word(row[value])} ({' to '.join(bounds)})"
