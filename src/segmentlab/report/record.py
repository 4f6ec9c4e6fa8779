"""What a run leaves behind: the items of a result, for whichever tracker takes them."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from segmentlab.evaluation import Judgement, write_check_tags
from segmentlab.flow import (
    DatasetRef,
    DescribedCustomers,
    Figure,
    FittedModel,
    FittedSegments,
    Folder,
    Item,
    Metric,
    Param,
    Picture,
    Provenance,
    Recipe,
    Result,
    Summary,
    Table,
    Tag,
    Text,
)
from segmentlab.goods import BasketPortrait, ProductPortrait, Stock
from segmentlab.modelling import find_left_out
from segmentlab.report.answer import describe_answer, describe_money
from segmentlab.report.customer_lists import record_lists
from segmentlab.report.data_page import write_customers_page, write_data_page
from segmentlab.report.segment_pictures import make_model_tables
from segmentlab.report.stock_section import name_stock_rows
from segmentlab.report.wording import escape_markdown
from segmentlab.segments import Portrait, list_share_columns
from segmentlab.transactions import CustomersOnly, Dataset, SourceFacts, describe_columns, make_overview

EXAMPLE_ROWS = 5
SEGMENT_MONEY = ("revenue", "gross", "returned", "net", "kept_nothing")
RECORDED_PRODUCTS = 50  # per segment; the table of likelihoods has all

SPREADSHEET_ROWS = 1_048_575  # below the header of a sheet; with more there is Parquet only


def record_start(provenance: Provenance, about: SourceFacts) -> Iterator[Item]:
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


def record_first_look(dataset: Dataset | CustomersOnly) -> Iterator[Item]:
    """The data as it came, before cleaning: a page for each table, and the tables behind it."""
    if dataset.customers is not None:
        columns = describe_columns(dataset.customers)
        yield Text("data/customers.html", write_customers_page(dataset.source, columns))
        yield Table("data/customer_columns.csv", columns)
    if isinstance(dataset, Dataset):
        yield from _record_raw_lines(dataset)


def _record_raw_lines(dataset: Dataset) -> Iterator[Item]:
    seen = make_overview(dataset.transactions)
    yield Text("data/profile.html", write_data_page("Data profile", dataset.source, seen))
    yield Table("data/columns.csv", seen.columns)
    yield Table("data/countries.csv", seen.countries)
    yield Table("data/products.csv", seen.products)
    yield Table("data/months.csv", seen.months)
    yield Table("data/largest.csv", seen.largest)


def record_end(
    result: Result, pictures: Sequence[Picture], page: str | None, seconds: Mapping[str, float]
) -> Iterator[Item]:
    """What the run found; `pictures` are those that are kept as files, and the page may have more."""
    yield _record_reference(result.described)
    if result.segmenter.notes_:
        yield Tag("model.notes", "\n".join(result.segmenter.notes_))
    if result.value_notes:
        yield Tag("value.notes", "\n".join(result.value_notes))
    for key, value in result.metrics.items():
        yield Metric(key, value)
    for step, duration in seconds.items():
        yield Metric(f"time/{step}", round(duration, 3))
    yield from _record_judgement(result.judgement)
    yield Summary(_write_summary(result))
    yield from _record_tables(result)
    for picture in pictures:
        yield Figure(picture)
    if page is not None:
        yield Text("report/report.html", page)
    yield FittedModel(
        result.segmenter.scorer_, make_recipe(result), result.described.features.frame.head(EXAMPLE_ROWS)
    )


def make_recipe(result: Result | FittedSegments) -> Recipe:
    """What tomorrow's customers are described by."""
    described, standing = result.described, result.described.standing
    return Recipe(
        result.plan.cleaning,
        described.features.recipe,
        described.about.digest,
        described.features.as_of,
        None if standing is None else standing.laws,
        None if standing is None else result.plan.names.conditions,
    )


def _record_judgement(judgement: Judgement) -> Iterator[Item]:
    """The verdict, what is wrong, and the tables that both rest on."""
    if judgement.verdict is not None:
        yield Tag("verdict", judgement.verdict.kind)
    paired = judgement.evidence.paired
    for name, value in {**write_check_tags(judgement.checks), **(paired.tags if paired else {})}.items():
        yield Tag(name, value)
    for name, table in judgement.tables.items():
        yield Table(f"tables/{name}.csv", table)


def _record_reference(described: DescribedCustomers) -> DatasetRef:
    about, customers = described.about, len(described.features.frame)
    if described.sales is None:
        return DatasetRef(about.name, about.digest, about.source, rows=customers, customers=customers)
    read = described.sales.ledger.iloc[0]
    return DatasetRef(
        about.name, about.digest, about.source, rows=int(read["rows"]), customers=int(read["customers"])
    )


def _write_summary(result: Result) -> str:
    """The answer and the segments, as Markdown: a list, since MLflow's pages show no table."""
    shares = list_share_columns(result.profile)
    if "return_rate" in result.profile:
        shares["return_rate"] = "brought back"
    lines = []
    for row in result.profile.to_dict("records"):
        known = [f"{heading} {row[share]:.1%}" for share, heading in shares.items() if pd.notna(row[share])]
        told = ", ".join([f"{row['customers']:,} customers", *known])
        lines.append(f"- **{escape_markdown(row['name'])}**: {told}")
    answer = [describe_answer(result.profile), describe_money(result.profile, result.books)]
    return "\n\n".join([*(escape_markdown(words) for words in answer if words), "\n".join(lines)])


def _summarise_segments(result: Result) -> pd.DataFrame:
    """One row per segment, as on its card: who, how many, how much, how sure, and what to do."""
    profile, names = result.profile, result.portrait.names
    money = [name for name in SEGMENT_MONEY if name in profile]
    sizes = ["customers", *list_share_columns(profile), *money]
    stability = result.judgement.evidence.stability
    sure = pd.DataFrame(index=profile.index) if stability is None else stability[["jaccard", "verdict"]]
    told = names[["name", "description", "truth"]].dropna(axis="columns", how="all")
    return told.join([profile[sizes], sure, names[["actions", "reason"]]]).round(6)


def _record_portrait(portrait: Portrait) -> Iterator[Table]:
    """One table for each question; what the data does not tell has no table."""
    yield Table("segments/profile.csv", portrait.profile.round(6).reset_index())
    yield Table("segments/features.csv", portrait.features.round(6))
    yield Table("segments/rules.csv", portrait.rules.round(6))
    for name, table in (("countries", portrait.traits), ("months", portrait.months)):
        if not table.empty:
            yield Table(f"segments/{name}.csv", table.round({"share": 6, "lift": 6, "revenue": 6}))


def _record_products(portrait: ProductPortrait) -> Iterator[Table]:
    """The likeliest and most distinctive products, all of them, and what to recommend."""
    yield Table("segments/products.csv", portrait.likelihoods.tops(RECORDED_PRODUCTS).round(6))
    yield Table("tables/purchase_likelihood.csv", portrait.likelihoods.wide().round(6))
    yield Table("segments/recommendations.csv", portrait.for_segments.round(6))
    yield Table("segments/recommendations.parquet", portrait.for_customers)
    if portrait.hindsight is not None:
        yield Table("tables/recommendations_judged.csv", portrait.hindsight.table.round(6))


def _record_baskets(found: BasketPortrait | str | None) -> Iterator[Table]:
    """What goes together, where somebody asked and there is something."""
    if isinstance(found, BasketPortrait):
        yield Table("tables/baskets.csv", found.parts)
        yield Table("tables/basket_rules.csv", found.rules)


def _record_stock(result: Result) -> Iterator[Table]:
    """What to have in stock, and how far off each way to say it was on earlier days."""
    if isinstance(result.stock, Stock):
        yield Table("tables/stock.csv", name_stock_rows(result.stock, result.profile["name"]))
        yield Table("tables/stock_judged.csv", result.stock.judged.round(6))


def _record_customers(result: Result) -> Iterator[Table | Folder]:
    """Everybody: as a table, or as the files that the engine wrote where they are too many to be here."""
    if result.everybody is not None:
        yield Folder("segments/customers.parquet", result.everybody)
        return
    for kind in ("parquet", "csv") if len(result.customers) <= SPREADSHEET_ROWS else ("parquet",):
        yield Table(f"segments/customers.{kind}", result.customers)


def _record_tables(result: Result) -> Iterator[Table | Folder]:
    if result.described.sales is not None:
        yield Table("data/ledger.csv", result.described.sales.ledger)
        yield Table("data/suspicious.csv", result.described.sales.suspicious)
        for name, table in result.described.sales.books.items():
            yield Table(f"tables/books_{name}.csv", table)
    yield from _record_portrait(result.portrait)
    if result.products is not None:
        yield from _record_products(result.products)
    yield from _record_baskets(result.baskets)
    yield Table("segments/segments.csv", _summarise_segments(result).reset_index())
    yield from _record_customers(result)
    yield from record_lists(result)
    yield from _record_stock(result)
    if not result.value.empty:
        yield Table("segments/value.csv", result.value)
    yield Table("tables/preparation.csv", result.shapes)
    features, rules = result.described.features.frame, result.segmenter.scorer_.apart
    if any(rule.name is None for rule in rules):
        yield Table("data/outliers.csv", features[find_left_out(rules, features)])
    if result.loadings is not None:
        yield Table("tables/loadings.csv", result.loadings.reset_index())
    if (scan := result.k_table) is not None:
        yield Table("tables/k_scan.csv", scan)
    yield from make_model_tables(result)
