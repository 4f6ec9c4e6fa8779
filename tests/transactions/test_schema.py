"""The canonical table is checked by column and row."""

from datetime import datetime

import numpy as np
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_frame as frame
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.schema import check_values


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("quantity", np.inf),
        ("quantity", -1e300),
        ("unit_price", np.nan),
        ("timestamp", None),
        ("timestamp", datetime(10, 12, 1)),
    ],
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
