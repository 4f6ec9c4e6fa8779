"""A shop with one customer who has cancelled everything: seen wherever their money is."""

import base64
import gzip
import io
import json
import re
from pathlib import Path

import pandas as pd
import pytest
from rich.console import Console

import segmentlab as sl
from segmentlab.flow.items import Summary, Table
from segmentlab.flow.result import Result
from segmentlab.lab.cli.terminal import summarise_run
from segmentlab.report import describe_money
from segmentlab.report.record import record_end

WHO = "KEPT-NOTHING"


def cancel_all(lines: pd.DataFrame) -> pd.DataFrame:
    """The shop, and the best customer again under another id, who has brought all and a little more back."""
    paid = lines.assign(value=lines["quantity"] * lines["unit_price"]).query("value > 0")
    best = lines.loc[lines["customer_id"] == paid.groupby("customer_id")["value"].sum().idxmax()]
    own = best[best["quantity"] > 0].assign(customer_id=WHO, invoice_id="9" + best["invoice_id"])
    gone = own.assign(quantity=-own["quantity"], invoice_id="C" + own["invoice_id"])
    more = gone.head(1).assign(quantity=-1.0, unit_price=64.68)
    return pd.concat([lines, own, gone, more], ignore_index=True)


@pytest.fixture(scope="module")
def found() -> sl.Segmentation:
    shop = sl.make_shop(customers=150)
    return sl.segment(cancel_all(shop), evaluate="quick", n_clusters=3)


def test_the_customer_is_there_with_all_three_sums(found: sl.Segmentation) -> None:
    own = found.customers.set_index("customer_id").loc[WHO]
    assert own["net"] == pytest.approx(-64.68)
    assert own["returned"] == pytest.approx(own["gross"] + 64.68)
    assert own["rfm_monetary"] == pytest.approx(own["gross"]), "what features say of money does not change"


def test_a_check_and_the_profile_count_them(found: sl.Segmentation) -> None:
    (finding,) = [finding for finding in found.checks if finding.code == "SEG011"]
    own = found.customers.set_index("customer_id").loc[WHO]
    assert f"1 in '{own['name']}'" in finding.evidence
    assert "(net -64.68)" in finding.evidence
    kept = found.profile.set_index("name")["kept_nothing"]
    assert kept[kept > 0].to_dict() == {own["name"]: 1}


def show(result: Result, width: int = 500) -> str:
    console = Console(file=io.StringIO(), width=width)
    summarise_run(result, "sqlite:///", console)
    return console.file.getvalue()


def test_the_terminal_says_the_money_of_the_shop_from_its_books(found: sl.Segmentation) -> None:
    result = found.result
    totals = result.books["totals"].set_index("what")["value"]
    told = show(result)
    assert f"gross {totals['gross']}, refunds {totals['refunds']}, net {totals['net']}. Of these" in told
    rates = result.profile.set_index("name")["return_rate"]
    assert f"Brought back, of gross: {rates.index[0]} {rates.iloc[0]:.1%}, " in told
    assert "Warning: SEG011 Customers who kept nothing." in told


def test_the_page_shows_it_everywhere(found: sl.Segmentation, tmp_path: Path) -> None:
    html = found.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert f'<p class="lead">{describe_money(found.profile, found.result.books)}</p>' in html
    assert "Gross, brought back, net</caption>" in html
    assert html.count("Customers who brought back all they bought</th><td>1</td>") == 1
    packed = re.search(r'id="customers-data">(.*?)</script>', html, re.DOTALL)
    assert packed is not None
    people = json.loads(gzip.decompress(base64.b64decode(packed[1])))
    place = people["list"][0]["texts"].index(WHO)
    assert people["further"][2][place] == "-64.68\nkept nothing"
    assert "1 customer brought back all they bought" in found._repr_html_()


def test_the_record_has_it_by_segment(found: sl.Segmentation) -> None:
    items = list(record_end(found.result, [], None, {}))
    summary = next(item for item in items if isinstance(item, Summary)).markdown
    assert describe_money(found.profile, found.result.books) in summary
    rates = found.profile.set_index("name")["return_rate"]
    assert [f"**{name}**" in summary for name in rates.index] == [True] * 3
    assert [f"brought back {rate:.1%}" in summary for rate in rates] == [True] * 3
    table = next(item for item in items if isinstance(item, Table) and item.path == "segments/segments.csv")
    sums = table.frame[["gross", "returned", "net", "kept_nothing"]].sum()
    assert sums["gross"] - sums["returned"] == pytest.approx(sums["net"])
    assert sums["kept_nothing"] == 1


def test_a_run_of_before_the_books_says_what_it_knows(found: sl.Segmentation) -> None:
    """A stored run may lack books, and a profile money."""
    words = describe_money(found.profile, {})
    assert words.startswith("Of these customers: gross ")
    assert describe_money(found.profile.drop(columns=["gross", "returned", "net"]), {}) == ""
