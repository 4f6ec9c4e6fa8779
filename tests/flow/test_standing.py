"""Where scored customers stand, by the laws that came with their model."""

from datetime import date

import ibis
import pandas as pd
import pytest

from segmentlab.flow.standing import (
    NEW_NAMES,
    ONE_ORDER_NAMES,
    STANDING_COLUMNS,
    find_true_names,
    place_by_laws,
)
from segmentlab.lab.config.folders import CONF

LINES = pd.DataFrame(
    {"customer_id": ["anna", "anna", "anna", "bert"], "line_total": [20.0, 40.0, -10.0, 5.0],
     "timestamp": pd.to_datetime(["2011-01-01", "2011-01-11", "2011-01-12", "2011-01-30"])}
)  # fmt: skip
DAY = date(2011, 1, 31)


def test_without_laws_it_is_known_what_customers_did_and_nothing_of_what_they_will() -> None:
    found = place_by_laws(None, ibis.memtable(LINES), DAY, pd.Series({"anna": 50.0, "bert": 5.0}))
    assert tuple(found) == STANDING_COLUMNS
    assert found["orders"].to_dict() == {"anna": 2, "bert": 1}
    first, last = (found[name].dt.date.tolist() for name in ("first_order", "last_order"))
    assert first == [date(2011, 1, 1), date(2011, 1, 30)]
    assert last == [date(2011, 1, 11), date(2011, 1, 30)]
    assert found[["late", "expected"]].isna().all(axis=None)


def test_a_name_is_true_of_a_customer_or_not() -> None:
    standing = pd.DataFrame(
        {"orders": pd.array([1, 2, 1, 1, 2, 9, None], "Int64"),
         "first_order": pd.to_datetime(["2011-01-01"] * 3 + ["2010-11-02", "2010-11-01", "2010-01-01", None])}
    )  # fmt: skip
    names = ["One-time", "Einmalkäufer (2 Bestellungen)", "New", "Neukunden", "New (9 spent)", "Best", "New"]
    found = find_true_names(pd.Series(names), standing, DAY)
    assert found.tolist() == [1, 0, 1, 1, 0, 1, pd.NA]


@pytest.mark.parametrize("names", [ONE_ORDER_NAMES, NEW_NAMES])
def test_every_vocabulary_has_one_of_the_names_that_claim_something(names: tuple[str, ...]) -> None:
    """Renamed there, a name would be held against nobody."""
    vocabularies = [path.read_text(encoding="utf-8") for path in sorted((CONF / "names").glob("*.yaml"))]
    assert len(vocabularies) == len(names)
    for text in vocabularies:
        assert sum(f"\n  {name}:\n" in text for name in names) == 1
