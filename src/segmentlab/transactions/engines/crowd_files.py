"""The customers of an earlier run as the files that it left: read here, or in Spark where they are many."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from ibis.backends import BaseBackend

from segmentlab.transactions.engines.crowd import Crowd, CrowdFolder
from segmentlab.transactions.engines.spark import CrowdRules


@dataclass(frozen=True)
class CrowdFiles:
    """A Parquet file, or a folder of them, below a folder that every machine finds."""

    path: Path
    folder: CrowdFolder
    rules: CrowdRules

    @property
    def customers(self) -> int:
        """How many there are, by what the files say of themselves."""
        files = [self.path] if self.path.is_file() else list(self.path.glob("*.parquet"))
        return sum(pq.read_metadata(file).num_rows for file in files)

    def are_many(self, people: int) -> bool:
        """Whether these, or so many others beside them, are more than shall come here."""
        return max(self.customers, people) > self.rules.most_here

    def read(self, columns: Sequence[str]) -> pd.DataFrame:
        """These columns, by customer."""
        return pd.read_parquet(self.path, columns=["customer_id", *columns]).set_index("customer_id")

    def open(self, backend: BaseBackend, columns: Sequence[str]) -> Crowd:
        """The same in Spark."""
        self.rules.check_reach(str(backend.master))
        lines = backend.read_parquet(str(self.path)).select("customer_id", *columns)
        return Crowd(backend.to_frame(lines), self.customers, self.folder)
