"""The data profile as one HTML file: what is in the data before anybody decides about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from segmentlab.report.figures.ranking import countries, products_by_lines, products_by_revenue
from segmentlab.report.figures.sales_over_time import sales_over_time
from segmentlab.report.html import scripts, templates
from segmentlab.report.picture import Picture
from segmentlab.report.table import Table
from segmentlab.report.wording import count, percent
from segmentlab.transactions.overview import Overview


@dataclass(frozen=True)
class DataPageContent:
    """What the page says of one dataset."""

    title: str
    subtitle: str
    overview: Overview
    pictures: Sequence[Picture]


def data_pictures(seen: Overview) -> list[Picture]:
    """Every figure that the data has columns for."""
    drawn = [sales_over_time(seen.months)]
    if not seen.countries.empty:
        drawn.append(countries(seen.countries))
    if not seen.products.empty:
        drawn += [products_by_lines(seen.products), products_by_revenue(seen.products)]
    return drawn


def data_page(title: str, subtitle: str, seen: Overview) -> str:
    """Write the data profile as one self-contained HTML file."""
    content = DataPageContent(title, subtitle, seen, data_pictures(seen))
    return (
        templates()
        .get_template("data_page.html.jinja")
        .render(
            content=content,
            answer=answer(seen),
            columns=column_table(seen.columns),
            largest=line_table(seen.largest),
            scripts=scripts(),
        )
    )


def customers_page(subtitle: str, columns: pd.DataFrame) -> str:
    """Write what is in a table of customers as one self-contained HTML file."""
    customers = columns.loc[columns["column"] == "customer_id", "distinct"].item()
    return (
        templates()
        .get_template("customers_page.html.jinja")
        .render(
            content={"title": "Customers profile", "subtitle": subtitle},
            answer=f"{count(customers)} customers; {_gap(columns)}.",
            columns=column_table(columns, "customers"),
            scripts=scripts(),
        )
    )


def answer(seen: Overview) -> str:
    """Say in one sentence how much there is and what is missing most."""
    return f"{count(seen.rows)} lines in {len(seen.months)} months; {_gap(seen.columns)}."


def _gap(columns: pd.DataFrame) -> str:
    emptiest = columns.sort_values("missing").iloc[-1]
    if not emptiest["missing"]:
        return "nothing is missing"
    return f"{emptiest['column']} is missing in {percent(emptiest['missing'])}"


def column_table(columns: pd.DataFrame, counted: str = "lines") -> Table:
    """A row per column of the data."""
    rows = [
        [row["column"], row["type"], percent(row["missing"]), count(row["distinct"]),
         row["smallest"] or "", row["largest"] or "", row["frequent"]]
        for row in columns.to_dict("records")
    ]  # fmt: skip
    headings = ["Column", "Type", "Missing", "Distinct", "Smallest", "Largest", f"Most frequent ({counted})"]
    return Table("Columns", headings, rows)


def line_table(lines: pd.DataFrame) -> Table:
    """Single lines as they stand in the data."""
    rows = [["" if pd.isna(cell) else str(cell) for cell in row] for row in lines.itertuples(index=False)]
    return Table("The largest lines", list(lines.columns), rows)
