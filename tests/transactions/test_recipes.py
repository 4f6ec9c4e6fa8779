"""The recipes on the real files: the known answers, to the cent."""

from pathlib import Path

import ibis
import ibis.expr.types as ir
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.lab.config.build import build_plan
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.cleaning.copies import ExactDuplicate, Overlap
from segmentlab.transactions.cleaning.single_lines import CleaningRule, NonProduct
from segmentlab.transactions.ledger import CleanedLines, clean_lines
from segmentlab.transactions.overview import MOST_LINES, find_suspicious_lines
from tests.configs import composed

ONE_YEAR = "raw/online_retail/online-retail-dataset.csv.gz"
FIRST_SHEET = "raw/online_retail_II/online_retail_II_2009_2010.csv.gz"
BOTH_SHEETS = "assembled/online_retail_II.csv.gz"
PRODUCTS = ["85123A", "47503J ", "PADS", "DCGS0058", "DCGSSGIRL", "DCGS0066N", "SP1002", "15056BL", "22423"]
NO_PRODUCTS = [
    "POST", "DOT", "M", "m", "C2", "C3", "D", "S", "B", "BANK CHARGES", "ADJUST", "ADJUST2", "AMAZONFEE",
    "CRUK", "TEST001", "TEST002", "GIFT", "gift_0001_10", "gift_0001_90",
]  # fmt: skip


def recipe(name: str, **first: CleaningRule) -> dict[str, CleaningRule]:
    return {**first, **build_plan(composed(f"cleaning={name}")).cleaning}


@pytest.fixture(scope="module")
def shops(real_data: Path) -> dict[str, ir.Table]:
    """The real files in one engine, by path."""
    engine = ibis.duckdb.connect()
    return {path: load(engine, real_data / path) for path in (ONE_YEAR, FIRST_SHEET, BOTH_SHEETS)}


def load(engine: BaseBackend, path: Path) -> ir.Table:
    raw = engine.read_csv(str(path), all_varchar=True)
    names = ["invoice_id", "product_id", "description", "quantity", "timestamp", "unit_price", "customer_id"]
    lines = raw.rename(dict(zip([*names, "country"], raw.columns, strict=True)))
    us = ibis.cases((lines.timestamp.contains("/"), lines.timestamp.as_timestamp("%m/%d/%Y %H:%M")))
    lines = lines.mutate(
        customer_id=lines.customer_id.re_replace(r"\.0$", ""),
        quantity=lines.quantity.cast("float64"),
        unit_price=lines.unit_price.cast("float64"),
        timestamp=us.fill_null(lines.timestamp.try_cast("timestamp")),
    )
    return engine.create_table(ibis.util.gen_name("shop"), lines)


def answer(cleaned: CleanedLines) -> tuple[int, int, int, float]:
    kept = cleaned.ledger.iloc[-1]
    invoices = cleaned.transactions.invoice_id.nunique().to_pyarrow().as_py()
    return int(kept["rows"]), int(kept["customers"]), invoices, float(kept["revenue"])


def spend(cleaned: CleanedLines, customer: str) -> float:
    lines = cleaned.transactions.filter(cleaned.transactions.customer_id == customer).to_pandas()
    return round(float((lines["quantity"] * lines["unit_price"]).sum()), 2)


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("path", "first", "expected"),
    [
        (ONE_YEAR, {}, (397_884, 4_338, 18_532, 8_911_407.90)),
        (ONE_YEAR, {"overlap": Overlap(jump_days=1)}, (397_884, 4_338, 18_532, 8_911_407.90)),
        (ONE_YEAR, {"duplicate": ExactDuplicate()}, (392_692, 4_338, 18_532, 8_887_208.89)),
        (FIRST_SHEET, {}, (407_664, 4_312, 19_213, 8_832_003.27)),
        (FIRST_SHEET, {"duplicate": ExactDuplicate()}, (400_916, 4_312, 19_213, 8_798_233.74)),
        (BOTH_SHEETS, {}, (805_549, 5_878, 36_969, 17_743_429.18)),
        (BOTH_SHEETS, {"overlap": Overlap(jump_days=1)}, (791_045, 5_878, 36_969, 17_431_551.18)),
        (BOTH_SHEETS, {"duplicate": ExactDuplicate()}, (779_425, 5_878, 36_969, 17_374_804.27)),
    ],
)
def test_the_usual_recipe_gives_the_known_answers(
    shops: dict[str, ir.Table],
    path: str,
    first: dict[str, CleaningRule],
    expected: tuple[int, int, int, float],
) -> None:
    assert answer(clean_lines(shops[path], recipe("usual", **first), path)) == expected


@pytest.mark.realdata
def test_sheets_named_as_parts_overlap_as_the_one_file_does(shops: dict[str, ir.Table]) -> None:
    first, both = shops[FIRST_SHEET], shops[BOTH_SHEETS]
    second = both.mutate(row=ibis.row_number())
    second = second.filter(second.row >= int(first.count().to_pyarrow().as_py())).drop("row")
    parted = first.mutate(part=ibis.literal("2009-2010")).union(second.mutate(part=ibis.literal("2010-2011")))
    cleaned = clean_lines(parted, recipe("usual", overlap=Overlap()), "sheets")
    assert answer(cleaned) == (791_045, 5_878, 36_969, 17_431_551.18)
    assert cleaned.ledger["rows"].iloc[1] == 22_523


@pytest.mark.realdata
def test_orders_cancelled_within_minutes_are_no_spend(shops: dict[str, ir.Table]) -> None:
    gross = clean_lines(shops[ONE_YEAR], recipe("usual"), ONE_YEAR)
    net = clean_lines(shops[ONE_YEAR], recipe("thorough"), ONE_YEAR)
    assert [spend(gross, customer) for customer in ("12346", "16446")] == [77_183.60, 168_472.50]
    assert [spend(net, customer) for customer in ("12346", "16446")] == [0.00, 2.90]
    assert net.transactions.filter(net.transactions.customer_id == "12346").count().to_pyarrow().as_py() == 0
    assert net.ledger.set_index("rule").loc["cancellation_netted", "revenue"] == 0


@pytest.mark.realdata
def test_the_thorough_recipe_takes_every_line_that_is_no_product(shops: dict[str, ir.Table]) -> None:
    kept = clean_lines(shops[BOTH_SHEETS], recipe("thorough"), BOTH_SHEETS).transactions
    codes = kept.product_id.upper().strip()
    strange = kept.filter(~codes.re_search(r"^\d{5}[A-Z]*$")).product_id.to_pandas()
    assert set(strange.str.strip()) <= {"PADS", "SP1002"}


@pytest.mark.parametrize(
    ("codes", "dropped"), [(PRODUCTS, False), (NO_PRODUCTS, True)], ids=["goods", "fees"]
)
def test_codes_that_name_no_product(engine: BaseBackend, codes: list[str], dropped: bool) -> None:
    rule = recipe("thorough")["non_product"]
    assert isinstance(rule, NonProduct)
    log = engine.create_table("log", pd.DataFrame({"product_id": codes}))
    assert log.mutate(drops=rule.drops(log)).drops.to_pandas().tolist() == [dropped] * len(codes)


def test_cancellations_are_kept_by_leaving_rules_out(engine: BaseBackend) -> None:
    plan = build_plan(composed("~cleaning.cancellation", "~cleaning.quantity_not_positive"))
    ledger = clean_lines(table(engine, SHOP), plan.cleaning, "shop").ledger
    assert ledger["rule"].tolist() == ["read", "unknown_customer", "price_not_positive", "kept"]
    assert ledger["rows"].tolist() == [10, 1, 1, 8]


@pytest.mark.realdata
def test_the_order_of_74215_pieces_is_shown_and_kept(shops: dict[str, ir.Table]) -> None:
    for path in (ONE_YEAR, BOTH_SHEETS):
        kept = clean_lines(shops[path], recipe("usual"), path).transactions
        found = find_suspicious_lines(kept)
        assert found["quantity"].head(2).tolist() == [80_995, 74_215]
        assert found["customer_id"].head(2).tolist() == ["16446", "12346"]
        assert len(found) <= MOST_LINES
