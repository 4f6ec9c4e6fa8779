"""Orders that were cancelled or given back are no sale, where a column says so and an answer was given."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines


def read(engine: BaseBackend, folder: Path, column: str, *cells: str, **said) -> Dataset:
    path = folder / "log.csv"
    rows = [f"c{place},2024-01-0{place + 1},2,{place + 1},{cell}\n" for place, cell in enumerate(cells)]
    path.write_text(f"customer,date,quantity,price,{column}\n{''.join(rows)}")
    dataset: Dataset = File(path=str(path), **said).read(engine)
    return dataset


def list_ledger(dataset: Dataset) -> list[tuple[str, float]]:
    ledger = clean_lines(dataset.transactions, {}, "log").ledger
    return list(zip(ledger["rule"], ledger["revenue"], strict=True))


def test_words_for_no_sale_are_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    cells = ("completed", "Refunded", "wc-failed", "shipped")
    with pytest.raises(
        DataError,
        match=r"by 'Order Status', .*: 1 'Refunded' worth 4\.00, .*not_sold='\[Refunded,wc-failed\]'",
    ):
        read(engine, tmp_path, "Order Status", *cells)
    found = read(engine, tmp_path, "Order Status", *cells, not_sold=["Refunded", "wc-failed"])
    assert list_ledger(found) == [("read", 20), ("not_sold", 10), ("kept", 10)]
    accepted = read(engine, tmp_path, "Order Status", *cells, accept=["status"])
    assert list_ledger(accepted) == [("read", 20), ("kept", 20)]
    with pytest.raises(ConfigError, match=r"data\.not_sold names 'void', which 'Order Status' does not hold"):
        read(engine, tmp_path, "Order Status", *cells, not_sold=["void"])


@pytest.mark.parametrize("cells", [("paid", "shipped"), ("member", "none"), ("", "")])
def test_other_words_are_no_question(engine: BaseBackend, tmp_path: Path, cells: tuple[str, str]) -> None:
    assert list_ledger(read(engine, tmp_path, "status", *cells)) == [("read", 6), ("kept", 6)]


def test_lines_that_are_marked_are_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"1 lines are marked in 'Is Return'.*columns\.status='Is Return' "):
        read(engine, tmp_path, "Is Return", "0", "1")
    said = {"columns": {"status": "Is Return"}, "not_sold": [1]}
    assert list_ledger(read(engine, tmp_path, "Is Return", "0", "1", **said))[1:] == [
        ("not_sold", 4),
        ("kept", 2),
    ]


def test_amounts_that_were_given_back_are_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'Refund Amount' was given back in 1 lines.*discount=money"):
        read(engine, tmp_path, "Refund Amount", "0", "1.50")
    said = {"columns": {"discount": "Refund Amount"}, "discount": "money"}
    found = read(engine, tmp_path, "Refund Amount", "0", "1.50", **said)
    assert list_ledger(found) == [("read", 4.5), ("kept", 4.5)]


def test_a_file_of_returns_among_others_is_asked_about(engine: BaseBackend, tmp_path: Path) -> None:
    for name, price in (("sales.csv", 5), ("returns.csv", 3)):
        (tmp_path / name).write_text(f"customer,date,quantity,price\na,2024-01-02,1,{price}\n")
    with pytest.raises(DataError, match=r"'returns\.csv' holds what was given back.*columns\.sign=part"):
        File(path=str(tmp_path)).read(engine)
    signs = {"returns.csv": -1, "sales.csv": 1}
    found = File(path=str(tmp_path), columns={"sign": "part"}, signs=signs).read(engine)
    assert list_ledger(found) == [("read", 2), ("kept", 2)]
