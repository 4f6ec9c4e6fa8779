"""Customers tables for tests: a tiny hand-written one, and one for any set that is made of it."""

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.features.demographics import Demographics

MALL = """CustomerID,Gender,Age,Annual Income (k$),Spending Score (1-100)
1,Male,19,15,39
2,Male,21,15,81
3,Female,20,16,6
"""


def people(chosen: Demographics, customers: Sequence[str]) -> pd.DataFrame:
    """A row per customer whose values follow from the place in the list, so that two engines get the same."""
    places = range(len(customers))
    columns: dict[str, list[object]] = {"customer_id": list(customers)}
    columns |= {name: [place * 7.25 % 50 for place in places] for name in chosen.numbers}
    for name, values in chosen.categories.items():
        typed = [values[0], *(f" {value.upper()} " for value in values[1:])]
        columns[name] = [typed[place % len(typed)] for place in places]
    return pd.DataFrame(columns).astype({"customer_id": "str"})


def table(engine: BaseBackend, frame: pd.DataFrame) -> ir.Table:
    """The rows on an engine."""
    return engine.create_table(ibis.util.gen_name("people"), frame)
