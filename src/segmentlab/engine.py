"""Where queries run."""

import tempfile
from pathlib import Path

import ibis
from ibis.backends import BaseBackend


def connect() -> BaseBackend:
    """DuckDB inside this process; what does not fit into memory spills to the system's temporary folder."""
    spill = Path(tempfile.gettempdir()) / "segmentlab-spill"
    return ibis.duckdb.connect(temp_directory=str(spill))
