"""What a run leaves behind: the items of a result, for whichever tracker takes them."""

from collections.abc import Iterator, Mapping, Sequence

from segmentlab.described import Described
from segmentlab.items import DatasetRef, Figure, Item, Metric, Model, Param, Summary, Table, Tag, Text
from segmentlab.report.data_page import data_page
from segmentlab.report.page import answer
from segmentlab.report.picture import Picture
from segmentlab.result import Provenance, Result
from segmentlab.transactions.dataset import About, Dataset
from segmentlab.transactions.overview import overview

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


def first_look(dataset: Dataset) -> Iterator[Item]:
    """The data as it came, before cleaning: a page, and the tables behind it."""
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
    for key, value in result.metrics.items():
        yield Metric(key, value)
    for step, duration in seconds.items():
        yield Metric(f"time/{step}", round(duration, 3))
    yield Summary(_summary(result))
    yield from _tables(result)
    for picture in pictures:
        yield Figure(picture)
    yield Text("report/report.html", page)
    yield Model(result.segmenter.scorer_, result.described.features.frame.head(EXAMPLE_ROWS))


def _reference(described: Described) -> DatasetRef:
    about, read = described.about, described.ledger.iloc[0]
    return DatasetRef(
        about.name, about.digest, about.source, rows=int(read["rows"]), customers=int(read["customers"])
    )


def _summary(result: Result) -> str:
    """The answer and the segments, as Markdown."""
    rows = [
        f"| {row['name']} | {row['customers']:,} | {row['customer_share']:.1%} | {row['revenue_share']:.1%} |"
        for row in result.profile.to_dict("records")
    ]
    heading = ["| segment | customers | share | revenue |", "|-|-:|-:|-:|"]
    return "\n".join([answer(result.profile), "", *heading, *rows])


def _tables(result: Result) -> Iterator[Table]:
    yield Table("data/ledger.csv", result.described.ledger)
    yield Table("data/suspicious.csv", result.described.suspicious)
    yield Table("segments/profile.csv", result.profile.round(6).reset_index())
    yield Table("segments/customers.parquet", result.customers)
    if result.k_scan is not None:
        yield Table("tables/k_scan.csv", result.k_scan)
