"""Tables of all segments together, and of what the run measured and took out."""

from collections.abc import Mapping, Sequence
from typing import Final

import pandas as pd

from segmentlab.features.contract import Column
from segmentlab.report.table import Table, records
from segmentlab.report.wording import amount, count, headings, percent

# The columns of a profile that tell a size: its heading, and how it is written.
SIZES: Final = {
    "customers": ("Customers", count),
    "customer_share": ("Share", percent),
    "revenue": ("Revenue", count),
    "revenue_share": ("Share", percent),
}


def size_table(profile: pd.DataFrame) -> Table:
    """Customers and revenue per segment, with the total that they sum to."""
    shown = {name: wording for name, wording in SIZES.items() if name in profile}
    every = pd.concat([profile[list(shown)], profile[list(shown)].sum().to_frame("All").T])
    rows = [
        [name, *(word(value) for (_, word), value in zip(shown.values(), sizes, strict=True))]
        for name, sizes in zip([*profile["name"], "All"], every.to_numpy(), strict=True)
    ]
    return Table("Size", ["Segment", *(heading for heading, _ in shown.values())], rows)


def feature_table(profile: pd.DataFrame, columns: Sequence[Column], kind: str) -> Table:
    """The median or the mean of every feature per segment, in the feature's own unit."""
    rows = [
        [row["name"], *(amount(row[f"{column.name}_{kind}"]) for column in columns)]
        for row in records(profile)
    ]
    return Table(f"{kind.capitalize()} of each feature", ["Segment", *headings(columns)], rows)


def metric_table(metrics: Mapping[str, float]) -> Table:
    """Every number measured, by the name that it has in the tracking store."""
    rows = [[name, amount(value)] for name, value in sorted(metrics.items())]
    return Table("All metrics", ["Metric", "Value"], rows)


def ledger_table(ledger: pd.DataFrame) -> Table:
    """What cleaning took out, from what was read to what was kept."""
    rows = [
        [entry["rule"].replace("_", " "), count(entry["rows"]), count(entry["customers"]),
         f"{entry['revenue']:,.2f}"]
        for entry in records(ledger)
    ]  # fmt: skip
    return Table("What cleaning took out", ["Rule", "Rows", "Customers", "Revenue"], rows)
