"""The data profile as one HTML file: what is in the data before anybody decides about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from segmentlab.flow import Picture
from segmentlab.report.figures.data_spread import (
    draw_associations,
    draw_hours,
    draw_missing_values,
    draw_sizes,
)
from segmentlab.report.figures.ranking import draw_countries, draw_products_by_lines, draw_products_by_revenue
from segmentlab.report.figures.sales import draw_sales_over_time
from segmentlab.report.html import load_templates, pack_scripts
from segmentlab.report.tables import ReportTable
from segmentlab.report.wording import format_count, format_percent
from segmentlab.transactions import Overview, find_column_alerts


@dataclass(frozen=True)
class DataPageContent:
    """What the page says of one dataset."""

    title: str
    subtitle: str
    overview: Overview
    pictures: Sequence[Picture]
    sales: Sequence[Picture]


def draw_data_pictures(seen: Overview) -> list[Picture]:
    """What is missing, how lines spread, and which columns go together."""
    missing = draw_missing_values(seen.columns)
    drawn = [missing] if missing is not None else []
    drawn += [draw_sizes(seen.sizes, str(measure)) for measure in seen.sizes["measure"].unique()]
    if not seen.hours.empty:
        drawn.append(draw_hours(seen.hours))
    if len(seen.associations) > 1:
        drawn.append(draw_associations(seen.associations, seen.sampled, seen.rows))
    return drawn


def draw_sales_pictures(seen: Overview) -> list[Picture]:
    """What was sold, when, where and of what."""
    drawn = [draw_sales_over_time(seen.months)]
    if not seen.countries.empty:
        drawn.append(draw_countries(seen.countries))
    if not seen.products.empty:
        drawn += [draw_products_by_lines(seen.products), draw_products_by_revenue(seen.products)]
    return drawn


def write_data_page(title: str, subtitle: str, seen: Overview) -> str:
    """Write the data profile as one self-contained HTML file."""
    content = DataPageContent(title, subtitle, seen, draw_data_pictures(seen), draw_sales_pictures(seen))
    return (
        load_templates()
        .get_template("data_page.html.jinja")
        .render(
            content=content,
            answer=summarise_data(seen),
            columns=make_column_table(seen.columns),
            largest=make_line_table(seen.largest),
            scripts=pack_scripts(),
        )
    )


def write_customers_page(subtitle: str, columns: pd.DataFrame) -> str:
    """Write what is in a table of customers as one self-contained HTML file."""
    customers = columns.loc[columns["column"] == "customer_id", "distinct"].item()
    return (
        load_templates()
        .get_template("customers_page.html.jinja")
        .render(
            content={"title": "Customers profile", "subtitle": subtitle},
            alerts=list(find_column_alerts(columns)),
            answer=f"{format_count(customers)} customers; {_find_largest_gap(columns)}.",
            columns=make_column_table(columns, "customers"),
            scripts=pack_scripts(),
        )
    )


def summarise_data(seen: Overview) -> str:
    """Say in one sentence how much there is and what is missing most."""
    return f"{format_count(seen.rows)} lines in {len(seen.months)} months; {_find_largest_gap(seen.columns)}."


def _find_largest_gap(columns: pd.DataFrame) -> str:
    emptiest = columns.sort_values("missing").iloc[-1]
    if not emptiest["missing"]:
        return "nothing is missing"
    return f"{emptiest['column']} is missing in {format_percent(emptiest['missing'])}"


def make_column_table(columns: pd.DataFrame, counted: str = "lines") -> ReportTable:
    """A row per column of the data."""
    rows = [
        [row["column"], row["type"], format_percent(row["missing"]), format_count(row["distinct"]),
         row["smallest"] or "", row["largest"] or "", row["frequent"]]
        for row in columns.to_dict("records")
    ]  # fmt: skip
    headings = ["Column", "Type", "Missing", "Distinct", "Smallest", "Largest", f"Most frequent ({counted})"]
    return ReportTable("Columns", headings, rows)


def make_line_table(lines: pd.DataFrame) -> ReportTable:
    """Single lines as they stand in the data."""
    rows = [["" if pd.isna(cell) else str(cell) for cell in row] for row in lines.itertuples(index=False)]
    return ReportTable("The largest lines", list(lines.columns), rows)
