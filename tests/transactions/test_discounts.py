"""A discount in a column of its own is taken off once: not at all, or by the kind that is said."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File
from segmentlab.transactions.schema import compute_line_value


def read(engine: BaseBackend, folder: Path, header: str, *rows: str, **said) -> Dataset:
    path = folder / "log.csv"
    lines = [f"C{place},2024-01-0{place + 1},{row}" for place, row in enumerate(rows)]
    path.write_text("\n".join([f"customer,date,quantity,{header}", *lines]))
    dataset: Dataset = File(path=str(path), **said).read(engine)
    return dataset


def list_values(dataset: Dataset) -> list[float]:
    lines = dataset.transactions
    return list(lines.mutate(value=compute_line_value(lines)).order_by("timestamp").to_pandas()["value"])


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        ("share", ("0.2", "0.5", "", "0.1")),
        ("percent", ("20", "50", "0", "10")),
        ("percent", ("20 %", "50%", "0%", "10.0 %")),
        ("money", ("4", "3", "0", "1")),
        ("money", ("-4.00", "-3", "", "-1")),  # as tills write what they take off
        ("piece", ("2", "3", "0", "0.5")),
    ],
)
def test_it_is_taken_off_by_the_kind_that_is_said(
    engine: BaseBackend, tmp_path: Path, kind: str, cells: tuple[str, ...]
) -> None:
    prices = ("2,10", "1,6", "1,5", "-2,5")
    rows = [f"{price},{cell}" for price, cell in zip(prices, cells, strict=True)]
    with pytest.raises(DataError, match=rf"data\.discount={kind} .*data\.accept=\[discount\]"):
        read(engine, tmp_path, "price,Discount", *rows)
    found = read(engine, tmp_path, "price,Discount", *rows, discount=kind)
    assert list_values(found) == pytest.approx([16, 3, 5, -9])
    assert any(note.startswith(f"Discounts in 'Discount' ({kind}) are taken off") for note in found.notes)
    accepted = read(engine, tmp_path, "price,Discount", *rows, accept=["discount"])
    assert list_values(accepted) == [20, 6, 5, -10]


def test_totals_show_whether_it_is_taken_off(engine: BaseBackend, tmp_path: Path) -> None:
    after = read(engine, tmp_path, "price,disc,total", "2,10,0.2,16", "1,6,0.5,3", "1,5,0,5")
    assert list_values(after) == [16, 3, 5]
    assert after.transactions["unit_price"].to_pandas().tolist() == [8, 3, 5]
    before = ["2,10,0.2,20", "1,6,0.5,6", "1,5,0,5"]
    with pytest.raises(DataError, match="'disc' may be taken off the totals already, or not"):
        read(engine, tmp_path, "price,disc,total", *before)
    paid = read(engine, tmp_path, "price,disc,total", *before, discount="share")
    assert list_values(paid) == [16, 3, 5]


def test_a_total_alone_is_asked_about_unless_it_was_named(engine: BaseBackend, tmp_path: Path) -> None:
    rows = ("2,0.2,16", "1,0.5,3")
    with pytest.raises(DataError, match="may be taken off the totals already"):
        read(engine, tmp_path, "discount,total", *rows)
    named = read(engine, tmp_path, "discount,total", *rows, columns={"line_total": "total"})
    assert list_values(named) == [16, 3]


@pytest.mark.parametrize("cells", [("", "SUMMER10"), ("0", "0.00"), ("", "")])
def test_codes_and_zeros_are_no_discount(engine: BaseBackend, tmp_path: Path, cells: tuple[str, str]) -> None:
    rows = (f"2,10,{cells[0]}", f"1,6,{cells[1]}")
    assert list_values(read(engine, tmp_path, "price,discount", *rows)) == [20, 6]


def test_what_is_no_discount_of_its_line_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"in 1 lines 'Discount' is more than the line, first 30"):
        read(engine, tmp_path, "price,Discount", "2,10,30", discount="money")
    with pytest.raises(DataError, match=r"holds .x., expected a discount such as 0"):
        read(engine, tmp_path, "price,Discount", "2,10,3", "2,10,x")
    with pytest.raises(ConfigError, match=r"data\.discount=half: expected share"):
        read(engine, tmp_path, "price,Discount", "2,10,3", discount="half")
    with pytest.raises(ConfigError, match=r"needs its column: data\.columns\.discount="):
        read(engine, tmp_path, "price", "2,10", discount="share")
