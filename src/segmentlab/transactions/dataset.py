"""What a source hands to the flow."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError
from segmentlab.transactions.orders import OrderSums


@dataclass(frozen=True, kw_only=True)
class SourceFacts:
    """Which data it is, and what is known of it beside its tables.

    `truth` is the planted segment per customer of a synthetic world. It travels beside the table and
    is never joined to it: models can't see it, evaluation may.
    """

    name: str
    source: str
    digest: str
    truth: pd.Series | None = None
    notes: tuple[str, ...] = ()  # what the reader found and decided, for whoever looks at the run
    quarantine: pd.DataFrame | None = None  # rows set aside, as they stand in the source
    accept: tuple[str, ...] = ()  # contradictions that somebody has looked at, by their words

    @property
    def about(self) -> "SourceFacts":
        """The same without the tables: small, and of no engine."""
        return SourceFacts(**{field.name: getattr(self, field.name) for field in fields(SourceFacts)})


@dataclass(frozen=True, kw_only=True)
class Dataset(SourceFacts):
    """A canonical transactions table, and what is known of its customers where somebody wrote it down."""

    transactions: ir.Table
    customers: ir.Table | None = None
    sums: OrderSums | None = None  # of these transactions, where the reader has made them

    @property
    def orders(self) -> ir.Table | None:
        """The transactions summed by order, where the reader has done so."""
        if self.sums is None or not self.sums.lines.equals(self.transactions):
            return None
        return self.sums.table

    @property
    def tables(self) -> dict[str, ir.Table]:
        """What there is, by name."""
        known = {} if self.customers is None else {"customers": self.customers}
        return {"transactions": self.transactions, **known}


@dataclass(frozen=True, kw_only=True)
class CustomersOnly(SourceFacts):
    """One row per customer, `customer_id` and whatever is known of them: no purchase, no money, no date."""

    customers: ir.Table

    @property
    def tables(self) -> dict[str, ir.Table]:
        """What there is, by name."""
        return {"customers": self.customers}

    def refuse_day(self, as_of: date | None) -> None:
        """Nothing here has a date, so a day to end at is a mistake."""
        if as_of is not None:
            raise ConfigError(f"as_of={as_of}: {self.name} has no transactions, so no date to end at.")


class Source(Protocol):
    """Anything that can be asked for its transactions, its customers, or both."""

    def read(self, engine: BaseBackend) -> Dataset | CustomersOnly:
        """Open the data on the engine that will compute with it."""
        ...


@runtime_checkable
class FileSource(Protocol):
    """A source that can say what to look at to know whether it still holds the same.

    Its dataset follows from its own fields and from the bytes of these files. A source without this
    method, or that names none, may hold something else at any time: nothing that follows from it is kept.
    """

    def inputs(self) -> Sequence[Path] | None:
        """The files that the dataset is made of; None where it may change without any of them."""
        ...


# Columns that have their types, text that is parsed whenever it is read, or what takes longer than that.
Form = Literal["columns", "text", "slow"]


@runtime_checkable
class CopiedSource(FileSource, Protocol):
    """A source of files that says how they are written: a copy in typed columns may be read faster."""

    def find_form(self) -> Form:
        """The form of its lines, for which it may open them."""
        ...
