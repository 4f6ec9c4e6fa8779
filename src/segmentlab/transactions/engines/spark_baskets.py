"""Baskets that stay in Spark: frequent sets come from MLlib's FP-growth, all else as sums."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Self

import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from segmentlab.transactions.engines.spark_errors import translate_errors

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SEGMENT: Final = "segment"
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class BasketFrame:
    """A row for each basket: its `owner`, its `day`, the numbers of its products in `items`.

    Once owners are labelled, it has their `segment` as well.
    """

    rows: "DataFrame"

    @classmethod
    def gather(cls, entries: ir.Table) -> Self:
        """From a row for each basket and product: `owner`, `order`, `product` (a number) and `moment`."""
        from pyspark import StorageLevel
        from pyspark.sql import functions as f

        lines = entries.get_backend().to_frame(entries)
        grouped = lines.groupBy("owner", "order")
        rows = grouped.agg(
            f.to_date(f.min("moment")).alias("day"), f.sort_array(f.collect_set("product")).alias("items")
        )
        return cls(rows.persist(StorageLevel.MEMORY_AND_DISK))

    def label(self, labels: pd.Series) -> Self:
        """The same with the segment of whoever bought, missing where that is not known."""
        table = pa.table({"owner": labels.index.astype("str"), SEGMENT: labels.to_numpy(dtype=np.int64)})
        known = self.rows.sparkSession.createDataFrame(table)
        return replace(self, rows=self.rows.join(known, "owner", "left"))

    def select(self, condition: str) -> Self:
        """The baskets of which the condition, in SQL, is true."""
        return replace(self, rows=self.rows.filter(condition))

    def count(self, what: str = "count(*)") -> int:
        """How many baskets there are, or what else is asked for in SQL."""
        with translate_errors():
            return int(self.rows.selectExpr(f"{what} AS found").collect()[0]["found"])

    def count_days(self) -> pd.Series:
        """How many baskets each day has, in their order."""
        with translate_errors():
            found = self.rows.groupBy("day").count().toArrow().to_pandas()
        counts: pd.Series = found.set_index("day")["count"].sort_index()
        return counts

    def describe_products(self) -> pd.DataFrame:
        """By product: in how many baskets it is (`baskets`), and on which day it was bought last."""
        from pyspark.sql import functions as f

        entries = self.rows.selectExpr("explode(items) AS product", "day")
        sums = [f.count("*").alias("baskets"), f.max("day").alias("last")]
        with translate_errors():
            found = entries.groupBy("product").agg(*sums).toArrow().to_pandas()
        table: pd.DataFrame = found.set_index("product")
        return table

    def find_frequent_sets(self, least: int, most: int, products: int = 3) -> pd.DataFrame:
        """The sets of up to so many products in at least so many baskets: `items`, and their `baskets`.

        FP-growth knows no largest size, so longer sets are found as well and left in Spark. Up to one more
        than the `most` sets come here.
        """
        from pyspark.ml.fpm import FPGrowth
        from pyspark.sql import functions as f

        growth = FPGrowth(itemsCol="items", minSupport=min((least - 0.5) / max(self.count(), 1), 1.0))
        with translate_errors():
            sets = growth.fit(self.rows.select("items")).freqItemsets
            short = sets.filter(f.size("items").between(2, products)).limit(most + 1)
            found: pd.DataFrame = short.toArrow().to_pandas()
        return found.rename(columns={"freq": "baskets"})

    def count_sets(self, sets: Sequence[Sequence[int]]) -> Numbers:
        """In how many baskets each of these sets lies, whether it is frequent or not."""
        from pyspark.sql import functions as f

        if not len(sets):
            return np.zeros(0, dtype=np.int64)
        table = pa.table({"place": np.arange(len(sets)), "wanted": [list(map(int, one)) for one in sets]})
        first = f.col("wanted")[0]
        wanted = self.rows.sparkSession.createDataFrame(table).withColumn("product", first)
        entries = self.rows.select("items", f.explode("items").alias("product"))
        joined = entries.join(f.broadcast(wanted), "product").filter(
            f.size(f.array_intersect("items", "wanted")) == f.size("wanted")
        )
        counts = np.zeros(len(sets), dtype=np.int64)
        with translate_errors():
            found = joined.groupBy("place").count().toArrow().to_pandas()
        counts[found["place"].to_numpy()] = found["count"].to_numpy()
        return counts
