"""What a source hands to the flow."""

from dataclasses import dataclass, fields
from typing import Protocol

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend


@dataclass(frozen=True, kw_only=True)
class About:
    """Which data it is, and what is known of it beside its lines.

    `truth` is the planted segment per customer of a synthetic world. It travels beside the table and
    is never joined to it: models can't see it, evaluation may.
    """

    name: str
    source: str
    digest: str
    truth: pd.Series | None = None
    notes: tuple[str, ...] = ()  # what the reader found and decided, for whoever looks at the run
    quarantine: pd.DataFrame | None = None  # rows set aside, as they stand in the source


@dataclass(frozen=True, kw_only=True)
class Dataset(About):
    """A canonical transactions table, and which data it is."""

    transactions: ir.Table

    @property
    def about(self) -> About:
        """The same without the lines: small, and of no engine."""
        return About(**{field.name: getattr(self, field.name) for field in fields(About)})


class Source(Protocol):
    """Anything that can be asked for its transactions."""

    def read(self, engine: BaseBackend) -> Dataset:
        """Open the data on the engine that will compute with it."""
        ...
