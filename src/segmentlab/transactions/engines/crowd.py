"""More customers than this process shall hold: a row for each stays in Spark, and answers come as sums.

Nothing here knows what a segment is. Rows are kept as Parquet below one folder, which goes with the process;
functions of ours work on them where they are, some thousand rows at a time, as Arrow.
"""

import shutil
import tempfile
import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

import ibis.expr.types as ir
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from segmentlab.transactions.engines.spark import CrowdRules
from segmentlab.transactions.engines.spark_errors import translate_errors

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ROWS_PER_PART: Final = 250_000  # customers: what one task works on, on any cluster, so that sums are alike
STRATA: Final = (0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)  # where strata begin: few customers pay much
SPARE: Final = 1.2  # more are drawn by hash than are kept, so that hardly a stratum runs short
HASHES: Final = 1 << 40
BLOCK: Final = 50_000  # rows that are here at a time
ACCURACY: Final = 10_000  # of a median: its rank is right to a ten-thousandth

BatchFunction = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True, eq=False)
class CrowdFolder:
    """Where a crowd is written; the files go when nobody asks for them any more, or the process ends."""

    path: Path

    @classmethod
    def make(cls, parent: str | None) -> Self:
        """A new folder of our own."""
        made = cls(Path(tempfile.mkdtemp(prefix="segmentlab-", dir=parent)))
        weakref.finalize(made, shutil.rmtree, made.path, ignore_errors=True)
        return made

    def write(self, frame: "DataFrame", name: str) -> "DataFrame":
        """Compute a frame once, and read it from here from now on."""
        path = str(self.path / name)
        with translate_errors():
            frame.write.parquet(path)
            written: DataFrame = frame.sparkSession.read.parquet(path)
        return written


@dataclass(frozen=True)
class Crowd:
    """A row for each customer, kept in Spark.

    `rows` are the customers, and `months` what each spent in which month, where that was asked for.
    """

    rows: "DataFrame"
    customers: int
    folder: CrowdFolder
    months: "DataFrame | None" = None

    @classmethod
    def keep(cls, rows: ir.Table, people: int, rules: CrowdRules, months: ir.Table | None = None) -> "Crowd":
        """Compute the rows, each once, and write them where Spark finds them again.

        They are `people` at most, which says into how many parts they are cut.
        """
        backend = rows.get_backend()
        rules.check_reach(str(backend.master))
        folder = CrowdFolder.make(rules.folder)
        known = folder.write(_cut_alike(backend.to_frame(rows), people), "described")
        by_month = None if months is None else folder.write(backend.to_frame(months), "months")
        return cls(known, known.count(), folder, by_month)

    def open(self, path: Path) -> "Crowd":
        """Other customers, from a Parquet file of ours."""
        rows = self.rows.sparkSession.read.parquet(str(path))
        return replace(self, rows=rows, customers=rows.count(), months=None)

    def add(self, function: BatchFunction, columns: Mapping[str, str], needed: Sequence[str]) -> "Crowd":
        """The rows with further columns: `columns` says their types, and `function` has the needed ones."""
        schema = _write_schema({**dict(self.rows.dtypes), **columns})
        made = self.rows.mapInArrow(_append_columns(function, dict(columns), list(needed)), schema)
        return replace(self, rows=self.folder.write(made, f"placed-{uuid.uuid4().hex}"))

    def make_points(self, function: BatchFunction, needed: Sequence[str], width: int) -> "Crowd":
        """Where customers stand (x0, x1 and so on), kept for models that look at them again and again.

        They lie in parts that depend on nothing but the ids: MLlib draws its first centres part by part.
        """
        from pyspark import StorageLevel

        names = [f"x{place}" for place in range(width)]
        columns = {"customer_id": "string", **dict.fromkeys(names, "double")}
        rows = self.rows.select("customer_id", *needed)
        made = rows.mapInArrow(_replace_rows(function, columns), _write_schema(columns))
        points = _cut_alike(made, self.customers).select(*names)
        return replace(self, rows=points.persist(StorageLevel.MEMORY_AND_DISK))

    def sum_up(
        self,
        function: BatchFunction,
        key: str,
        names: Sequence[str],
        needed: Sequence[str],
        kind: str = "bigint",
    ) -> pd.DataFrame:
        """The sums by key of what the function makes of each batch: it gives a row per key that it meets."""
        from pyspark.sql import functions as f

        columns = {key: kind, **dict.fromkeys(names, "double")}
        parts = self.rows.select(*needed).mapInArrow(_replace_rows(function, columns), _write_schema(columns))
        with translate_errors():
            sums = parts.groupBy(key).agg(*(f.sum(f"`{name}`").alias(name) for name in names))
            return _fetch(sums, [key]).set_index(key)

    def describe_groups(self, key: str, totals: Mapping[str, str], features: Sequence[str]) -> pd.DataFrame:
        """By group: what the totals say in SQL, and the mean and median of each feature; all in one pass.

        Medians are approximate: Spark keeps a sketch of each column, not the column.
        """
        from pyspark.sql import functions as f

        columns = [f.expr(total).alias(name) for name, total in totals.items()]
        for name in features:
            columns.append(f.avg(f"`{name}`").alias(f"{name}_mean"))
            columns.append(f.percentile_approx(f"`{name}`", 0.5, ACCURACY).alias(f"{name}_median"))
        with translate_errors():
            return _fetch(self.rows.groupBy(key).agg(*columns), [key]).set_index(key)

    def sum_months(self, key: str) -> pd.DataFrame:
        """By group and month: who bought, for how much, in how many orders."""
        from pyspark.sql import functions as f

        assert self.months is not None  # asked for when the crowd was kept
        joined = self.months.join(self.rows.select("customer_id", key), "customer_id")
        sums = [f.sum("revenue").alias("revenue"), f.sum("orders").alias("orders")]
        with translate_errors():
            counted = joined.groupBy(key, "month").agg(f.count("*").alias("customers"), *sums)
            return _fetch(counted, [key, "month"])

    def select(self, condition: str) -> "Crowd":
        """Those of whom the condition, in SQL, is true."""
        with translate_errors():
            rows = self.rows.filter(condition)
            return replace(self, rows=rows, customers=rows.count())

    def join(self, other: "Crowd", names: Mapping[str, str]) -> "Crowd":
        """The rows beside columns that another crowd has of the same customers: new name, name there."""
        from pyspark.sql import functions as f

        columns = [f.col(f"`{there}`").alias(new) for new, there in names.items()]
        more = other.rows.select("customer_id", *columns)
        return replace(self, rows=self.rows.join(more, "customer_id", "left"))

    def rename(self, names: Mapping[str, str]) -> "Crowd":
        """The same customers with these columns: new name, name so far."""
        from pyspark.sql import functions as f

        columns = [f.col(f"`{sofar}`").alias(new) for new, sofar in names.items()]
        return replace(self, rows=self.rows.select("customer_id", *columns))

    def count_by(self, *keys: str) -> pd.Series:
        """How many rows have which values of these columns."""
        with translate_errors():
            counts = _fetch(self.rows.groupBy(*keys).count(), [*keys]).set_index([*keys])["count"]
        return counts.rename("customers")

    def count_missing(self, *others: "Crowd") -> int:
        """How many are in none of the others."""
        rows = self.rows.select("customer_id")
        for other in others:
            rows = rows.join(other.rows.select("customer_id"), "customer_id", "left_anti")
        with translate_errors():
            return int(rows.count())

    def draw_by_hash(self, size: int, seed: int) -> pd.DataFrame:
        """About `size` rows, whoever they are, in the order of their ids."""
        with translate_errors():
            some = _add_chance(self.rows, seed).filter(f"chance < {size / max(1, self.customers)!r}")
            return _fetch(some.drop("chance"), ["customer_id"])

    def draw_sample(self, size: int, by: str, seed: int) -> pd.DataFrame:
        """About `size` rows, each stratum of `by` in proportion, chosen by a hash of id and seed.

        A hash chooses the same customers on every cluster, in whatever order their rows lie.
        """
        from pyspark.sql import functions as f

        share = min(1.0, size / self.customers)
        with translate_errors():
            some = _add_chance(self.rows, seed).filter(f.col("chance") < share * SPARE)
            drawn = _fetch(some, ["chance", "customer_id"])
            cuts = np.unique([-np.inf, *np.quantile(drawn[by], STRATA, method="lower")])
            reached = [f.count_if(f.col(by) >= float(cut)).alias(f"n{at}") for at, cut in enumerate(cuts)]
            above = [*self.rows.agg(*reached).collect()[0], 0]
        quotas = np.maximum(np.round(share * -np.diff(above)), 1)
        stratum = np.searchsorted(cuts, drawn[by], side="right") - 1
        chosen = drawn.groupby(stratum).cumcount() < quotas[stratum]
        return drawn[chosen].drop(columns="chance").sort_values("customer_id", ignore_index=True)

    def find_rows(self, condition: str, most: int) -> pd.DataFrame:
        """Some of the rows of which the condition, in SQL, is true."""
        with translate_errors():
            return _fetch(self.rows.filter(condition).limit(most), ["customer_id"])

    def write(self, name: str, columns: Sequence[str]) -> Path:
        """These columns as a folder of Parquet files, always the same, each in the order of the ids."""
        place = f"{uuid.uuid4().hex}/{name}"  # several models may be learnt from the same customers
        self.folder.write(_cut_alike(self.rows.select(*columns), self.customers), place)
        path = self.folder.path / place
        for own in (*path.glob(".*.crc"), *path.glob("_SUCCESS")):  # Spark's own marks
            own.unlink()
        return path


def read_blocks(folder: Path) -> Iterator[pd.DataFrame]:
    """What was written as a folder of Parquet files, some thousand rows at a time, in order."""
    for file in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(file) as opened:
            for batch in opened.iter_batches(BLOCK):
                yield batch.to_pandas()


def _fetch(frame: "DataFrame", order: list[str]) -> pd.DataFrame:
    """A small answer. PySpark's own way to pandas does not know pandas 3; the session's time zone is UTC."""
    found: pd.DataFrame = frame.toArrow().to_pandas()
    for name in found.select_dtypes("datetimetz"):
        found[name] = found[name].dt.tz_localize(None)
    return found.sort_values(order, ignore_index=True)


def _add_chance(rows: "DataFrame", seed: int) -> "DataFrame":
    """A number from 0 to 1 for each customer, the same on every cluster."""
    from pyspark.sql import functions as f

    chance = f.pmod(f.xxhash64("customer_id", f.lit(seed)), f.lit(HASHES)) / float(HASHES)
    drawn: DataFrame = rows.withColumn("chance", chance)
    return drawn


def _cut_alike(frame: "DataFrame", customers: int) -> "DataFrame":
    """Parts that depend on nothing but the ids: neither on the cluster nor on who was first."""
    parts = max(2, -(-customers // ROWS_PER_PART))
    cut: DataFrame = frame.repartition(parts, "customer_id").sortWithinPartitions("customer_id")
    return cut


def _append_columns(
    function: BatchFunction, columns: Mapping[str, str], needed: list[str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            made = function(batch.select(needed).to_pandas())
            for name in columns:
                batch = batch.append_column(name, _convert_to_arrow(made[name], columns[name]))  # noqa: PLW2901
            yield batch

    return run


def _replace_rows(
    function: BatchFunction, columns: Mapping[str, str]
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            found = function(batch.to_pandas())
            if found.empty:
                continue
            made = found.rename_axis(next(iter(columns))).reset_index()
            arrays = [_convert_to_arrow(made[name], kind) for name, kind in columns.items()]
            yield pa.RecordBatch.from_arrays(arrays, names=list(columns))

    return run


def _convert_to_arrow(column: pd.Series, kind: str) -> pa.Array:
    """Of exactly the type that Spark was told: what pandas would choose is another text than Spark's."""
    kinds = {"string": pa.string(), "bigint": pa.int64(), "double": pa.float64()}
    return pa.array(column.to_numpy(), type=kinds[kind])


def _write_schema(columns: Mapping[str, str]) -> str:
    return ", ".join(f"`{name}` {kind}" for name, kind in columns.items())
