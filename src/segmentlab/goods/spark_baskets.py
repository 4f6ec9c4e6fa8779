"""Baskets that stay in Spark, with the same answers as those that fit here."""

from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.goods.itemsets import MOST_SETS, Counts, FrequentSets, Items
from segmentlab.transactions import BasketFrame


@dataclass(frozen=True)
class SparkBaskets:
    """Baskets as rows in Spark; `products` and `notes` are as those of `Baskets`."""

    frame: BasketFrame
    products: pd.DataFrame
    notes: tuple[str, ...] = ()
    labelled: bool = False

    def label(self, labels: pd.Series) -> Self:
        """The same with the segment of each owner."""
        return replace(self, frame=self.frame.label(labels), labelled=True)

    def select(
        self, segment: int | None, *, before: date | None = None, since: date | None = None
    ) -> "SparkPart":
        """Those of a segment, or of everybody, before a day or from it on."""
        conditions = {"segment = {}": segment, "day < DATE '{}'": before, "day >= DATE '{}'": since}
        frame = self.frame
        for condition, value in conditions.items():
            frame = frame if value is None else frame.select(condition.format(value))
        return SparkPart(frame, len(self.products))

    def find_last_days(self, before: date | None = None) -> npt.NDArray[np.datetime64]:
        """By product: when it was bought last, before that day."""
        return self.select(None, before=before).last_days

    def count_apart(self) -> tuple[int, int]:
        """How many baskets are of nobody known, and how many of customers without a segment."""
        others = self.frame.select("owner IS NOT NULL AND segment IS NULL").count() if self.labelled else 0
        return self.frame.select("owner IS NULL").count(), others


@dataclass(frozen=True)
class SparkPart:
    """Some of the baskets in Spark."""

    frame: BasketFrame
    width: int  # how many products there are

    @cached_property
    def count(self) -> int:
        """How many there are."""
        return self.frame.count()

    @cached_property
    def _products(self) -> pd.DataFrame:
        return self.frame.describe_products().reindex(range(self.width))

    @property
    def last_days(self) -> npt.NDArray[np.datetime64]:
        """By product: when it was bought last."""
        days = pd.to_datetime(self._products["last"]).to_numpy().astype("datetime64[D]")
        return np.where(np.isnat(days), np.datetime64("0001-01-01", "D"), days)

    def count_owners(self) -> int:
        """Of how many known customers they are."""
        return self.frame.count("count(DISTINCT owner)")

    def count_products(self) -> Counts:
        """By product: in how many of them it lies."""
        return self._products["baskets"].fillna(0).to_numpy(dtype=np.int64)

    def count_days(self) -> pd.Series:
        """How many there are of each day, in the order of days."""
        return self.frame.count_days()

    def find_sets(self, least: int) -> FrequentSets:
        """The sets of up to three products in at least so many of them, by MLlib's FP-growth."""
        found = self.frame.find_frequent_sets(least, MOST_SETS)
        if len(found) > MOST_SETS:
            raise ConfigError(
                f"support={least / self.count:.2g}: more than {MOST_SETS:,} sets of products lie in "
                f"{least:,} or more of {self.count:,} baskets. Write a larger support."
            )
        sizes = found["items"].map(len)
        pairs, pair_counts = _order_sets(found[sizes == 2], 2)
        triples, triple_counts = _order_sets(found[sizes == 3], 3)
        return FrequentSets(
            self.count, least, self.count_products(), pairs, pair_counts, triples, triple_counts
        )

    def count_sets(self, items: Items) -> Counts:
        """In how many of them each of these sets lies, frequent or not."""
        return self.frame.count_sets(items.tolist())


def _order_sets(found: pd.DataFrame, size: int) -> tuple[Items, Counts]:
    """Sets in the order of their products, as those that are found here."""
    items = np.array([sorted(one) for one in found["items"]], dtype=np.int32).reshape(-1, size)
    order = np.lexsort(items.T[::-1])
    return items[order], found["baskets"].to_numpy(dtype=np.int64)[order]
