"""Every file of dirt/ and exports/ read by the product, beside its truth: a table of docs/data.md.

`SEGMENTLAB_DATA=<folder> python bench/exports.py` writes it anew. Each file is read as it is, and where that
asks a question, once more with the answer that a user would type.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import ibis

from segmentlab.errors import SegmentLabError
from segmentlab.lab.config.folders import ROOT
from segmentlab.transactions import (
    File,
    InvoicePrefix,
    NotPositive,
    UnknownCustomer,
    check_values,
    clean_lines,
    compute_line_value,
    keep_books,
)

PAGE = ROOT / "docs" / "data.md"
USUAL = {  # the rules of cleaning=usual
    "unknown_customer": UnknownCustomer(),
    "cancellation": InvoicePrefix("C"),
    **{f"{name}_not_positive": NotPositive(name) for name in ("quantity", "unit_price", "line_total")},
}
BEGIN, END = "<!-- begin: made by bench/exports.py -->", "<!-- end -->"


@dataclass(frozen=True)
class Truth:
    """Lines, customers and money as they should come out; none where nothing can."""

    lines: int
    customers: int
    revenue: float


@dataclass(frozen=True)
class Case:
    """A file, the truth about it, and what a user types where it asks."""

    name: str
    truth: Truth | None
    typed: Mapping[str, Any] = field(default_factory=dict)
    given: Mapping[str, Any] = field(default_factory=dict)  # what the file is named by, where it is several
    untrue: str = ""  # why nothing can come out


LOG = Truth(2_000, 264, 1_219_081.89)
SHOP = Truth(4_500, 388, 2_094_339.83)
# What differs from `LOG`, as the names of the files and their README say.
DIRT: Mapping[str, Case] = {
    case.name: case
    for case in (
        Case("amb.csv", LOG, {"dates": "day_first"}),
        Case("amb2.csv", LOG, {"dates": "day_first"}),
        Case("yymmdd2.csv", LOG, {"dates": "%y-%m-%d"}),
        Case("cu.csv", LOG, {"columns": {"customer_id": "Customer"}}),
        Case("od.csv", LOG, {"columns": {"timestamp": "Order Date"}}),
        Case("revam.csv", LOG, {"columns": {"line_total": "Revenue"}}),
        Case("cu2.csv", LOG, {"columns": {"customer_id": "Client"}}),
        Case("thoudot.csv", Truth(2_000, 264, 1_216_076.00), {"decimal": ","}),  # without cents
        Case("dup.csv", None, untrue="half of it is there twice"),
        Case("zer.csv", LOG, {"id_width": 6}),
        Case("daily", Truth(90, 26, 33_768.02)),  # of twelve days
        *(Case(f"{name}.csv", Truth(2_000, 256, LOG.revenue)) for name in ("guest", "guest2", "guestrun")),
        *(
            Case(f"{name}.csv", Truth(2_000, 264, 1_098_412.25)) for name in ("par", "trm", "sci")
        ),  # with returns
        Case("q0.csv", Truth(2_000, 264, 1_102_616.02)),  # whose first of each ten lines has no piece
        Case("delta", Truth(2_000, 264, 2 * LOG.revenue)),
    )
}
EXPORTS = (
    # Refunds are lines of their own, and 26,454.13 of the net 2,010,043.07 was voided.
    Case("shopify.csv.gz", Truth(4_557, 387, 1_983_588.94)),
    Case("woo.csv.gz", SHOP),
    Case("square.csv.gz", SHOP),
    Case("stripe.csv", Truth(1_488, 388, 1_906_275.50)),
    Case("amazon.tsv", None, untrue="no buyer in it"),
    Case("tafeng.csv", SHOP),
    Case("dunnhumby.csv", SHOP, {"dates": "days since 2023-12-31"}),
    Case("superstore_classic.csv.gz", Truth(9_994, 793, 2_297_200.86)),
    Case("supermarket.csv", None, untrue="no customer in it"),
    Case("trans_lfs.asc", Truth(100, 68, 428_867.00)),
    Case(
        "three_tables",
        Truth(13_559, 388, 2_042_816.69),  # what was delivered
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
    rows = [*_read_all(folder / "exports", EXPORTS), *_read_all(folder / "dirt", _list_dirt(folder / "dirt"))]
    heads = ("file", "typed", "outcome", "lines", "customers", "revenue", "truth")
    table = "\n".join(f"| {' | '.join(row)} |" for row in (heads, ["-"] * len(heads), *rows))
    print(table)
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{table}\n\n{END}{after}", encoding="utf-8")


def _list_dirt(folder: Path) -> list[Case]:
    names = sorted(path.name for path in folder.iterdir() if path.name != "README.md")
    return [DIRT.get(name, Case(name, LOG)) for name in names]


def _read_all(folder: Path, cases: Iterable[Case]) -> Iterator[list[str]]:
    for case in cases:
        first = _read(folder, case, {})
        if isinstance(first, Truth):
            yield _show(case, "", _judge(first, case.truth, "right"), first)
        elif not case.typed:
            yield _show(case, "", _tell(first, folder), None)
        else:
            answered = _read(folder, case, case.typed)
            found = answered if isinstance(answered, Truth) else None
            outcome = _judge(found, case.truth, "right, when asked") if found else str(answered)
            yield _show(case, _write_settings(case.typed), outcome, found)


def _read(folder: Path, case: Case, typed: Mapping[str, Any]) -> Truth | str:
    """What comes out, or the error in words; anything else that is raised is a defect, and ends this."""
    if case.given:
        home = folder / case.name if (folder / case.name).is_dir() else folder
        source = File(tables={name: str(home / file) for name, file in case.given.items()}, **typed)
    else:
        source = File(path=str(folder / case.name), **typed)
    try:
        dataset = source.read(ibis.duckdb.connect())
        check_values(dataset.transactions, dataset.source)
        keep_books(dataset, USUAL).refuse(dataset.source)
        ledger = clean_lines(dataset.transactions, {}, dataset.source).ledger
    except SegmentLabError as error:
        return str(error)
    lines = dataset.transactions
    facts = lines.aggregate(
        lines=lines.count(), customers=lines["customer_id"].nunique(), revenue=compute_line_value(lines).sum()
    )
    found = facts.to_pyarrow().to_pylist()[0]
    return Truth(found["lines"], found["customers"], float(ledger["revenue"].iloc[-1]))


def _judge(found: Truth, truth: Truth | None, right: str) -> str:
    same = truth is not None and (found.lines, found.customers) == (truth.lines, truth.customers)
    return right if truth and same and abs(found.revenue - truth.revenue) < 0.01 else "WRONG"


def _show(case: Case, typed: str, outcome: str, found: Truth | None) -> list[str]:
    shown = ["", "", ""] if found is None else _write_truth(found)
    truth = ", ".join(_write_truth(case.truth)) if case.truth else case.untrue
    return [f"`{case.name}`", f"`{typed}`" if typed else "", outcome, *shown, truth]


def _write_truth(truth: Truth) -> list[str]:
    return [f"{truth.lines:,}", f"{truth.customers:,}", f"{truth.revenue:,.2f}"]


def _write_settings(typed: Mapping[str, Any]) -> str:
    def flatten(name: str, value: object) -> Iterator[str]:
        if isinstance(value, Mapping):
            for key, one in value.items():
                yield from flatten(f"{name}.{key}", one)
        else:
            text = f"[{','.join(value)}]" if isinstance(value, list) else str(value)
            yield f"'{name}={text}'" if " " in text else f"{name}={text}"

    return " ".join(word for name, value in typed.items() for word in flatten(f"data.{name}", value))


def _tell(told: str, folder: Path) -> str:
    """How the error begins, without the place of the file; `asked` where a setting of the data answers."""
    bare = " ".join(told.replace(f"{folder}/", "").replace("|", "/").split())
    short = bare if len(bare) < 160 else f"{bare[:157].rsplit(' ', 1)[0]} ..."
    return f"{'asked' if 'data.' in bare else 'refused'}: {short}"


if __name__ == "__main__":
    main()
