"""Numbers come back from every habit of writing them, or the habit is asked for."""

import math
from collections.abc import Sequence
from pathlib import Path

import ibis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File
from segmentlab.transactions.sources.numbers import PLAIN, decide_spellings, read_numbers
from tests.examples import draw_examples

ENGINE = ibis.duckdb.connect()


def parse(texts: Sequence[str], decimal: str | None = None) -> list[float | None]:
    table = ibis.memtable({"unit_price": list(texts)}, schema={"unit_price": "string"})
    spelt = decide_spellings(table, {"unit_price": "price"}, decimal, "shop")["unit_price"]
    numbers = ENGINE.execute(table.select(n=read_numbers(table["unit_price"], spelt, True)))["n"]
    return [None if math.isnan(number) else number for number in numbers.tolist()]


@pytest.mark.parametrize(
    ("texts", "numbers"),
    [
        (["1,234.50", "2.5"], [1234.5, 2.5]),
        (["1.234,50", "2"], [1234.5, 2]),
        (["1'234.50", "1\u2019234\u2019567"], [1234.5, 1234567]),
        (["1 234,50", "1\u00a0234,5", "1\u202f234"], [1234.5, 1234.5, 1234]),
        (["1,23,456.70"], [123456.7]),
        (["£41.44", "£1,041.44", "-£2.00", "£-2.00", "(£2.00)"], [41.44, 1041.44, -2, -2, -2]),
        (["41,44 €", "2.298,31 EUR"], [41.44, 2298.31]),
        (["US$ 5.10", "R$5", "5.10 kr", "CHF 5.10"], [5.1, 5, 5.1, 5.1]),
        (["(5)", "5-", "- 5", "\u22125", "+5"], [-5, -5, -5, -5, 5]),
        (["5.0e+00", "1e3"], [5, 1000]),
        (["41.44", "2,50"], [41.44, 2.5]),
        (["1.234.567", "5"], [1234567, 5]),
        (["0.250", "1.234"], [0.25, 1.234]),
        (["twelve", "(5", "12 34", "1,5,0", "", "N/A", "1.2.3"], [None] * 7),
    ],
)
def test_every_habit_is_read(texts: list[str], numbers: list[float | None]) -> None:
    assert parse(texts) == numbers


@pytest.mark.parametrize("texts", [["1.234", "41"], ["1,234"], ["€1.234"], ["41.44", "41,44", "1.234"]])
def test_what_may_be_thousands_or_decimals_is_asked(texts: list[str]) -> None:
    with pytest.raises(DataError, match=r"column 'price'.*(data\.decimal='[.,]' for thousands|one way)"):
        parse(texts)


def test_said_it_is_read_and_nothing_becomes_a_hundredfold() -> None:
    assert parse(["1.234", "41"], ",") == [1234, 41]
    assert parse(["1.234", "41"], ".") == [1.234, 41]
    assert parse(["1.5"], ",") == [None]
    assert parse(["41,44"], ".") == [None]


def test_another_column_shows_the_habit_of_the_log() -> None:
    table = ibis.memtable({"quantity": ["1.500"], "unit_price": ["41,44"]})
    spelt = decide_spellings(table, {"quantity": "qty", "unit_price": "price"}, None, "shop")
    assert ENGINE.execute(read_numbers(table["quantity"], spelt["quantity"], False)).tolist() == [1500]


def test_plain_numbers_are_left_to_the_quick_reader() -> None:
    table = ibis.memtable({"unit_price": ["41.44", "-2", "1e3", ""]})
    assert decide_spellings(table, {"unit_price": "price"}, None, "shop")["unit_price"] == PLAIN


@draw_examples(30)
@given(
    cents=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=20),
    habit=st.sampled_from([",.", ".,", "'.", " ,", "\u00a0,"]),
    dress=st.sampled_from(["{}", "€{}", "{} EUR", "$ {}"]),
    minus=st.sampled_from(["-{}", "({})", "{}-"]),
)
def test_money_that_was_dressed_comes_back(cents: list[int], habit: str, dress: str, minus: str) -> None:
    def write(amount: int) -> str:
        text = dress.format(f"{abs(amount) / 100:,.2f}".translate(str.maketrans(",.", habit)))
        return minus.format(text) if amount < 0 else text

    assert parse([write(amount) for amount in cents]) == pytest.approx([amount / 100 for amount in cents])


def read(folder: Path, text: str, **said: object) -> Dataset:
    (folder / "shop.csv").write_text(text, encoding="utf-8")
    return File(path=str(folder / "shop.csv"), **said).read(ENGINE)  # type: ignore[arg-type]


def revenue(dataset: Dataset) -> float:
    lines = dataset.transactions.to_pandas()
    return float((lines["quantity"] * lines["unit_price"]).sum())


HEAD = "customer;date;qty;price\n"


def test_a_file_says_how_its_numbers_are_written(tmp_path: Path) -> None:
    dataset = read(tmp_path, HEAD + "a;2020-01-31;2;1.234,50 €\nb;2020-01-31;(1);2,00 €\n")
    assert revenue(dataset) == 2467
    assert "Numbers in 'price' are written with a decimal comma, in EUR." in dataset.notes


def test_thousands_by_points_are_asked_wherever_they_stand(tmp_path: Path) -> None:
    """A quick reader takes them for decimals, and would lose a thousandfold of the money."""
    log = HEAD + "a;2020-01-31;2;1.234\nb;2020-01-31;1;41\n"
    with pytest.raises(DataError, match=r"such as '1\.234' may be thousands or have three decimals"):
        read(tmp_path, log)
    late = HEAD + "b;2020-01-31;1;41\n" * 6000 + "a;2020-01-31;2;1.234\n"
    with pytest.raises(DataError, match=r"such as '1\.234' may be thousands"):
        read(tmp_path, late)
    assert revenue(read(tmp_path, log, decimal=",")) == 2509
    assert revenue(read(tmp_path, log, decimal=".")) == pytest.approx(43.468)


CURRENCIES = "customer;date;qty;price;currency\na;2020-01-31;1;10;EUR\nb;2020-01-31;1;150;JPY\n"
SIGNS = HEAD + "a;2020-01-31;1;€10\nb;2020-01-31;1;$150\n"


@pytest.mark.parametrize("text", [CURRENCIES, SIGNS])
def test_several_currencies_are_never_added_up(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError, match=r"several currencies \(1 in .*data\.currency='\{"):
        read(tmp_path, text)
    assert revenue(read(tmp_path, text, accept=["currencies"])) == 160
    only = read(tmp_path, text, currency="eur")
    assert revenue(only) == 10
    assert "1 others were left out" in " ".join(only.notes)
    assert revenue(read(tmp_path, text, currency={"EUR": 1, "JPY": 0.01, "$": 0.01})) == 11.5


@pytest.mark.parametrize("said", [{}, {"EUR": 0}, {"EUR": "x"}, {"EUR": 1}, "GBP"])
def test_a_currency_that_can_not_be_applied_is_refused(tmp_path: Path, said: object) -> None:
    with pytest.raises(ConfigError, match=r"data\.currency"):
        read(tmp_path, CURRENCIES, currency=said)


def test_a_currency_without_a_column_that_says_so_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no column says what amounts are in"):
        read(tmp_path, HEAD + "a;2020-01-31;1;10\n", currency="EUR")


def test_new_choices_leave_a_digest_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "shop.csv").write_text(HEAD + "a;2020-01-31;1;10\n")
    path = str(tmp_path / "shop.csv")
    digests = [
        File(path=path, **said).read(ENGINE).digest  # type: ignore[arg-type]
        for said in ({}, {"decimal": ".", "columns": {"time": None}}, {"zone": "UTC"})
    ]
    assert digests[0] == digests[1] != digests[2]
