"""What a run leaves behind: the items of a result, for whichever tracker takes them."""

from collections.abc import Iterator, Mapping, Sequence

from segmentlab.described import Described
from segmentlab.evaluation.judgement import Judgement
from segmentlab.items import DatasetRef, Figure, Item, Metric, Model, Param, Summary, Table, Tag, Text
from segmentlab.model_portrait import model_tables
from segmentlab.modelling.apart import left_out
from segmentlab.report.data_page import customers_page, data_page
from segmentlab.report.page import answer
from segmentlab.report.picture import Picture
from segmentlab.result import Provenance, Result
from segmentlab.segments.profile import shares
from segmentlab.transactions.dataset import About, CustomersOnly, Dataset
from segmentlab.transactions.overview import column_facts, overview

EXAMPLE_ROWS = 5


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
    result: Result, pictures: Sequence[Picture], page: str, seconds: Mapping[str, float]
) -> Iterator[Item]:
    """What the run found."""
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
    yield Text("report/report.html", page)
    yield Model(result.segmenter.scorer_, result.described.features.frame.head(EXAMPLE_ROWS))


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


def _tables(result: Result) -> Iterator[Table]:
    if result.described.sales is not None:
        yield Table("data/ledger.csv", result.described.sales.ledger)
        yield Table("data/suspicious.csv", result.described.sales.suspicious)
    yield Table("segments/profile.csv", result.profile.round(6).reset_index())
    yield Table("segments/customers.parquet", result.customers)
    yield Table("tables/preparation.csv", result.shapes)
    features, rules = result.described.features.frame, result.segmenter.scorer_.apart
    if any(rule.name is None for rule in rules):
        yield Table("data/outliers.csv", features[left_out(rules, features)])
    if result.loadings is not None:
        yield Table("tables/loadings.csv", result.loadings.reset_index())
    if result.k_scan is not None:
        yield Table("tables/k_scan.csv", result.k_scan)
    yield from model_tables(result)
