"""What a run leaves behind: the items of a result, for whichever tracker takes them."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from segmentlab.described import Described
from segmentlab.evaluation.judgement import Judgement
from segmentlab.items import DatasetRef, Figure, Item, Metric, Model, Param, Summary, Table, Tag, Text
from segmentlab.model_portrait import model_tables
from segmentlab.modelling.apart import left_out
from segmentlab.report.data_page import customers_page, data_page
from segmentlab.report.page import answer
from segmentlab.report.picture import Picture
from segmentlab.result import Provenance, Result
from segmentlab.scoring.recipe import Recipe
from segmentlab.segments.portrait import Portrait
from segmentlab.segments.product_portrait import ProductPortrait
from segmentlab.segments.profile import shares
from segmentlab.transactions.dataset import About, CustomersOnly, Dataset
from segmentlab.transactions.overview import column_facts, overview

EXAMPLE_ROWS = 5
TOP_PRODUCTS = 50  # per segment; the table of likelihoods has all


def opening(provenance: Provenance, about: About) -> Iterator[Item]:
    """What is known before the first computation: a run that fails still says what it tried."""
    for key, value in {**provenance.parameters, **provenance.choices}.items():
        yield Param(key, value)
    yield Tag("segmentlab.code", provenance.code)
    for package, number in provenance.versions.items():
        yield Tag(f"version.{package}", number)
    yield Tag("data.name", about.name)
    yield Tag("data.digest", about.digest)
    yield Text("config.yaml", provenance.config)
    if about.notes:
        yield Text("data/notes.txt", "\n".join(about.notes) + "\n")
    if about.quarantine is not None:
        yield Table("data/quarantine.csv", about.quarantine)
        yield Metric("data/quarantined", len(about.quarantine))


def first_look(dataset: Dataset | CustomersOnly) -> Iterator[Item]:
    """The data as it came, before cleaning: a page for each table, and the tables behind it."""
    if dataset.customers is not None:
        columns = column_facts(dataset.customers)
        yield Text("data/customers.html", customers_page(dataset.source, columns))
        yield Table("data/customer_columns.csv", columns)
    if isinstance(dataset, Dataset):
        yield from _lines_as_they_came(dataset)


def _lines_as_they_came(dataset: Dataset) -> Iterator[Item]:
    seen = overview(dataset.transactions)
    yield Text("data/profile.html", data_page("Data profile", dataset.source, seen))
    yield Table("data/columns.csv", seen.columns)
    yield Table("data/countries.csv", seen.countries)
    yield Table("data/products.csv", seen.products)
    yield Table("data/months.csv", seen.months)
    yield Table("data/largest.csv", seen.largest)


def closing(
    result: Result, pictures: Sequence[Picture], page: str | None, seconds: Mapping[str, float]
) -> Iterator[Item]:
    """What the run found; `pictures` are those that are kept as files, and the page may have more."""
    yield _reference(result.described)
    if result.segmenter.notes_:
        yield Tag("model.notes", "\n".join(result.segmenter.notes_))
    for key, value in result.metrics.items():
        yield Metric(key, value)
    for step, duration in seconds.items():
        yield Metric(f"time/{step}", round(duration, 3))
    yield from _judgement(result.judgement)
    yield Summary(_summary(result))
    yield from _tables(result)
    for picture in pictures:
        yield Figure(picture)
    if page is not None:
        yield Text("report/report.html", page)
    yield Model(result.segmenter.scorer_, _recipe(result), result.described.features.frame.head(EXAMPLE_ROWS))


def _recipe(result: Result) -> Recipe:
    """What tomorrow's customers are described by."""
    features = result.described.features
    return Recipe(result.plan.cleaning, features.recipe, result.described.about.digest, features.as_of)


def _judgement(judgement: Judgement) -> Iterator[Item]:
    """The verdict, what is wrong, and the tables that both rest on."""
    if judgement.verdict is not None:
        yield Tag("verdict", judgement.verdict.kind)
    yield Tag("checks", ",".join(sorted({check.code for check in judgement.checks})) or "none")
    yield Tag("checks.errors", str(sum(check.severity == "error" for check in judgement.checks)))
    for name, table in judgement.tables.items():
        yield Table(f"tables/{name}.csv", table)


def _reference(described: Described) -> DatasetRef:
    about, customers = described.about, len(described.features.frame)
    if described.sales is None:
        return DatasetRef(about.name, about.digest, about.source, rows=customers, customers=customers)
    read = described.sales.ledger.iloc[0]
    return DatasetRef(
        about.name, about.digest, about.source, rows=int(read["rows"]), customers=int(read["customers"])
    )


def _summary(result: Result) -> str:
    """The answer and the segments, as Markdown."""
    headings = shares(result.profile)
    rows = [
        ["segment", "customers", *headings.values()],
        ["-", *["-:"] * (1 + len(headings))],
        *(
            [row["name"], f"{row['customers']:,}", *(f"{row[share]:.1%}" for share in headings)]
            for row in result.profile.to_dict("records")
        ),
    ]
    return "\n".join([answer(result.profile), "", *(f"| {' | '.join(row)} |" for row in rows)])


def _in_short(result: Result) -> pd.DataFrame:
    """One row per segment, as on its card: who, how many, how much, how sure, and what to do."""
    profile, names = result.profile, result.portrait.names
    sizes = ["customers", *shares(profile), *(["revenue"] if "revenue" in profile else [])]
    stability = result.judgement.evidence.stability
    sure = pd.DataFrame(index=profile.index) if stability is None else stability[["jaccard", "verdict"]]
    return names[["name", "description"]].join([profile[sizes], sure, names[["actions", "reason"]]]).round(6)


def _portrait(portrait: Portrait) -> Iterator[Table]:
    """One table for each question; what the data does not tell has no table."""
    yield Table("segments/profile.csv", portrait.profile.round(6).reset_index())
    yield Table("segments/features.csv", portrait.features.round(6))
    yield Table("segments/rules.csv", portrait.rules.round(6))
    for name, table in (("countries", portrait.traits), ("months", portrait.months)):
        if not table.empty:
            yield Table(f"segments/{name}.csv", table.round({"share": 6, "lift": 6, "revenue": 6}))


def _products(portrait: ProductPortrait) -> Iterator[Table]:
    """The likeliest and most distinctive products, all of them, and what to recommend."""
    yield Table("segments/products.csv", portrait.likelihoods.tops(TOP_PRODUCTS).round(6))
    yield Table("tables/purchase_likelihood.csv", portrait.likelihoods.wide().round(6))
    yield Table("segments/recommendations.csv", portrait.for_segments.round(6))
    yield Table("segments/recommendations.parquet", portrait.for_customers)
    if portrait.hindsight is not None:
        yield Table("tables/recommendations_judged.csv", portrait.hindsight.round(6))


def _tables(result: Result) -> Iterator[Table]:
    if result.described.sales is not None:
        yield Table("data/ledger.csv", result.described.sales.ledger)
        yield Table("data/suspicious.csv", result.described.sales.suspicious)
    yield from _portrait(result.portrait)
    if result.products is not None:
        yield from _products(result.products)
    yield Table("segments/segments.csv", _in_short(result).reset_index())
    for kind in ("parquet", "csv"):
        yield Table(f"segments/customers.{kind}", result.customers)
    yield Table("tables/preparation.csv", result.shapes)
    features, rules = result.described.features.frame, result.segmenter.scorer_.apart
    if any(rule.name is None for rule in rules):
        yield Table("data/outliers.csv", features[left_out(rules, features)])
    if result.loadings is not None:
        yield Table("tables/loadings.csv", result.loadings.reset_index())
    if result.k_scan is not None:
        yield Table("tables/k_scan.csv", result.k_scan)
    yield from model_tables(result)
