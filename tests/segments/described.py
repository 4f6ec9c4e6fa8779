"""Customers with features, facts and labels, for tests of what is said of segments."""

from datetime import date

import numpy as np
import pandas as pd

from segmentlab.features.feature_set import Column
from segmentlab.features.table import FeatureTable
from segmentlab.lab.config.build import build_plan
from segmentlab.segments.facts import Facts
from segmentlab.segments.vocabulary import Vocabulary
from tests.configs import composed

AS_OF = date(2012, 1, 1)
COLUMNS = (
    Column("rfm_recency", "days since the last purchase", "days", "log"),
    Column("rfm_frequency", "number of distinct invoices", "invoices", "log"),
    Column("rfm_monetary", "total spend", "money", "log"),
)


def vocabulary(language: str = "english") -> Vocabulary:
    """The words of a language, as they are configured."""
    return build_plan(composed(f"names={language}")).names


def customers(count: int = 120, seed: int = 0, columns: tuple[Column, ...] = COLUMNS) -> FeatureTable:
    """Features that are whole numbers, so that every rule has thresholds in people's units."""
    rng = np.random.default_rng(seed)
    index = pd.Index([f"c{number:04d}" for number in range(count)], name="customer_id", dtype="str")
    values = np.column_stack([rng.integers(1, high, count) for high in (300, 20, 5000)]).astype(float)
    frame = pd.DataFrame(values[:, : len(columns)], index=index, columns=[column.name for column in columns])
    return FeatureTable(frame, columns, AS_OF, {})


def facts_of(table: FeatureTable) -> Facts:
    """Facts that agree with the features; a purchase every month since the first one."""
    recency, orders, money = table.frame.to_numpy().T
    last = pd.Timestamp(AS_OF) - pd.to_timedelta(recency, unit="D")
    frame = pd.DataFrame(
        {
            "revenue": money,
            "orders": orders.astype(int),
            "lines": orders.astype(int) * 2,
            "first": last - pd.to_timedelta(30 * (orders - 1), unit="D"),
            "last": last,
            "items": orders * 4,
            "gross": money + 5,
            "returned": 5.0,
            "net": money,
            "country": np.where(recency > 150, "France", "Spain"),
        },
        index=table.frame.index,
    )
    months = pd.DataFrame(
        {
            "customer_id": frame.index,
            "month": last.to_period("M").to_timestamp(),
            "revenue": money,
            "orders": 1,
        }
    )
    quantities = pd.DataFrame({"customer_id": frame.index, "quantity": orders % 3 + 1, "lines": 2})
    return Facts(frame, months, quantities)


def labelled(table: FeatureTable, segments: list[int]) -> pd.Series:
    """The customers in equal parts, those with most money first."""
    parts = np.array_split(
        table.frame.iloc[:, -1].sort_values(ascending=False).index.to_numpy(), len(segments)
    )
    pairs = {customer: segment for segment, part in zip(segments, parts, strict=True) for customer in part}
    return pd.Series(pairs).reindex(table.frame.index).rename("segment")
