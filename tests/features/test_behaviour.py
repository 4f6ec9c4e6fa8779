"""Behaviour by hand, and its totals on the published data."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.features.behaviour import Behaviour
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_plan
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.ledger import clean_lines
from tests.configs import composed


def described(engine: BaseBackend, lines: list[tuple[object, ...]], as_of: date) -> pd.DataFrame:
    return build_feature_table({"behaviour": Behaviour()}, table(engine, lines), as_of).frame


def test_two_customers_by_hand(engine: BaseBackend) -> None:
    lines = [line for line in SHOP if line[0] in ("anna", "bert") and line[4] > 0]
    expected = pd.DataFrame(
        {
            "behaviour_frequency": [30 * 2 / 56, 30 * 2 / 30],  # bert is 20 days old, and counts as 30
            "behaviour_quantity": [13.0, 7.0],
            "behaviour_spend": [19.9, 30.6],
            "behaviour_purchase_value": [9.95, 15.3],
            "behaviour_unit_price": [19.9 / 13, 30.6 / 7],
            "behaviour_usual_quantity": [1.0, 3.0],  # anna's 1, 2 and 10 are equally frequent
            "behaviour_basket_items": [6.5, 3.5],
        },
        index=pd.Index(["anna", "bert"], name="customer_id"),
    )
    pd.testing.assert_frame_equal(
        described(engine, lines, date(2011, 3, 2)), expected, check_index_type=False
    )


def test_nothing_to_divide_by_gives_zero(engine: BaseBackend) -> None:
    """Where a recipe keeps cancellations, what was bought and taken back leaves no pieces."""
    lines = [line for line in SHOP if line[0] == "anna" and line[2] == "20725" and abs(line[4]) == 10]
    frame = described(engine, lines, date(2011, 4, 1))
    assert frame[["behaviour_spend", "behaviour_quantity", "behaviour_unit_price"]].to_numpy().tolist() == [
        [0.0, 0.0, 0.0]
    ]


@pytest.mark.realdata
def test_totals_of_online_retail_are_those_of_the_raw_file(engine: BaseBackend, real_data: Path) -> None:
    raw = f"read_csv('{real_data}/raw/online_retail/online-retail-dataset.csv.gz', all_varchar = true)"
    lines = engine.sql(
        f"""select CustomerID customer_id, InvoiceNo invoice_id, StockCode product_id,
                   Quantity::double quantity, UnitPrice::double unit_price,
                   strptime(InvoiceDate, '%m/%d/%Y %H:%M') as timestamp from {raw}"""
    )
    plan = build_plan(composed("features=behaviour"))
    cleaned = clean_lines(engine.create_table("online_retail", lines), plan.cleaning, "online_retail")
    frame = build_feature_table(plan.features, cleaned.transactions, date(2011, 12, 10)).frame
    expected = engine.sql(
        f"""select CustomerID, sum(Quantity::int)::double quantity,
                   sum(Quantity::int * UnitPrice::decimal(18, 3))::double spend from {raw}
            where CustomerID is not null and InvoiceNo not like 'C%'
              and Quantity::int > 0 and UnitPrice::decimal(18, 3) > 0
            group by CustomerID order by CustomerID"""
    ).to_pandas()
    assert frame.index.tolist() == expected["CustomerID"].tolist()
    assert frame["behaviour_quantity"].tolist() == expected["quantity"].tolist()
    assert frame["behaviour_spend"].tolist() == pytest.approx(expected["spend"].tolist(), abs=1e-6)
    assert frame["behaviour_spend"].sum() == pytest.approx(8_911_407.904, abs=1e-3)
