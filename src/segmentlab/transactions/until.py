"""Clean lines that end before a day."""

from collections.abc import Mapping
from datetime import date, timedelta

from segmentlab.transactions.cleaning import From, Rule
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import Cleaned, clean


def clean_until(dataset: Dataset, rules: Mapping[str, Rule], as_of: date | None) -> tuple[Cleaned, date]:
    """Clean lines that end before `as_of`, which is the day after the last line unless it is given."""
    if as_of is None:
        last = dataset.transactions["timestamp"].max().to_pyarrow().as_py()
        return clean(dataset.transactions, rules, dataset.source), last.date() + timedelta(days=1)
    rules = {"from_as_of": From(as_of.isoformat()), **rules}
    return clean(dataset.transactions, rules, dataset.source), as_of
