"""The order of day and month is decided on the whole column, or asked for."""

from datetime import datetime, timedelta

import ibis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.convert import ConvertedTransactions, LogChoices, convert_transactions
from segmentlab.transactions.sources.dates import DATE_FORMATS
from segmentlab.transactions.sources.raw import RawTable

ENGINE = ibis.duckdb.connect()
START = datetime(2010, 12, 1, 8, 26)


def landed(texts: list[str], **said: str | None) -> ConvertedTransactions:
    lines = pd.DataFrame({"customer": "a", "date": texts, "qty": "1", "price": "2"})
    raw = RawTable(ENGINE.create_table(ibis.util.gen_name("dates"), lines))
    return convert_transactions(raw, LogChoices(**said), ENGINE, "shop")


def read(texts: list[str], **said: str | None) -> list[pd.Timestamp]:
    return landed(texts, **said).table["timestamp"].to_pandas().tolist()


@given(
    form=st.sampled_from([form for form in DATE_FORMATS if "%H" in form.pattern]),
    steps=st.lists(st.integers(0, 500 * 24 * 60), max_size=20),
)
def test_dates_that_were_written_are_read_back(form: object, steps: list[int]) -> None:
    moments = [START + timedelta(days=20), *(START + timedelta(minutes=step) for step in steps)]
    texts = [moment.strftime(form.pattern) for moment in moments]
    seconds = "%S" in form.pattern
    # 21.12.10 may begin with the year, and 201012210826 may count milliseconds.
    unclear = "%y" in form.pattern or form.pattern == "%Y%m%d%H%M"
    asked = form.order.replace(" ", "_") if unclear else None
    assert read(texts, dates=asked) == [pd.Timestamp(m if seconds else m.replace(second=0)) for m in moments]


@pytest.mark.parametrize("order", ["day_first", "month_first"])
@given(steps=st.lists(st.integers(0, 400), min_size=1, max_size=30))
def test_no_order_is_ever_guessed(order: str, steps: list[int]) -> None:
    """Either the column can be read in one order only, or the user is asked."""
    pattern = "%d/%m/%Y" if order == "day_first" else "%m/%d/%Y"
    days = [datetime(2011, 1, 1) + timedelta(days=step) for step in steps]
    texts = [day.strftime(pattern) for day in days]
    assert read(texts, dates=order) == [pd.Timestamp(day) for day in days]
    if all(day.day <= 12 for day in days):
        with pytest.raises(DataError, match=r"Say which: data.dates=day_first or data.dates=month_first"):
            read(texts)
    else:
        assert read(texts) == [pd.Timestamp(day) for day in days]


def test_one_row_far_below_the_first_ones_decides() -> None:
    texts = ["01-02-2010 08:26"] * 6000 + ["31-12-2010 08:26"]
    assert read(texts)[0] == pd.Timestamp("2010-02-01 08:26")
    assert "day first: %d-%m-%Y %H:%M" in " ".join(landed(texts).notes)


def test_the_hours_need_no_leading_zero_and_years_may_have_two_digits() -> None:
    assert read(["12/13/10 8:26"]) == [pd.Timestamp("2010-12-13 08:26")]
    assert read(["19970101"]) == [pd.Timestamp("1997-01-01")]


def test_a_format_may_be_given() -> None:
    assert read(["Q1|05|2010"], dates="Q1|%m|%Y") == [pd.Timestamp("2010-05-01")]


def test_the_other_order_in_between_is_told_by_row() -> None:
    with pytest.raises(DataError, match=r"'date' \(timestamp\) .* in 1 rows: row 3 '12/31/2010'"):
        read(["13/12/2010", "14/12/2010", "12/31/2010"])


@pytest.mark.parametrize("text", ["12/01/10", "0010-12-01"])
def test_a_year_of_two_digits_among_four_is_no_ancient_date(text: str) -> None:
    with pytest.raises(DataError, match=f"row 4 '{text}'"):
        read([*(["12/13/2010"] * 3 if "/" in text else ["2010-12-01"] * 3), text])


def test_what_is_no_date_asks_for_the_format() -> None:
    with pytest.raises(DataError, match=r"'date' holds no date that is known: 'yesterday'\. Give its format"):
        read(["yesterday"])
    with pytest.raises(ConfigError, match=r"data\.dates=dayfirst: expected day_first, month_first, year_f"):
        read(["01/02/2010"], dates="dayfirst")
