"""Exports of shop systems are known by their columns, and what an order says is what its lines get."""

from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.exports.layout import load_layouts
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines
from segmentlab.transactions.schema import compute_line_value

SHOPIFY = (
    "Name,Email,Financial Status,Subtotal,Shipping,Total,Created at,Lineitem quantity,Lineitem name,"
    "Lineitem price,Lineitem sku,Billing Country,Refunded Amount\n"
    "C1,ann@x.com,paid,90,5,95,2024-01-02 09:00:00 -0700,2,Cup,30,a,US,0\n"
    "C1,,,,,,2024-01-02 09:00:00 -0700,1,Pot,40,b,,\n"
    "C2,bob@x.com,partially_refunded,20,5,25,2024-01-03 10:00:00 -0800,2,Cup,10,a,US,12\n"
    "C3,,paid,7,0,7,2024-01-04 10:00:00 -0800,1,Cup,7,a,US,0\n"
    "C4,ann@x.com,voided,50,0,50,2024-01-05 10:00:00 -0800,1,Pot,50,b,US,0\n"
    "C5,ann@x.com,paid,25,0,25,2024-01-06 10:00:00 -0800,1,Gift Card,25,,US,0\n"
)


def read(engine: BaseBackend, folder: Path, content: str, **said) -> Dataset:
    path = folder / "export.csv"
    path.write_text(content)
    dataset: Dataset = File(path=str(path), **said).read(engine)
    return dataset


def show(dataset: Dataset) -> pd.DataFrame:
    table = dataset.transactions.mutate(value=compute_line_value(dataset.transactions))
    frame: pd.DataFrame = table.to_pandas()
    return frame


def test_cells_of_an_order_are_carried_to_its_lines(engine: BaseBackend, tmp_path: Path) -> None:
    found = read(engine, tmp_path, SHOPIFY)
    lines = show(found)
    assert lines["customer_id"][:4].tolist()[:3] == ["ann@x.com", "ann@x.com", "bob@x.com"]
    assert lines["country"][:6].eq("US").all()
    assert any("'Email' to 1 lines" in note for note in found.notes)
    assert any(note.startswith("Recognised by its columns: Shopify orders.") for note in found.notes)
    assert any(note.startswith("Guests: 1 lines of 1 orders") for note in found.notes)


def test_discounts_are_shared_out_and_refunds_are_lines(engine: BaseBackend, tmp_path: Path) -> None:
    found = read(engine, tmp_path, SHOPIFY)
    lines = show(found)
    assert lines["value"].tolist() == pytest.approx([54, 36, 20, 7, 50, 25, -12])
    assert lines["quantity"].tolist() == [2, 1, 2, 1, 1, 1, 0]
    assert lines["unit_price"].tolist()[0] == pytest.approx(27)  # what a piece cost in the end
    assert lines["customer_id"].iloc[-1] == "bob@x.com"
    assert any(note.startswith("Discounts: 10.00 in 1 of 5 orders") for note in found.notes)
    assert any(note.startswith("Refunds: 12.00 in 1 orders") for note in found.notes)


def test_what_was_not_sold_is_in_the_ledger_before_any_rule(engine: BaseBackend, tmp_path: Path) -> None:
    found = read(engine, tmp_path, SHOPIFY)
    ledger = clean_lines(found.transactions, {}, "shop").ledger
    assert ledger["rule"].tolist() == ["read", "not_sold", "kept"]
    assert ledger["rows"].tolist() == [7, 2, 5]  # the voided order and the gift card
    assert ledger["revenue"].tolist() == pytest.approx([180, 75, 105])


def test_times_are_the_shops_own_and_ids_no_cancellations(engine: BaseBackend, tmp_path: Path) -> None:
    lines = show(read(engine, tmp_path, SHOPIFY))
    assert lines["timestamp"].dt.hour.tolist()[:3] == [9, 9, 10]
    assert lines["invoice_id"].tolist()[:3] == ["#C1", "#C1", "#C2"]


def test_a_status_that_nobody_knows_is_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    strange = SHOPIFY.replace("voided", "annulliert")
    with pytest.raises(
        DataError, match=r"'Financial Status' holds 'annulliert' on 1 lines.*accept=\[status\]"
    ):
        read(engine, tmp_path, strange)
    accepted = read(engine, tmp_path, strange, accept=["status"])
    assert clean_lines(accepted.transactions, {}, "shop").ledger["rows"].tolist() == [7, 1, 6]


def test_orders_that_cost_more_than_their_lines_are_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    dear = SHOPIFY.replace("paid,90,", "paid,900,")
    with pytest.raises(DataError, match=r"in 1 of 5 orders it is missing or more .*\[order_value\]"):
        read(engine, tmp_path, dear)
    assert show(read(engine, tmp_path, dear, accept=["order_value"]))["value"][:2].sum() == pytest.approx(900)


def test_two_orders_under_one_id_are_refused(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1 orders have two values of 'Email'.*first 'C1' in 'Name'"):
        read(engine, tmp_path, SHOPIFY.replace("C2,", "C1,"))


def test_what_the_user_says_of_an_export_wins(engine: BaseBackend, tmp_path: Path) -> None:
    said = {"columns": {"customer_id": "Billing Country"}}
    assert show(read(engine, tmp_path, SHOPIFY, **said))["customer_id"].eq("US").all()
    with pytest.raises(ConfigError, match=r"'Mail': .* no such column"):
        read(engine, tmp_path, SHOPIFY, columns={"customer_id": "Mail"})
    with pytest.raises(DataError, match="no column for 'customer_id'"):
        read(engine, tmp_path, SHOPIFY, export="none")
    with pytest.raises(
        ConfigError, match=r"data.export=shopfy: known are none, amazon.* Did you mean shopify"
    ):
        read(engine, tmp_path, SHOPIFY, export="shopfy")
    with pytest.raises(ConfigError, match=r"data.export=stripe: the data has no column 'Created \(UTC\)'"):
        read(engine, tmp_path, SHOPIFY.replace("Name,", "id,"), export="stripe")


def test_signs_are_read_and_strange_ones_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    bank = (
        "trans_id;account_id;date;type;operation;amount;balance;k_symbol\n"
        "1;7;930101;PRIJEM;VKLAD;700.00;700;\n2;7;930102;VYDAJ;VYBER;200.00;500;\n"
    )
    assert show(read(engine, tmp_path, bank))["value"].tolist() == [700, -200]
    with pytest.raises(DataError, match=r"'type' holds 'MISC' on 1 lines.*accept=\[sign\]"):
        read(engine, tmp_path, bank.replace("VYDAJ", "MISC"))


def test_a_column_can_be_declined(engine: BaseBackend, tmp_path: Path) -> None:
    log = "customer,date,quantity,price,total\na,2024-01-02,2,3,999\n"
    assert show(read(engine, tmp_path, log))["value"].tolist() == [999]
    assert show(read(engine, tmp_path, log, columns={"line_total": "none"}))["value"].tolist() == [6]


CDNOW = " 00001 19970101  1  11.77\r\n 00002 19970112  1  12.00\r\n 00002 19970112  5  77.00\r\n"


def test_cdnow_is_known_without_a_header(engine: BaseBackend, tmp_path: Path) -> None:
    found = read(engine, tmp_path, CDNOW)
    lines = show(found)
    assert lines["customer_id"].tolist() == ["00001", "00002", "00002"]
    assert lines["value"].tolist() == [11.77, 12, 77]
    assert lines["timestamp"].dt.strftime("%F").tolist() == ["1997-01-01", "1997-01-12", "1997-01-12"]
    told = "No header: the columns are customer_id, date, number_of_cds, dollar_value."
    assert told in found.notes
    assert any("CDNOW's purchases" in note for note in found.notes)
    named = read(engine, tmp_path, CDNOW, names=["customer_id", "date", "line_total", "price"])
    assert show(named)["value"].tolist() == [1, 1, 5]
    with pytest.raises(DataError, match="the first line is no header"):
        read(engine, tmp_path, CDNOW, export="none")
    with pytest.raises(DataError, match="the first line is no header"):
        read(engine, tmp_path, CDNOW.replace("19970112  5", "19971312  x"))


OWN = """
title: the till of the corner shop
known_from: the till
fingerprint: [bon, kunde, wert, wann]
columns: {customer_id: kunde, invoice_id: bon, line_total: wert, timestamp: wann}
"""


def test_a_layout_of_the_users_own_is_one_file(
    engine: BaseBackend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "conf" / "exports").mkdir(parents=True)
    own = tmp_path / "conf" / "exports" / "till.yaml"
    own.write_text(OWN)
    log = "bon,kunde,wert,wann\nA1,x,3,2024-01-02\n"
    found = read(engine, tmp_path, log)
    assert show(found)["value"].tolist() == [3]
    assert any("the till of the corner shop" in note for note in found.notes)
    assert own.resolve() in [path.resolve() for path in File(path=str(tmp_path / "export.csv")).inputs()]
    own.write_text(OWN + "fingerprnt: [bon]\n")
    with pytest.raises(ConfigError, match=r"till.yaml: no layout of an export .*fingerprnt"):
        read(engine, tmp_path, log)


@pytest.mark.parametrize("layout", load_layouts().values(), ids=lambda layout: layout.name)
def test_every_layout_says_where_it_is_from_and_maps_what_it_is_known_by(layout) -> None:
    found = [names if isinstance(names, str) else names[0] for names in layout.fingerprint]
    assert layout.known_from
    assert layout.fits(found)
    assert layout.map_columns(found), "nothing of the fingerprint is a column of ours"


@pytest.mark.realdata
@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("woo.csv.gz", (4_500, 388, 2_094_339.83, 2_094_339.83)),
        ("stripe.csv", (1_488, 388, 2_094_339.83, 1_906_275.50)),  # 71 of its payments were given back
        ("square.csv.gz", (4_500, 388, 2_094_339.83, 2_094_339.83)),
        ("tafeng.csv", (4_500, 388, 2_094_339.83, 2_094_339.83)),
        ("superstore_classic.csv.gz", (9_994, 793, 2_297_200.86, 2_297_200.86)),
        ("trans_lfs.asc", (100, 68, 428_867.00, 428_867.00)),
    ],
)
def test_an_export_comes_out_as_its_truth_says(
    engine: BaseBackend, real_data: Path, name: str, answer: tuple[int, int, float, float]
) -> None:
    found = File(path=str(real_data / "exports" / name)).read(engine)
    lines, customers, gross, kept = answer
    shown = show(found)
    assert (len(shown), shown["customer_id"].nunique()) == (lines, customers)
    assert shown["value"].clip(lower=0).sum() == pytest.approx(gross, abs=0.01)
    ledger = clean_lines(found.transactions, {}, name).ledger
    assert ledger["revenue"].iloc[-1] == pytest.approx(kept, abs=0.01)


@pytest.mark.realdata
def test_three_tables_and_a_shopify_export_come_out_as_their_truths_say(
    engine: BaseBackend, real_data: Path
) -> None:
    folder = real_data / "exports"
    tables = {
        name: str(folder / "three_tables" / file)
        for name, file in (
            ("orders", "orders.csv"),
            ("items", "order_items.csv"),
            ("customers", "customers.csv"),
        )
    }
    ledger = clean_lines(File(tables=tables).read(engine).transactions, {}, "three").ledger
    assert ledger["rows"].tolist() == [13_559, 458, 13_101]
    assert ledger["revenue"].tolist() == pytest.approx([2_094_339.83, 51_523.14, 2_042_816.69])
    shopify = show(File(path=str(folder / "shopify.csv.gz")).read(engine))["value"]
    assert shopify.clip(lower=0).sum() == pytest.approx(2_057_628.09, abs=0.01)
    assert shopify.sum() == pytest.approx(2_010_043.07, abs=0.01)
