"""What a source hands to the flow."""

from dataclasses import dataclass
from typing import Protocol

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend


@dataclass(frozen=True)
class Dataset:
    """A canonical transactions table, who it is, and the truth about it where that is known.

    `truth` is the planted segment per customer of a synthetic world. It travels beside the table and
    is never joined to it: models can't see it, evaluation may.
    """

    name: str
    source: str
    digest: str
    transactions: ir.Table
    truth: pd.Series | None = None
    notes: tuple[str, ...] = ()  # what the reader found and decided, for whoever looks at the run
    quarantine: pd.DataFrame | None = None  # rows set aside, as they stand in the source


class Source(Protocol):
    """Anything that can be asked for its transactions."""

    def read(self, engine: BaseBackend) -> Dataset:
        """Open the data on the engine that will compute with it."""
        ...
