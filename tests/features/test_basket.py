"""Baskets by hand."""

from datetime import date

import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.features.basket import Basket
from segmentlab.features.table import build_feature_table
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table


def test_two_customers_by_hand(engine: BaseBackend) -> None:
    lines = [line for line in SHOP if line[0] in ("anna", "bert") and line[4] > 0]
    frame = build_feature_table({"basket": Basket()}, table(engine, lines), date(2011, 3, 2)).frame
    expected = pd.DataFrame(
        {
            "basket_lines": [1.5, 1.5],
            "basket_products": [1.5, 1.0],  # bert's first invoice has the same product twice
            "basket_variety": [2.0, 2.0],
            "basket_price": [(1.65 + 2.10 + 1.45) / 3, (2.10 + 2.10 + 18) / 3],
            "basket_favourite": [17.8 / 19.9, 18 / 30.6],
            "basket_concentration": [(17.8**2 + 2.1**2) / 19.9**2, (12.6**2 + 18**2) / 30.6**2],
        },
        index=pd.Index(["anna", "bert"], name="customer_id"),
    )
    pd.testing.assert_frame_equal(frame, expected, check_index_type=False)
