"""Recency, frequency and monetary, by hand and on the published data."""

from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.features.rfm import Rfm
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_plan
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.ledger import clean_lines
from tests.configs import composed


def test_fourteen_lines_by_hand(engine: BaseBackend) -> None:
    lines = [line for line in SHOP if line[0] in ("anna", "bert") and line[4] > 0]
    frame = build_feature_table({"rfm": Rfm()}, table(engine, lines), date(2011, 3, 2)).frame
    expected = pd.DataFrame(
        {"rfm_recency": [1.0, 19.0], "rfm_frequency": [2.0, 2.0], "rfm_monetary": [19.9, 30.6]},
        index=pd.Index(["anna", "bert"], name="customer_id"),
    )
    pd.testing.assert_frame_equal(frame, expected, check_index_type=False)


def test_days_are_calendar_days(engine: BaseBackend) -> None:
    """A purchase a minute before midnight is one day old on the next day, not zero."""
    last = [line for line in SHOP if line[6] == "2011-03-01 23:59"]
    assert (
        build_feature_table({"rfm": Rfm()}, table(engine, last), date(2011, 3, 2)).frame["rfm_recency"].item()
        == 1
    )


@pytest.mark.realdata
def test_online_retail_gives_the_known_answers(engine: BaseBackend, real_data: Path) -> None:
    path = real_data / "raw" / "online_retail" / "online-retail-dataset.csv.gz"
    lines = engine.sql(
        f"""select CustomerID customer_id, InvoiceNo invoice_id, StockCode product_id,
                   Quantity::double quantity, UnitPrice::double unit_price,
                   strptime(InvoiceDate, '%m/%d/%Y %H:%M') as timestamp
            from read_csv('{path}', all_varchar = true)"""
    )
    plan = build_plan(composed())
    cleaned = clean_lines(engine.create_table("online_retail", lines), plan.cleaning, "online_retail")
    kept = cleaned.ledger.set_index("rule").loc["kept"]
    assert (kept["rows"], kept["customers"], kept["revenue"]) == (397_884, 4_338, 8_911_407.90)
    frame = build_feature_table(plan.features, cleaned.transactions, date(2011, 12, 10)).frame
    assert frame.mean().round(2).tolist() == [93.06, 4.27, 2054.27]
    assert frame.median().round(2).tolist() == [51.0, 2.0, 674.48]
