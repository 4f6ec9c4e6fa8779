"""Moments in whatever way a shop writes them: counted, with offsets, in several ways, in two columns."""

from datetime import UTC, datetime
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pytest
from ibis.backends import BaseBackend
from pyarrow import parquet

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File

ENGINE = ibis.duckdb.connect()
NOON = pd.Timestamp("2024-07-23 12:47:21")


def land(folder: Path, texts: list[str], head: str = "customer;date;qty;price", **said: object) -> Dataset:
    rows = "".join(f"a;{date};1;2.50\n" for date in texts)
    (folder / "shop.csv").write_text(f"{head}\n{rows}", encoding="utf-8")
    return File(path=str(folder / "shop.csv"), separator=";", **said).read(ENGINE)  # type: ignore[arg-type]


def read(folder: Path, texts: list[str], **said: object) -> list[pd.Timestamp]:
    return land(folder, texts, **said).transactions.to_pandas()["timestamp"].tolist()


@pytest.mark.parametrize(
    ("text", "floor"),
    [
        ("2024-07-23T12:47:21Z", "s"),
        ("2024-07-23T12:47:21.000Z", "s"),
        ("2024-07-23 12:47:21 UTC", "s"),
        ("2024-07-23T12:47:21+02:00", "s"),
        ("2024-07-23 12:47:21 -0700", "s"),
        ("20240723T124721Z", "s"),
        ("20240723124721", "s"),
        ("1721738841", "s"),
        ("1721738841000", "s"),
        ("45496.53288194", "s"),
        ("July 23, 2024 12:47 PM", "min"),
        ("Tue, 23 Jul 2024 12:47:21 +0200", "s"),
        ("7/23/24 12:47", "min"),
        ("23 July 2024", "D"),
        ("23. Jul 2024", "D"),
        ("20240723", "D"),
        ("230799", "never"),
    ],
)
def test_one_way_of_writing_is_read(tmp_path: Path, text: str, floor: str) -> None:
    wanted = pd.Timestamp("1999-07-23") if floor == "never" else NOON.floor(floor)
    assert read(tmp_path, [text, text]) == [wanted] * 2


def test_months_are_their_first_day_and_say_so(tmp_path: Path) -> None:
    dataset = land(tmp_path, ["2024-07", "2024-12"])
    assert dataset.transactions.to_pandas()["timestamp"].tolist() == [
        pd.Timestamp("2024-07-01"),
        pd.Timestamp("2024-12-01"),
    ]
    assert "They name months only" in " ".join(dataset.notes)


def test_counts_of_days_need_to_be_told_apart(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"'1'\. Give its format.*'days since 2020-01-31', excel or epoch"):
        read(tmp_path, ["212", "1"])
    said = "days since 2023-12-31"
    assert read(tmp_path, ["212", "1"], dates=said) == [
        pd.Timestamp("2024-07-30"),
        pd.Timestamp("2024-01-01"),
    ]
    with pytest.raises(DataError, match="excel or epoch"):
        read(tmp_path, ["45496"])
    assert read(tmp_path, ["45496"], dates="excel") == [NOON.floor("D")]
    with pytest.raises(ConfigError, match="expected a day such as"):
        read(tmp_path, ["1"], dates="days since then")


@pytest.mark.parametrize("dtype", ["int64", "float64"])
def test_moments_may_be_numbers_of_a_table(tmp_path: Path, dtype: str) -> None:
    seconds = pa.array([1721738841]).cast(getattr(pa, dtype)())
    table = pa.table({"customer": ["a"], "date": seconds, "qty": [1.0], "price": [2.0]})
    parquet.write_table(table, tmp_path / "shop.parquet")
    lines = File(path=str(tmp_path / "shop.parquet")).read(ENGINE).transactions.to_pandas()
    assert lines["timestamp"].tolist() == [NOON]


def test_a_year_of_two_digits_that_stands_first_is_found_where_days_vary(tmp_path: Path) -> None:
    days = [
        f"24-{month:02}-{day:02}" for month, day in [(1, 1), (2, 8), (3, 3), (4, 10), (5, 5), (6, 12), (7, 7)]
    ]
    assert read(tmp_path, days)[1] == pd.Timestamp("2024-02-08")
    with pytest.raises(DataError, match=r"data\.dates=year_first or data\.dates=day_first"):
        read(tmp_path, days[:2])
    assert read(tmp_path, days[:2], dates="year_first")[1] == pd.Timestamp("2024-02-08")


def test_ways_of_writing_that_are_clear_may_be_mixed(tmp_path: Path) -> None:
    dates = ["31.12.2010 8:26", "31.12.2010", "01.02.2010", "2010-12-31T08:26:00"]
    dataset = land(tmp_path, dates)
    found = dataset.transactions.to_pandas()["timestamp"].tolist()
    assert found == [
        pd.Timestamp(day) for day in ("2010-12-31 08:26", "2010-12-31", "2010-02-01", "2010-12-31 08:26")
    ]
    assert "are written in 3 ways" in " ".join(dataset.notes)
    with pytest.raises(DataError, match=r"data\.dates=day_first or data\.dates=month_first"):
        read(tmp_path, ["01-05-2019", "1/27/2019"])
    assert read(tmp_path, ["01-05-2019", "1/27/2019"], dates="month_first") == [
        pd.Timestamp("2019-01-05"),
        pd.Timestamp("2019-01-27"),
    ]


@pytest.mark.parametrize("on_bad_rows", ["error", "quarantine"])
def test_both_orders_in_one_column_are_refused_not_set_aside(tmp_path: Path, on_bad_rows: str) -> None:
    dates = ["13/12/2010", "14/12/2010", "12/31/2010", "01/02/2010"]
    with pytest.raises(DataError, match=r"line 4 '12/31/2010'.*day and month exchanged"):
        read(tmp_path, dates, on_bad_rows=on_bad_rows)


def test_the_clock_that_was_written_is_the_shops_own_and_said(tmp_path: Path) -> None:
    summer, winter = "2024-07-23 12:47:21+0200", "2024-12-22 13:25:49+0100"
    dataset = land(tmp_path, [summer, winter])
    assert dataset.transactions.to_pandas()["timestamp"].tolist() == [
        NOON,
        pd.Timestamp("2024-12-22 13:25:49"),
    ]
    assert "bear offsets (+01:00, +02:00)" in " ".join(dataset.notes)


def test_a_zone_takes_moments_to_the_shop(tmp_path: Path) -> None:
    for text in (
        "2024-07-23T12:47:21Z",
        "2024-07-23T14:47:21+02:00",
        "2024-07-23 05:17:21 -07:30",
        "1721738841",
    ):
        assert read(tmp_path, [text], zone="Europe/Berlin") == [pd.Timestamp("2024-07-23 14:47:21")]
    said = {"zone": "Europe/Berlin", "columns": {"timestamp": "Date (UTC)"}}
    named = land(tmp_path, ["2024-07-23 12:47:21"], "customer;Date (UTC);qty;price", **said)
    assert named.transactions.to_pandas()["timestamp"].tolist() == [pd.Timestamp("2024-07-23 14:47:21")]
    naive = land(tmp_path, ["2024-07-23 12:47:21"], zone="Europe/Berlin")
    assert naive.transactions.to_pandas()["timestamp"].tolist() == [NOON]
    assert "bear no offset" in " ".join(naive.notes)
    with pytest.raises(ConfigError, match=r"data\.zone='Berlin': expected a zone such as Europe/Berlin"):
        read(tmp_path, ["2024-07-23 12:47:21"], zone="Berlin")


@pytest.mark.parametrize("other", ["2024-07-23 12:47:21+05:00", "2024-07-23 12:47:21"])
def test_several_clocks_need_a_zone(tmp_path: Path, other: str) -> None:
    dates = ["2024-07-23 12:47:21+02:00"] * 2 + [other]
    with pytest.raises(DataError, match=r"written by several clocks .*data\.zone=Europe/Berlin"):
        read(tmp_path, dates)


def test_a_zone_that_a_type_names_is_the_shops_own(tmp_path: Path) -> None:
    noon = datetime(2024, 7, 23, 10, 47, 21, tzinfo=UTC)
    for zone, hour, told in (
        ("Europe/Berlin", 12, "told in Europe/Berlin"),
        ("UTC", 10, "in UTC and stay so"),
    ):
        when = pa.array([noon], pa.timestamp("us", zone))
        parquet.write_table(
            pa.table({"customer": ["a"], "date": when, "qty": [1.0], "price": [2.0]}),
            tmp_path / "shop.parquet",
        )
        dataset = File(path=str(tmp_path / "shop.parquet")).read(ENGINE)
        assert dataset.transactions.to_pandas()["timestamp"].tolist() == [NOON.replace(hour=hour)]
        assert told in " ".join(dataset.notes)


@pytest.mark.parametrize("time", ["12:47:21", "124721", "12:47:21 PM", "0.53288194", "12:47:21.5"])
def test_a_time_of_day_in_a_column_of_its_own_is_added(tmp_path: Path, time: str) -> None:
    dataset = land(tmp_path, [f"2024-07-23;{time}"], "customer;date;Time;qty;price")
    assert dataset.transactions.to_pandas()["timestamp"].tolist() == [NOON]
    assert "Times of day are those of 'Time'." in dataset.notes


def test_times_that_are_none_are_bad_rows_and_dates_with_times_keep_them(tmp_path: Path) -> None:
    head = "customer;date;Time;qty;price"
    assert read(tmp_path, ["2024-07-23;0917"], head=head) == [pd.Timestamp("2024-07-23 09:17")]
    assert read(tmp_path, ["2024-07-23 12:47:21;0917"], head=head) == [NOON]
    assert read(tmp_path, ["2024-07-23;0917"], head=head, columns={"time": "none"}) == [NOON.floor("D")]
    with pytest.raises(DataError, match=r"'date' \(timestamp\).* line 3 '2024-07-23'"):
        read(tmp_path, ["2024-07-23;0917", "2024-07-23;2561"], head=head)
    with pytest.raises(ConfigError, match="the dates have times already"):
        read(tmp_path, ["2024-07-23 12:47:21;0917"], head=head, columns={"time": "Time"})


@pytest.mark.spark
def test_no_engine_ignores_a_zone_or_times_of_day(
    spark: BaseBackend, engine: BaseBackend, tmp_path: Path
) -> None:
    days = pd.to_datetime(["2024-01-01", "2024-07-01"])
    lines = pd.DataFrame({"customer_id": ["a", "b"], "quantity": 1.0, "unit_price": 2.0, "timestamp": days})
    lines.assign(time=["9:17", "23:05"]).to_parquet(timed := tmp_path / "timed.parquet", index=False)
    zoned = tmp_path / "zoned.parquet"
    lines.assign(timestamp=days.tz_localize("Europe/Berlin")).to_parquet(zoned, index=False)
    with pytest.raises(DataError, match=r"Type data\.columns\.time='time' if it does"):
        File(path=str(timed)).read(spark)
    with pytest.raises(DataError, match=r"Type data\.zone=Europe/Berlin"):
        File(path=str(zoned)).read(spark)
    for source in (
        File(path=str(timed), columns={"time": "time"}),
        File(path=str(zoned), zone="Europe/Berlin"),
    ):
        moments = [
            source.read(backend).transactions["timestamp"].to_pandas().tolist() for backend in (spark, engine)
        ]
        assert moments[0] == moments[1]


@pytest.mark.parametrize(
    ("texts", "moments"),
    [
        (("12. März 2024", "3. Mai 2024", "31. Dez. 2024"), ("2024-03-12", "2024-05-03", "2024-12-31")),
        (("12. Okt. 2024, 14:30 Uhr", "03. Dez. 2024, 09:05 Uhr"), ("2024-10-12 14:30", "2024-12-03 09:05")),
        (("mar. 12 mars 2024", "jeu. 1er août 2024"), ("2024-03-12", "2024-08-01")),
        (("12/07/2024 14h30", "31/07/2024 09h05"), ("2024-07-12 14:30", "2024-07-31 09:05")),
        (("12-janv.-24", "23-déc.-24"), ("2024-01-12", "2024-12-23")),
        (("12 de marzo de 2024", "3 de enero de 2024"), ("2024-03-12", "2024-01-03")),
        (("12 gennaio 2024", "3 ago 2024", "5 lug 2024"), ("2024-01-12", "2024-08-03", "2024-07-05")),
        (("dinsdag 12 maart 2024", "wo 1 mei 2024"), ("2024-03-12", "2024-05-01")),
        (("12 de março de 2024", "3 out 2024", "5 set. 2024"), ("2024-03-12", "2024-10-03", "2024-09-05")),
        (("7/23/2024, 2:30:15 PM", "12/1/2024, 11:00:00 AM"), ("2024-07-23 14:30:15", "2024-12-01 11:00")),
        (("Tue Jul 23 12:47:21 CEST 2024", "Mon Jan  1 12:47:21 CET 2024"), ("2024-07-23 12:47:21", "2024-01-01 12:47:21")),  # noqa: E501
        (("Jul 23, 2024 12:47:21 PDT", "Jan 3, 2024 12:47:21 PST"), ("2024-07-23 12:47:21", "2024-01-03 12:47:21")),  # noqa: E501
    ],
)  # fmt: skip
def test_words_in_dates_are_read_in_seven_languages(
    tmp_path: Path, texts: tuple[str, ...], moments: tuple[str, ...]
) -> None:
    assert read(tmp_path, list(texts)) == [pd.Timestamp(moment) for moment in moments]


def test_zones_by_their_letters_are_offsets_only_where_they_mean_one(tmp_path: Path) -> None:
    berlin = ["2024-01-23 12:47 CET", "2024-07-23 12:47 CEST"]
    york = ["2024-01-23 12:47 EST", "2024-07-23 12:47 EDT"]
    noon = [pd.Timestamp("2024-01-23 12:47"), pd.Timestamp("2024-07-23 12:47")]
    assert read(tmp_path, berlin) == read(tmp_path, york) == noon
    assert read(tmp_path, berlin, zone="Europe/London") == [one - pd.Timedelta(hours=1) for one in noon]
    with pytest.raises(DataError, match=r"bear EDT and EST, which may mean several .*leave data\.zone out"):
        read(tmp_path, york, zone="Europe/London")
    with pytest.raises(DataError, match=r"bear CET and EST, which are several clocks\. Write offsets"):
        read(tmp_path, [berlin[0], york[0]])
    with pytest.raises(DataError, match="bear EST, and some none, which are several clocks"):
        read(tmp_path, [york[0], "2024-01-23 12:47"])


def test_dates_that_a_spreadsheet_exchanged_are_refused(tmp_path: Path) -> None:
    """Where it reads the month first, only days after the twelfth stay texts."""
    days = pd.date_range("2024-01-01", "2024-12-30")
    texts = [f"{day:%d/%m/%Y}" if day.day > 12 else f"{day:%Y-%d-%m}" for day in days]
    with pytest.raises(DataError, match="after the twelfth of a month: a spreadsheet has read the others"):
        read(tmp_path, texts)
