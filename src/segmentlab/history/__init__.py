"""What every snapshot said of every customer: one small table, in DuckDB or in the user's database."""

from segmentlab.history.history import History

__all__ = ["History"]
