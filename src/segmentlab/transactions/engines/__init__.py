"""Where queries run: DuckDB inside this process, or Spark on one machine or many."""
