"""Ibis's DuckDB, with tables that are computed when a query first asks for them."""

# Ibis has no types, so a subclass of its classes is one of Any, and what they return is Any too.
# mypy: disable-error-code="misc,no-any-return"

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

import ibis
import ibis.expr.operations as ops
import ibis.expr.types as ir
from ibis.backends import duckdb

# Where DuckDB keeps tables that are a connection's own.
TEMPORARY = ops.Namespace(catalog="temp", database="main")


class LateTable(NamedTuple):
    """What a table will hold, and what is asked before it is computed."""

    content: ir.Table
    check: Callable[[], None]


class Backend(duckdb.Backend):
    """DuckDB through Ibis, as far as SegmentLab needs it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **kwargs)
        self._late: dict[str, LateTable] = {}
        self._computing = threading.RLock()  # a late table may be made of another

    @classmethod
    def open(cls, **settings: str | int) -> "Backend":
        """A new, empty database."""
        cls.register_options()
        backend: Backend = cls().connect(**settings)
        return backend

    def create_late_table(self, content: ir.Table, check: Callable[[], None]) -> ir.Table:
        """A table that costs nothing unless a query asks for it, and is computed once if one does.

        `check` may refuse by then: what the content is made of may have changed.
        """
        name = ibis.util.gen_name("late")
        self._late[name] = LateTable(content, check)
        return ops.DatabaseTable(
            name=name, schema=content.schema(), source=self, namespace=TEMPORARY
        ).to_expr()

    def write_query(self, query: ir.Table) -> str:
        """The query as DuckDB takes it; tables in memory that it joins are there from now on."""
        self._run_pre_execute_hooks(query)
        return self.compile(query)

    def _run_pre_execute_hooks(self, expr: ir.Expr) -> None:
        """Ibis calls this before every query."""
        if self._late:
            for table in expr.op().find(ops.DatabaseTable):
                self._compute_late_table(table.name)
        super()._run_pre_execute_hooks(expr)

    def _compute_late_table(self, name: str) -> None:
        with self._computing:
            late = self._late.get(name)
            if late is None:
                return
            late.check()
            self.create_table(name, late.content, temp=True)
            del self._late[name]
