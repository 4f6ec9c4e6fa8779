"""The facts of a tiny log by hand, of logs that lack a part, and of a real one against SQL over its file."""

from datetime import date
from pathlib import Path

import duckdb
import ibis
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.flow import StepTimer, describe, segment
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.names import CACHED_PARTS
from segmentlab.lab.tracking import archive as plain
from segmentlab.segments import facts as facts_module
from segmentlab.segments.facts import Facts, gather_facts
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines, drop_copies
from tests.configs import composed

AS_OF = date(2011, 3, 6)


def known(engine: BaseBackend, *, without: tuple[str, ...] = (), as_of: date = AS_OF) -> Facts:
    lines = table(engine, SHOP).drop(*without)
    if "line_total" not in lines.columns and "quantity" in without:
        lines = lines.mutate(line_total=10.0)
    lines = lines.filter(lines["timestamp"] < ibis.timestamp(as_of.isoformat()))
    cleaned = clean_lines(lines, build_plan(composed()).cleaning, "shop").transactions
    return gather_facts(cleaned, lines, as_of)


def test_three_customers_by_hand(engine: BaseBackend) -> None:
    customers = known(engine).customers
    expected = pd.DataFrame(
        {
            "revenue": [19.9, 30.6, 100.0],
            "orders": [2, 2, 1],
            "lines": [3, 3, 1],
            "first": pd.to_datetime(["2011-01-05", "2011-02-10", "2011-03-05"]),
            "last": pd.to_datetime(["2011-03-01", "2011-02-11", "2011-03-05"]),
            "items": [13.0, 7.0, 1.0],
            "gross": [19.9, 30.6, 100.0],
            "returned": [14.5, 0.0, 0.0],
            "net": [5.4, 30.6, 100.0],
            "country": ["France", "Spain", "Spain"],
        },
        index=pd.Index(["anna", "bert", "dora"], name="customer_id", dtype="str"),
    )
    pd.testing.assert_frame_equal(customers, expected, check_dtype=False)


def test_months_and_quantities_by_hand(engine: BaseBackend) -> None:
    found = known(engine)
    assert found.months.to_dict("list") == {
        "customer_id": ["anna", "anna", "bert", "dora"],
        "month": list(pd.to_datetime(["2011-01-01", "2011-03-01", "2011-02-01", "2011-03-01"])),
        "revenue": [5.4, 14.5, 30.6, 100.0],
        "orders": [1, 1, 2, 1],
    }
    bert = found.quantities[found.quantities["customer_id"] == "bert"]
    assert bert[["quantity", "lines"]].to_numpy().tolist() == [[1.0, 1], [3.0, 2]]
    assert found.notes == ()


def test_without_invoices_an_order_is_a_day(engine: BaseBackend) -> None:
    orders = known(engine, without=("invoice_id",)).customers["orders"]
    assert orders["bert"] == 2  # three lines on two days
    assert orders["dora"] == 1


def test_nothing_after_the_day_counts(engine: BaseBackend) -> None:
    early = known(engine, as_of=date(2011, 3, 2)).customers
    assert early.loc["anna", "returned"] == 0.0
    assert "dora" not in early.index


@pytest.mark.parametrize(
    ("without", "note", "columns"),
    [
        (("invoice_id",), "orders are days", set()),
        (("quantity", "unit_price"), "no quantities", {"items"}),
        (("country",), "no countries", {"country"}),
    ],
    ids=["invoices", "quantities", "countries"],
)
def test_what_a_log_lacks_is_missing_and_said(
    engine: BaseBackend, without: tuple[str, ...], note: str, columns: set[str]
) -> None:
    whole, found = known(engine), known(engine, without=without)
    assert any(note in said for said in found.notes)
    assert set(whole.customers) - set(found.customers) == columns


def test_of_very_many_customers_only_common_quantities_are_kept(
    engine: BaseBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facts_module, "MANY_CUSTOMERS", 2)
    monkeypatch.setattr(facts_module, "COMMON_QUANTITIES", 1)
    found = known(engine)
    assert set(found.quantities["quantity"]) == {1.0}
    assert any("most common" in note for note in found.notes)


def test_they_come_back_from_plain_data(engine: BaseBackend) -> None:
    found = known(engine)
    again = plain.unpack(plain.pack(found), CACHED_PARTS)
    for name in ("customers", "months", "quantities"):
        pd.testing.assert_frame_equal(getattr(again, name), getattr(found, name), check_exact=True)
    assert again.notes == found.notes


@pytest.mark.spark
def test_spark_finds_the_same(engine: BaseBackend, spark: BaseBackend) -> None:
    here, there = known(engine), known(spark)
    for name in ("customers", "months", "quantities"):
        pd.testing.assert_frame_equal(getattr(here, name), getattr(there, name))


@pytest.mark.slow
@pytest.mark.realdata
def test_they_agree_with_sql_over_the_raw_file(engine: BaseBackend, real_data: Path) -> None:
    """An independent computation, and the published total: 8,911,407.90 over 4,338 customers."""
    path = real_data / "raw" / "online_retail" / "online-retail-dataset.csv.gz"
    plan = build_plan(composed("evaluate.holdout_days=0"))
    result = segment(plan, describe(plan, File(path=str(path)).read(engine), StepTimer()), StepTimer())
    profile = result.profile
    assert profile["revenue"].sum() == pytest.approx(8_911_407.90, abs=0.005)

    shop = duckdb.connect()
    shop.register("labels", result.labels.rename("segment").rename_axis("customer_id").reset_index())
    shop.execute(LINES, [str(path)])
    told = shop.execute(BY_SEGMENT).df().set_index("segment")
    pd.testing.assert_frame_equal(profile[list(told)], told, check_dtype=False, rtol=1e-9)
    months = shop.execute(BY_MONTH).df()
    pd.testing.assert_frame_equal(result.portrait.months, months, check_dtype=False, rtol=1e-9)


LINES = """
    CREATE TABLE lines AS SELECT segment, labels.customer_id, InvoiceNo AS invoice, Country AS country,
        Quantity::DOUBLE AS quantity, Quantity::DOUBLE * UnitPrice::DOUBLE AS value,
        strptime(InvoiceDate, '%m/%d/%Y %H:%M') AS time,
        NOT starts_with(InvoiceNo, 'C') AND UnitPrice::DOUBLE > 0 AS clean
    FROM read_csv(?, all_varchar=true) raw JOIN labels ON labels.customer_id = raw.CustomerID
"""
BY_SEGMENT = """
    SELECT segment, count(DISTINCT customer_id) AS customers,
        sum(value) FILTER (clean) AS revenue,
        sum(value) FILTER (value > 0) AS gross,
        -sum(value) FILTER (value < 0) AS returned,
        count(DISTINCT invoice) FILTER (clean) AS orders,
        sum(quantity) FILTER (clean) AS items,
        mode(quantity) FILTER (clean) AS usual_quantity
    FROM lines GROUP BY segment ORDER BY segment
"""
BY_MONTH = """
    SELECT segment, date_trunc('month', time)::TIMESTAMP AS month, count(DISTINCT customer_id) AS customers,
        sum(value) AS revenue, count(DISTINCT invoice) AS orders
    FROM lines WHERE clean GROUP BY segment, month ORDER BY segment, month
"""


def test_copies_are_money_once(engine: BaseBackend) -> None:
    """A purchase and a return that two exports report is money that came, and went, once."""
    shop = table(engine, SHOP)
    once = drop_copies(shop.union(shop), build_plan(composed("cleaning=thorough")).cleaning)
    lines = clean_lines(shop, build_plan(composed()).cleaning, "shop").transactions
    customers = gather_facts(lines, once, AS_OF).customers
    assert customers["gross"].tolist() == [19.9, 24.3, 100.0]  # bert's log repeats a line of 6.30
    assert customers["returned"].tolist() == [14.5, 0.0, 0.0]
