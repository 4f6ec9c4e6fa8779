"""The first look, against rows counted by hand."""

import ibis
import pandas as pd
import pytest
from hypothesis import given
from ibis.backends import BaseBackend

from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_frame as frame
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.overview import make_overview

ENGINE = ibis.duckdb.connect()


def test_columns_by_hand(engine: BaseBackend) -> None:
    columns = make_overview(table(engine, SHOP)).columns.set_index("column")
    assert columns.loc["customer_id"].tolist() == [
        "string", 0.1, 4, "anna", "dora", "anna (4), bert (3), carl (1), dora (1), missing (1)",
    ]  # fmt: skip
    assert columns.loc["quantity", ["smallest", "largest"]].tolist() == ["-10.0", "10.0"]


def test_countries_products_and_months_by_hand(engine: BaseBackend) -> None:
    seen = make_overview(table(engine, SHOP))
    assert seen.rows == 10
    assert seen.countries.to_numpy().tolist() == [["Spain", 3, 6, 134.73], ["France", 1, 4, 5.4]]
    first = seen.products.set_index("product_id").loc["22326"]
    assert (first["lines"], first["pieces"], first["revenue"], first["by_lines"]) == (4, 8.0, 18.83, 1)
    assert seen.months[["sales", "returns"]].to_numpy().tolist() == [[5.4, 0], [30.6, 0], [118.63, -14.5]]
    assert seen.largest["value"].abs().is_monotonic_decreasing
    assert seen.largest["invoice_id"].iloc[0] == "A1008"


@given(rows=random_logs())
def test_every_table_sums_to_the_log(rows: list[tuple[object, ...]]) -> None:
    log = frame(rows)
    value = (log["quantity"] * log["unit_price"]).sum()
    seen = make_overview(table(ENGINE, rows))
    assert seen.countries["lines"].sum() == len(log)
    assert seen.countries["revenue"].sum() == pytest.approx(value, abs=0.1)
    assert seen.products["revenue"].sum() == pytest.approx(value, abs=0.1)
    assert (seen.months["sales"] + seen.months["returns"]).sum() == pytest.approx(value, abs=0.5)


def test_a_log_without_products_and_countries_has_none(engine: BaseBackend) -> None:
    poor = engine.create_table("poor", frame(SHOP).drop(columns=["product_id", "country", "description"]))
    seen = make_overview(poor)
    assert seen.countries.empty
    assert seen.products.empty
    assert isinstance(seen.months, pd.DataFrame)
    assert len(seen.months) == 3
