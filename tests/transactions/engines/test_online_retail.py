"""The whole of Online Retail II, a million lines, on both engines."""

from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.features.feature_set import CustomerLearner, CustomerSet
from segmentlab.flow import StepTimer, describe, segment
from segmentlab.flow.result import Result
from segmentlab.lab.config.build import build_plan
from segmentlab.transactions.dataset import Dataset
from tests.configs import composed, options

pytestmark = [pytest.mark.slow, pytest.mark.spark, pytest.mark.realdata]

QUERY = """
COPY (
    SELECT replace("Customer ID", '.0', '') AS customer_id, Invoice AS invoice_id, StockCode AS product_id,
           Description AS description, Quantity::DOUBLE AS quantity, Price::DOUBLE AS unit_price,
           InvoiceDate::TIMESTAMP AS timestamp, Country AS country
    FROM read_csv(?, all_varchar=true, header=true)
) TO '{target}' (FORMAT parquet)
"""


OF_CUSTOMERS = (CustomerSet, CustomerLearner)


@pytest.fixture(scope="module")
def transactions(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The log as Parquet with our names, written once by plain SQL."""
    target = tmp_path_factory.mktemp("online_retail") / "transactions.parquet"
    source = real_data / "assembled" / "online_retail_II.csv.gz"
    duckdb.connect().execute(QUERY.format(target=target), [str(source)])
    return target


def result(backend: BaseBackend, path: Path) -> Result:
    plan = build_plan(composed(f"features=[{','.join(options('features'))}]", "prepare=standard"))
    of_lines = {
        name: chosen for name, chosen in plan.features.items() if not isinstance(chosen, OF_CUSTOMERS)
    }
    plan = replace(plan, features=of_lines)
    log = Dataset(name="online_retail", source=str(path), digest="", transactions=backend.read_parquet(path))
    return segment(plan, describe(plan, log, StepTimer()), StepTimer())


def test_features_and_books_are_equal(transactions: Path, engine: BaseBackend, spark: BaseBackend) -> None:
    results = result(engine, transactions), result(spark, transactions)
    here, there = (result.described for result in results)
    assert here.sales.ledger["rows"].iloc[[0, -1]].tolist() == [1_067_371, 805_549]
    assert here.sales.ledger["revenue"].iloc[-1] == 17_743_429.18
    pd.testing.assert_frame_equal(here.sales.ledger, there.sales.ledger, check_exact=True)
    pd.testing.assert_frame_equal(here.features.frame, there.features.frame, rtol=0, atol=1e-9)
    assert (results[0].segmenter.labels_ == results[1].segmenter.labels_).all()
