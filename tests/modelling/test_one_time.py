"""Who bought once, as far as the features tell."""

from datetime import date

import ibis
import pandas as pd
import pytest
from hypothesis import assume, given

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.table import build_feature_table
from segmentlab.flow.result import Plan
from segmentlab.modelling.apart_rules import OneTimeBuyers
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.ledger import clean_lines
from tests.configs import planned
from tests.examples import draw_examples

ENGINE = ibis.duckdb.connect()


def chosen_plan() -> Plan:
    return planned("features=[rfm,behaviour]", "one_time=apart")


def once(features: pd.DataFrame) -> list[bool]:
    return OneTimeBuyers("One-time buyers").fit(features).applies(features).tolist()


@draw_examples(15)
@given(rows=random_logs())
def test_every_feature_that_tells_tells_the_same(rows: list[tuple[object, ...]]) -> None:
    try:
        lines = clean_lines(table(ENGINE, rows), chosen_plan().cleaning, "random").transactions
    except DataError:
        assume(False)
    features = build_feature_table(chosen_plan().features, lines, date(2012, 2, 1)).frame
    invoices = lines.group_by("customer_id").aggregate(n=lines["invoice_id"].nunique()).to_pandas()
    truth = (invoices.set_index("customer_id")["n"].reindex(features.index) == 1).tolist()
    assert once(features) == truth
    assert once(features[["behaviour_quantity", "behaviour_basket_items"]]) == truth
    assert once(features[["behaviour_purchase_value", "behaviour_spend"]]) == truth


def test_without_such_a_feature_it_says_which_there_could_be() -> None:
    with pytest.raises(ConfigError, match="rfm_frequency, or behaviour_quantity with behaviour_basket_items"):
        once(pd.DataFrame({"rfm_recency": [1.0]}))
