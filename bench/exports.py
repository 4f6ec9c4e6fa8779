"""Every file of dirt/ and exports/ read by the product, beside its truth: a table of docs/data.md.

`SEGMENTLAB_DATA=<folder> python bench/exports.py` writes it anew. Each file is read as it is, and where that
asks a question, once more with the answer that the question names. Lines, customers, money, and the first and
last day are compared.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import ibis

from segmentlab.errors import SegmentLabError
from segmentlab.lab.config.folders import ROOT
from segmentlab.transactions import (
    CleaningRule,
    ExactDuplicate,
    File,
    From,
    InvoicePrefix,
    NotPositive,
    UnknownCustomer,
    check_values,
    clean_lines,
    keep_books,
    keep_lines,
)

PAGE = ROOT / "docs" / "data.md"
USUAL: Mapping[str, CleaningRule] = {  # the rules of cleaning=usual
    "unknown_customer": UnknownCustomer(),
    "cancellation": InvoicePrefix("C"),
    **{f"{name}_not_positive": NotPositive(name) for name in ("quantity", "unit_price", "line_total")},
}
BEGIN, END = "<!-- begin: made by bench/exports.py -->", "<!-- end -->"


@dataclass(frozen=True)
class Truth:
    """Lines, customers, money, first and last day as they should come out; no days where none is known."""

    lines: int
    customers: int
    revenue: float
    days: str = ""


@dataclass(frozen=True)
class Case:
    """A file, the truth about it, and what a user types where it asks.

    `typed` are settings of the data, `rules` and `as_of` those beside them that are a part of the answer.
    """

    name: str
    truth: Truth | None
    typed: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)  # what the file is named by, where it is several
    untrue: str = ""  # why nothing can come out
    rules: Mapping[str, CleaningRule | None] = field(default_factory=dict)  # none leaves a usual one out
    cleaning: str = ""  # as it is typed
    as_of: date | None = None


DAYS = "2024-01-02 to 2024-12-30"
LOG = Truth(2_000, 264, 1_219_081.89, DAYS)
SHOP = Truth(4_500, 388, 2_094_339.83, "2024-01-01 to 2024-12-30")
TWELVE_DAYS = replace(LOG, days="2024-01-01 to 2024-12-06")
WITHOUT_40 = Case("", replace(LOG, lines=1_960, revenue=1_191_549.13), {"on_bad_rows": "quarantine"})
THOROUGH = {"exact_duplicate": ExactDuplicate()}
SUM_OF_PRICES = {"columns": {"quantity": "none", "line_total": "unit_price"}}
# What differs from `LOG`, as the names of the files and their README say.
DIRT = (
    *(Case(f"{name}.csv", TWELVE_DAYS, {"dates": "day_first"}) for name in ("amb", "amb2")),
    Case("yymmdd.csv", TWELVE_DAYS),
    Case("yymmdd2.csv", replace(LOG, days="2012-01-01 to 2012-12-06")),
    Case("ym.csv", replace(LOG, days="2024-01-01 to 2024-12-01")),
    Case("cu.csv", LOG, {"columns": {"customer_id": "Customer"}}),
    Case("od.csv", LOG, {"columns": {"timestamp": "Order Date"}}),
    Case("revam.csv", LOG, {"columns": {"line_total": "Revenue"}}),
    Case("cu2.csv", LOG, {"columns": {"customer_id": "Client"}}),
    Case("thoudot.csv", replace(LOG, revenue=1_216_076.00), {"decimal": ","}),  # without cents
    Case("dup.csv", LOG, {"accept": ["rule"]}, rules=THOROUGH, cleaning="cleaning=thorough"),
    Case("zer.csv", LOG, {"id_width": 6}),
    Case("ca.csv", LOG, rules={"cancellation": None}, cleaning="cleaning.cancellation.prefix=null"),
    Case("cnt.csv", replace(LOG, revenue=417_221.27), SUM_OF_PRICES),  # its pieces are not in it
    Case("disc.csv", LOG, {"accept": ["discount"]}),
    Case("disc.csv", replace(LOG, revenue=975_265.51), {"discount": "share"}),
    Case(
        "fut.csv", replace(LOG, lines=1_999, revenue=1_218_938.58), as_of=date(2024, 12, 31)
    ),  # without the line of 2099
    Case("past.csv", replace(LOG, days="1970-01-01 to 2024-12-30"), {"accept": ["past"]}),
    Case("ordtot.csv", LOG, {"columns": {"line_total": "none"}}),
    Case("q0.csv", replace(LOG, revenue=1_102_616.02), {"accept": ["pieces"]}),  # a tenth has no piece
    Case("q0l.csv", LOG, rules={"quantity_not_positive": None}, cleaning="~cleaning.quantity_not_positive"),
    Case("mcur.csv", LOG, {"currency": {"EUR": 1, "USD": 1, "JPY": 0.006666666667}}),  # 150 yen are one
    Case("mcur2.csv", LOG, {"currency": {"$": 1, "EUR": 1}}),
    *(replace(WITHOUT_40, name=f"{name}.csv") for name in ("blank", "inf", "na", "nan")),
    Case("daily", Truth(90, 26, 33_768.02, "2024-01-02 to 2024-01-16")),  # of twelve days
    *(Case(f"{name}.csv", replace(LOG, customers=256)) for name in ("guest", "guest2", "guestrun")),
    *(
        Case(f"{name}.csv", replace(LOG, revenue=1_098_412.25)) for name in ("par", "trm", "sci")
    ),  # with returns
    Case("delta", replace(LOG, revenue=2 * LOG.revenue)),
)
CDNOW = (
    Case("CDNOW_master.txt", Truth(69_659, 23_570, 2_500_315.63, "1997-01-01 to 1998-06-30")),
    Case("CDNOW_sample.txt", Truth(6_919, 2_357, 244_091.94, "1997-01-01 to 1998-06-30")),
)
EXPORTS = (
    # Refunds are lines of their own, and 26,454.13 of the net 2,010,043.07 was voided.
    Case("shopify.csv.gz", replace(SHOP, lines=4_557, customers=387, revenue=1_983_588.94)),
    Case("woo.csv.gz", SHOP),
    Case("square.csv.gz", SHOP),
    Case("stripe.csv", replace(SHOP, lines=1_488, revenue=1_906_275.50)),
    Case("amazon.tsv", None, untrue="no buyer in it"),
    Case("tafeng.csv", SHOP),
    Case("dunnhumby.csv", SHOP, {"dates": "days since 2023-12-31"}),
    Case("superstore_classic.csv.gz", Truth(9_994, 793, 2_297_200.86)),
    Case("supermarket.csv", None, untrue="no customer in it"),
    Case("trans_lfs.asc", Truth(100, 68, 428_867.00)),
    Case(
        "three_tables",
        replace(SHOP, lines=13_559, revenue=2_042_816.69),  # what was delivered
        given={"items": "order_items.csv", "orders": "orders.csv", "customers": "customers.csv"},
    ),
    Case(
        "olist_orders.csv, olist_order_items.csv",
        Truth(15, 12, 1_816.44),
        {"accept": ["join"], "columns": {"customer_id": "customer_id"}},
        given={"items": "olist_order_items.csv", "orders": "olist_orders.csv"},
    ),
)


def main() -> None:
    """Print the table, and write it into the page."""
    folder = Path(os.environ["SEGMENTLAB_DATA"])
    dirt = folder / "dirt"
    rows = [
        *_read_all(folder / "exports", EXPORTS),
        *_read_all(folder / "raw" / "cdnow", CDNOW),
        *_read_all(dirt, _list_dirt(dirt)),
    ]
    heads = ("file", "typed", "outcome", "lines", "customers", "revenue", "days", "truth")
    table = "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["-"] * len(heads), *rows))
    print(table)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _list_dirt(folder: Path) -> Iterator[Case]:
    for name in sorted(path.name for path in folder.iterdir() if path.name != "README.md"):
        yield from [case for case in DIRT if case.name == name] or [Case(name, LOG)]


def _read_all(folder: Path, cases: Iterable[Case]) -> Iterator[list[str]]:
    for case in cases:
        answer = _write_answer(case)
        first = _read(folder, case, Case(case.name, case.truth))
        if isinstance(first, Truth):
            yield _show(case, "", _judge(first, case.truth, "right"), first)
        elif not answer:
            yield _show(case, "", _tell(first, folder), None)
        else:
            answered = _read(folder, case, case)
            found = answered if isinstance(answered, Truth) else None
            outcome = _judge(found, case.truth, "right, when asked") if found else f"WRONG: {answered}"
            yield _show(case, answer, outcome, found)


def _read(folder: Path, case: Case, answer: Case) -> Truth | str:
    """What comes out, or the error in words; anything else that is raised is a defect, and ends this."""
    if case.given:
        home = folder / case.name if (folder / case.name).is_dir() else folder
        source = File(tables={name: str(home / file) for name, file in case.given.items()}, **answer.typed)
    else:
        source = File(path=str(folder / case.name), **answer.typed)
    said = {**USUAL, **answer.rules}
    try:
        dataset = source.read(ibis.duckdb.connect())
        check_values(dataset.transactions, dataset.source)
        rules = {name: rule for name, rule in said.items() if rule is not None}
        keep_books(dataset, rules, answer.as_of).refuse(dataset.source)
        added = {name: rule for name, rule in answer.rules.items() if rule is not None}
        until = {} if answer.as_of is None else {"as_of": From(answer.as_of.isoformat())}
        ledger = clean_lines(dataset.transactions, {**until, **added}, dataset.source).ledger
    except SegmentLabError as error:
        return str(error)
    lines = keep_lines(dataset.transactions, {**until, **added})
    facts = lines.aggregate(
        lines=lines.count(),
        customers=lines["customer_id"].nunique(),
        first=lines["timestamp"].min().date(),
        last=lines["timestamp"].max().date(),
    )
    found = facts.to_pyarrow().to_pylist()[0]
    days = f"{found['first']} to {found['last']}"
    return Truth(found["lines"], found["customers"], float(ledger["revenue"].iloc[-1]), days)


def _judge(found: Truth, truth: Truth | None, right: str) -> str:
    if truth is None or (found.lines, found.customers) != (truth.lines, truth.customers):
        return "WRONG"
    same_days = truth.days in ("", found.days)
    return right if same_days and abs(found.revenue - truth.revenue) < 0.01 else "WRONG"


def _show(case: Case, typed: str, outcome: str, found: Truth | None) -> list[str]:
    shown = ["", "", "", ""] if found is None else _write_truth(found)
    truth = ", ".join(filter(None, _write_truth(case.truth))) if case.truth else case.untrue
    return [f"`{case.name}`", f"`{typed}`" if typed else "", outcome, *shown, truth]


def _write_truth(truth: Truth) -> list[str]:
    return [f"{truth.lines:,}", f"{truth.customers:,}", f"{truth.revenue:,.2f}", truth.days]


def _write_answer(case: Case) -> str:
    """Everything that is typed."""
    day = f"as_of={case.as_of}" if case.as_of else ""
    return " ".join(filter(None, [_write_settings(case.typed), case.cleaning, day]))


def _write_settings(typed: Mapping[str, Any]) -> str:
    def flatten(name: str, value: object) -> Iterator[str]:
        if name == "data.currency":
            yield f"'{name}={{{', '.join(f'{key}: {rate}' for key, rate in value.items())}}}'"
        elif isinstance(value, Mapping):
            for key, one in value.items():
                yield from flatten(f"{name}.{key}", one)
        else:
            text = f"[{','.join(value)}]" if isinstance(value, list) else str(value)
            yield f"'{name}={text}'" if set(text) & set(" {$") else f"{name}={text}"

    return " ".join(word for name, value in typed.items() for word in flatten(f"data.{name}", value))


def _tell(told: str, folder: Path) -> str:
    """How the error begins, without the place of the file; `asked` where a setting of the data answers."""
    bare = " ".join(told.replace(f"{folder}/", "").replace("|", "/").split())
    short = bare if len(bare) < 160 else f"{bare[:157].rsplit(' ', 1)[0]} ..."
    return f"{'asked' if 'data.' in bare else 'refused'}: {short}"


if __name__ == "__main__":
    main()
