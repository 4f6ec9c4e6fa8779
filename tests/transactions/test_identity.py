"""One customer is one id, however tools and people wrote it; who is nobody is nobody."""

from pathlib import Path

import ibis
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.books.books import keep_books
from segmentlab.transactions.file import File
from segmentlab.transactions.sources.identity import unify_ids

ENGINE = ibis.duckdb.connect()


def unify(
    ids: list[str | None], column: str = "customer_id", width: int | None = None
) -> tuple[list[str | None], str]:
    table = ENGINE.create_table(
        ibis.util.gen_name("ids"), ibis.memtable({column: ids}, schema={column: "string"}), temp=True
    )
    unified = unify_ids(table, "shop", width)
    return unified.table[column].to_pyarrow().to_pylist(), " ".join(unified.notes)


@pytest.mark.parametrize(
    ("ids", "unified", "told"),
    [
        (["C1", " C1", "C1\u00a0"], ["C1"] * 3, "2 lines had blanks around them"),
        (["Zoë", "Zoe\u0308"], ["Zoë"] * 2, "1 lines were in another Unicode form"),
        (["Ann@X.com", "ann@x.com"], ["ann@x.com"] * 2, "2 spellings are 1 ids"),
        (["1007.0", "1007", None], ["1007", "1007", None], "1 lines are whole numbers"),
        (["'0012", "0012"], ["0012"] * 2, "apostrophe"),
        (
            ["guest", "Guest ", "N/A", "", "a"],
            [None, None, None, None, "a"],
            "3 lines are of guests",
        ),
        (["客A", "Ann", "ann", "O'Brien", "A16", "7.0"], ["客A", "Ann", "ann", "O'Brien", "A16", "7.0"], ""),
    ],
)
def test_spellings_of_one_id_are_one(ids: list[str | None], unified: list[str | None], told: str) -> None:
    found, notes = unify(ids)
    assert found == unified
    assert told in notes
    assert bool(notes) == bool(told)


def test_ids_of_purchases_are_trimmed_and_nothing_more() -> None:
    assert unify([" 7.0", "guest"], "invoice_id")[0] == ["7.0", "guest"]


def test_ids_that_a_spreadsheet_rounded_are_refused() -> None:
    with pytest.raises(DataError, match=r"2 customer ids are numbers such as 1\.23457E\+11"):
        unify(["1.23457E+11", "1.23E+11", "7"])


@pytest.mark.parametrize("few", [True, False])
def test_many_spellings_are_read_as_few_are(few: bool) -> None:
    many = 3 if few else 50
    written = [f"{number}.0" for number in range(many)] + ["Guest", " 7", None, "8.00"]
    read = [str(number) for number in range(many)] + [None, "7", None, "8"]
    assert unify(written)[0] == read


def test_zeros_that_were_lost_come_back() -> None:
    written = ["1078", "001078", "13.0", "A7", "1234567", None, "guest"]
    assert unify(written, width=6) == (
        ["001078", "001078", "13.0", "A7", "1234567", None, None],
        "customer_id: the ids of 1 lines are numbers of less than 6 digits, which get their zeros back "
        "(data.id_width). customer_id: 1 lines are of guests ('guest'): anonymous sales. "
        "customer_id: 6 spellings are 4 ids.",
    )
    assert unify(["1", "002"], "invoice_id", width=6)[0] == ["1", "002"]


def test_ids_that_lost_their_zeros_stop_a_run_until_that_is_settled(tmp_path: Path) -> None:
    path = tmp_path / "shop.csv"
    rows = [
        f"{'00' if row % 3 else ''}{1000 + row // 2},{row},1,{row + 1},2024-01-{1 + row % 28:02}"
        for row in range(90)
    ]
    path.write_text("customer,invoice,quantity,price,date\n" + "\n".join(rows) + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"data\.id_width=6 puts zeros back"):
        keep_books(File(path=str(path)).read(ENGINE), {}).refuse("shop")
    settled = File(path=str(path), id_width=6).read(ENGINE)
    keep_books(settled, {}).refuse("shop")
    assert settled.transactions["customer_id"].nunique().to_pyarrow().as_py() == 45
    with pytest.raises(ConfigError, match=r"data\.id_width=0: expected the digits"):
        File(path=str(path), id_width=0).read(ENGINE)
