"""Ibis's Spark, brought to the same answers as its DuckDB.

Each method below mends one difference, here and once, so that features and cleaning rules need not
know where they run.
"""

# Ibis has no types, so a subclass of its classes is one of Any, and what they return is Any too.
# mypy: disable-error-code="misc,no-any-return"

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import ibis.expr.types as ir
import pandas as pd
import pyarrow as pa
import sqlglot.expressions as sge
from ibis.backends import pyspark
from ibis.backends.pyspark.datatypes import PySparkSchema
from ibis.backends.sql.compilers.pyspark import PySparkCompiler
from ibis.formats.pandas import PandasData
from ibis.formats.pyarrow import PyArrowData
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession

from segmentlab.errors import DataError
from segmentlab.transactions.engines.spark_errors import find_spark_reason, translate_errors


class _Compiler(PySparkCompiler):
    __slots__ = ()

    def visit_Strip(self, _op: ops.Strip, *, arg: sge.Expression) -> sge.Expression:  # noqa: N802
        r"""Ibis writes the blanks as '\v\f'. Spark reads the letters v and f, and takes them off ids."""
        return self.f.regexp_replace(arg, r"^\s+|\s+$", "")

    def visit_IsInf(self, _op: ops.IsInf, *, arg: sge.Expression) -> sge.Expression:  # noqa: N802
        """Ibis compares two pieces of syntax where it means two values: nothing is ever infinite."""
        return self.f.abs(arg).eq(self.POS_INF)

    def visit_Round(  # noqa: N802
        self, op: ops.Round, *, arg: sge.Expression, digits: sge.Expression
    ) -> sge.Expression:
        """DuckDB scales and rounds the number itself, Spark the decimal digits that it prints as.

        1.005 becomes 1.00 for the one and 1.01 for the other. Scaled to a whole number both agree.
        """
        if not op.arg.dtype.is_floating():
            return super().visit_Round(op, arg=arg, digits=digits)
        scale = self.f.pow(10.0, digits)
        return self.cast(self.f.round(arg * scale, 0) / scale, op.dtype)

    def visit_Cast(self, op: ops.Cast, *, arg: sge.Expression, to: dt.DataType) -> sge.Expression:  # noqa: N802
        """DuckDB rounds a number that becomes whole, halves to even; Spark cuts it off."""
        is_rounded = op.arg.dtype.is_floating() and to.is_integer()
        return super().visit_Cast(op, arg=self.f.rint(arg) if is_rounded else arg, to=to)


class Backend(pyspark.Backend):
    """Spark through Ibis, as far as SegmentLab needs it."""

    compiler = _Compiler()

    @classmethod
    def on(cls, session: SparkSession, **settings: str) -> "Backend":
        """A backend on a running session."""
        cls.register_options()
        backend: Backend = cls().connect(session, **settings)
        return backend

    def read_parquet(
        self, paths: str | Path | Iterable[str | Path], /, *, table_name: str | None = None, **options: object
    ) -> ir.Table:
        """Several files as one table, with a column for each `country=France` in their paths."""
        files = [os.fspath(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
        name = table_name or ibis.util.gen_name("read_parquet")
        try:
            frame = self._session.read.option("basePath", _find_root_folder(files)).parquet(*files, **options)
            frame.createOrReplaceTempView(name)
        except (PySparkException, Py4JJavaError) as error:
            raise DataError(
                f"{files[0]}: Spark can't read it as Parquet ({find_spark_reason(error)}). Check "
                "the file. In a "
                "cluster every machine has to find it under this path."
            ) from error
        return self.table(name)

    def to_frame(self, expr: ir.Table) -> DataFrame:
        """A table as Spark's own, for what Ibis has no words for; nothing is computed yet."""
        self._run_pre_execute_hooks(expr)
        with translate_errors():
            return self._session.sql(self.compile(expr))

    @property
    def master(self) -> str:
        """Where Spark runs, in its own words."""
        return str(self._session.conf.get("spark.master"))

    def create_table(
        self,
        name: str,
        /,
        obj: ir.Table | pd.DataFrame | None = None,
        *,
        temp: bool | None = None,
        **options: object,
    ) -> ir.Table:
        """A temporary table is a view that Spark keeps in its memory; Ibis has none on Spark."""
        if not temp:
            return super().create_table(name, obj, **options)
        lines = obj if isinstance(obj, ir.Table) else ibis.memtable(obj)
        self._run_pre_execute_hooks(lines)
        with translate_errors():
            self._session.sql(self.compile(lines)).cache().createOrReplaceTempView(name)
            return self.table(name)

    def to_pyarrow(self, expr: ir.Expr, /, **options: Any) -> pa.Table | pa.ChunkedArray | pa.Scalar:  # noqa: ANN401
        """Answers come as Arrow, which Spark 4 offers; PySpark's way to pandas does not know pandas 3."""
        lines = expr.as_table()
        self._run_pre_execute_hooks(lines)
        with translate_errors():
            answer = self._session.sql(self.compile(lines, **options)).toArrow()
        return expr.__pyarrow_result__(PyArrowData.convert_table(answer, lines.schema()))

    def execute(self, expr: ir.Expr, /, **options: Any) -> pd.DataFrame | pd.Series | Any:  # noqa: ANN401
        """The answer in pandas, by way of Arrow."""
        lines = expr.as_table()
        answer = self.to_pyarrow(lines, **options).to_pandas()
        return expr.__pandas_result__(PandasData.convert_table(answer, lines.schema()))

    def _register_in_memory_table(self, op: ops.InMemoryTable) -> None:
        """Ibis goes by way of pandas 2, whose dates pandas 3 does not have; Spark 4 takes Arrow."""
        lines = op.data.to_pyarrow(op.schema)
        self._session.createDataFrame(lines, PySparkSchema.from_ibis(op.schema)).createOrReplaceTempView(
            op.name
        )


def _find_root_folder(files: list[str]) -> str:
    """The folder below which the names of folders are columns."""
    root = Path(os.path.commonpath([Path(file).parent for file in files]))
    while "=" in root.name:
        root = root.parent
    return str(root)
