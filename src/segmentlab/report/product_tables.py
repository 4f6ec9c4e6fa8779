"""What segments buy, and what to recommend to them, as tables."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import pandas as pd

from segmentlab.report.table import Table, records
from segmentlab.report.wording import count, percent, shortened

SHOWN: Final = 10  # products of a segment; the tables beside the report have them all
LONGEST_NAME: Final = 60
WAYS: Final = {
    "segments": "What the segment buys (ours)",
    "popularity": "What everybody buys",
    "random": "A random draw",
}
COUNTED: Final = {"new": "new to the customer", "any": "bought before or not"}
BOUNDS: Final = {"likelihood": ("low", "high")}


def product_name(product: Mapping[str, Any]) -> str:
    """The description of a product, shortened, or its id where it has none."""
    described = product.get("description")
    text = product["product_id"] if described is None or pd.isna(described) else described
    return shortened(str(text), LONGEST_NAME)


def product_table(title: str, products: pd.DataFrame, rank: str) -> Table:
    """The first products of one segment by a rank, with how likely a customer buys them at least once."""
    rows = [
        [product_name(product), _between(product, "likelihood", percent),
         _between(product, "lift", "{:.2f}".format)]
        for product in records(products[products[rank] <= SHOWN].sort_values(rank))
    ]  # fmt: skip
    return Table(title, ["Product", "Likelihood", "Lift"], rows)


def recommendation_table(recommended: pd.DataFrame) -> Table:
    """What to tell one segment about: products on most lists of customers who do not have them."""
    rows = [
        [product_name(product), count(product["on_lists"]), percent(product["likelihood"])]
        for product in records(recommended.head(SHOWN))
    ]
    return Table("Recommended to those who have not bought it", ["Product", "Customers", "Likelihood"], rows)


def hindsight_table(judged: pd.DataFrame) -> Table:
    """How good the recommendations of an earlier day were, beside what everybody could recommend."""
    rows = [
        [f"{WAYS[row['by']]}, {COUNTED[row['products']]}", count(row["customers"]),
         _between(row, "hit_rate", percent), _between(row, "recall", percent)]
        for row in records(judged)
    ]  # fmt: skip
    title = "Recommendations: would those of an earlier day have been bought?"
    return Table(title, ["Recommended", "Customers who came back", "Hit rate", "Recall"], rows)


def _between(row: Mapping[str, Any], value: str, word: Callable[[float], str]) -> str:
    """A number, with its 95 % interval where that was drawn."""
    low, high = BOUNDS.get(value, (f"{value}_low", f"{value}_high"))
    if low not in row:
        return word(row[value])
    bounds = (word(row[bound]).removesuffix(" %") for bound in (low, high))
    return f"{word(row[value])} ({' to '.join(bounds)})"
