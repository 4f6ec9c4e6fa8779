"""The canonical table is checked by column and row."""

import numpy as np
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.schema import FIELDS, check_values, conform
from tests.logs import SHOP, frame, table


def test_types_that_mean_the_same_are_cast(engine: BaseBackend) -> None:
    lines = frame(SHOP[:3]).astype({"quantity": "int32", "invoice_id": "int64"})
    conformed = conform(engine.create_table("t", lines), "shop")
    types = {field.name: field.dtype for field in FIELDS}
    assert {name: kind.copy(nullable=True) for name, kind in conformed.schema().items()} == types
    assert conformed["invoice_id"].to_pandas().tolist() == ["1001", "1001", "1004"]


def test_optional_columns_may_be_absent_and_others_stay(engine: BaseBackend) -> None:
    lines = frame(SHOP).drop(columns=["country", "description"]).assign(channel="web")
    assert "channel" in conform(engine.create_table("t", lines), "shop").columns


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda lines: lines.rename(columns={"unit_price": "unitprice"}),
            r"'unit_price' .* Did you mean 'unitprice'",
        ),
        (lambda lines: lines.assign(quantity="two"), r"column 'quantity' has type string, expected float64"),
        (lambda lines: lines.assign(timestamp="12/1/2010"), r"column 'timestamp' has type string"),
        (
            lambda lines: lines.assign(customer_id=1.5),
            r"column 'customer_id' has type float64, expected string",
        ),
    ],
)
def test_a_column_that_does_not_fit_is_named(engine: BaseBackend, change: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        conform(engine.create_table("t", change(frame(SHOP))), "shop")


@pytest.mark.parametrize(
    ("column", "value"), [("quantity", np.inf), ("unit_price", np.nan), ("timestamp", None)]
)
def test_a_broken_value_is_named_by_column_and_row(engine: BaseBackend, column: str, value: object) -> None:
    lines = frame(SHOP)
    lines.loc[[4, 6], column] = value
    with pytest.raises(DataError, match=f"shop: column '{column}' .* in 2 rows, first in row 5"):
        check_values(engine.create_table("t", lines), "shop")


def test_a_sound_table_passes_and_an_empty_one_does_not(engine: BaseBackend) -> None:
    check_values(table(engine, SHOP), "shop")
    with pytest.raises(DataError, match="shop: the table holds no rows"):
        check_values(table(engine, []), "shop")
