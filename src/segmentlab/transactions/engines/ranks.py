"""Two crowds compared column by column, by counting how many lie at or below each value.

Nothing is approximate: a column is sorted where it lies, once, and what is asked of it comes back.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from segmentlab.transactions.engines.spark_errors import translate_errors

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame


class Ranked(NamedTuple):
    """A value, and how many of each crowd lie at or below it."""

    value: float
    before: int
    after: int


class RankedColumn(NamedTuple):
    """The values at the ranks that were asked for, and the largest gap between the cumulative shares."""

    gap: float
    before: list[Ranked]
    after: list[Ranked]


class RankedSide(NamedTuple):
    """One of two crowds: its rows, how many there are, and which of them in order are asked for, from 0."""

    rows: "DataFrame"
    customers: int
    ranks: Sequence[int]


def rank_columns(before: RankedSide, after: RankedSide, names: Sequence[str]) -> dict[str, RankedColumn]:
    """Compare the columns of these names.

    Each is one task of Spark's at the end, which sorts its different values and spills what does not fit.
    """
    from pyspark.sql import Window
    from pyspark.sql import functions as f

    counted = _count_values(before.rows, names, 1, 0).unionByName(_count_values(after.rows, names, 0, 1))
    counted = counted.groupBy("place", "value").agg(f.sum("before").alias("b"), f.sum("after").alias("a"))
    so_far = Window.partitionBy("place").orderBy("value").rowsBetween(Window.unboundedPreceding, 0)
    upto = counted.select("place", "value", *(f.sum(one).over(so_far).alias(one) for one in "ba"))
    gap = f.abs(f.col("b") / before.customers - f.col("a") / after.customers)
    asked = {
        f"{side}{at}": _find_rank(side, rank)
        for side, ranks in (("b", before.ranks), ("a", after.ranks))
        for at, rank in enumerate(ranks)
    }
    told = [f.max(gap).alias("gap"), *(found.alias(name) for name, found in asked.items())]
    with translate_errors():
        rows = upto.groupBy("place").agg(*told).toArrow().to_pylist()
    return {
        names[int(row["place"])]: RankedColumn(
            row["gap"],
            [Ranked(*row[f"b{at}"].values()) for at in range(len(before.ranks))],
            [Ranked(*row[f"a{at}"].values()) for at in range(len(after.ranks))],
        )
        for row in sorted(rows, key=lambda row: int(row["place"]))
    }


def _count_values(rows: "DataFrame", names: Sequence[str], before: int, after: int) -> "DataFrame":
    """A row for each value of each column, which is known by its place: names may be any text."""
    from pyspark.sql import functions as f

    columns = [f.col(f"`{name}`").cast("double").alias(str(place)) for place, name in enumerate(names)]
    long = rows.select(*columns).unpivot([], [str(place) for place in range(len(names))], "place", "value")
    counted: DataFrame = long.select(
        "place", "value", f.lit(before).alias("before"), f.lit(after).alias("after")
    )
    return counted


def _find_rank(side: str, rank: int) -> "Column":
    """The first value up to which there are more than `rank` of that side."""
    from pyspark.sql import functions as f

    return f.min(f.when(f.col(side) > rank, f.struct("value", "b", "a")))
