"""What is posted is taken once, or refused in words that say which row and field."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest

from segmentlab.lab.live.body import MOST_LINES, read_lines
from segmentlab.lab.live.guard import LONGEST_BODY
from segmentlab.lab.live.purchase import RefusedError, ShopClock
from tests.lab.live.conftest import NOW, LiveShop, OpenService, Serve
from tests.postgres import Postgres

pytest_plugins = ["tests.postgres"]

LINE = {
    "line_id": "web-1",
    "customer_id": "12346",
    "invoice_id": "581600",
    "product_id": "22423",
    "description": None,
    "quantity": 2,
    "unit_price": 12.75,
    "timestamp": "2011-12-09T12:50:00",
    "country": "France",
}


def lack(field: str) -> dict[str, object]:
    return {name: value for name, value in LINE.items() if name != field}


BAD_ROWS = {
    "null id": (LINE | {"customer_id": None}, "customer_id", "null is no text"),
    "number for an id": (LINE | {"customer_id": 12346}, "customer_id", "no text. Write ids as text"),
    "blank id": (LINE | {"customer_id": "  "}, "customer_id", "is blank"),
    "blank at an end": (LINE | {"line_id": "web-1 "}, "line_id", "blanks at an end"),
    "long id": (LINE | {"customer_id": "x" * 201}, "customer_id", "201 letters"),
    "control letter": (LINE | {"invoice_id": "a\x00b"}, "invoice_id", "can't be printed"),
    "half a letter": (LINE | {"country": "\ud800"}, "country", "can't be printed"),
    "no id": (lack("line_id"), "line_id", "is missing"),
    "no quantity": (lack("quantity"), "quantity", "is missing"),
    "null quantity": (LINE | {"quantity": None}, "quantity", "null is no number"),
    "NaN": (LINE | {"quantity": float("nan")}, "quantity", "NaN"),
    "infinity": (LINE | {"unit_price": float("inf")}, "unit_price", "inf"),
    "minus infinity": (LINE | {"quantity": float("-inf")}, "quantity", "inf"),
    "too much": (LINE | {"quantity": 1e13}, "quantity", "1e+12 is the most"),
    "digits without end": (LINE | {"quantity": 10**400}, "quantity", "so many digits"),
    "text for a number": (LINE | {"quantity": "2"}, "quantity", "'2' is no number"),
    "truth for a number": (LINE | {"unit_price": True}, "unit_price", "true is no number"),
    "list for a number": (LINE | {"quantity": [1]}, "quantity", "a list is no number"),
    "object for text": (LINE | {"country": {}}, "country", "an object is no text"),
    "unknown field": (LINE | {"prize": 1}, "prize", "no such field"),
    "no moment": (LINE | {"timestamp": "yesterday"}, "timestamp", "'yesterday' is no moment"),
    "number for a moment": (LINE | {"timestamp": 1_300_000_000}, "timestamp", "no moment"),
    "a day alone": (LINE | {"timestamp": "2011-12-09"}, "timestamp", "Write a date and a time"),
    "no such day": (LINE | {"timestamp": "2011-02-30T10:00:00"}, "timestamp", "no moment"),
    "far future": (LINE | {"timestamp": "2092-12-09T12:50:00"}, "timestamp", "yet to come"),
    "far past": (LINE | {"timestamp": "1811-12-09T12:50:00"}, "timestamp", "before 1900"),
    "unknown zone": (LINE | {"timestamp": "2011-12-09T12:50:00+02:00"}, "timestamp", "zone=Europe/Berlin"),
}


@pytest.mark.parametrize("name", BAD_ROWS)
def test_a_bad_row_is_refused_by_row_and_field(module_service: OpenService, name: str) -> None:
    bad, field, words = BAD_ROWS[name]
    status, answer = module_service.post(LINE | {"line_id": "sound"}, bad)
    assert (status, answer["row"], answer["field"]) == (422, 2, field), answer
    assert answer["error"].startswith(f"Row 2, field '{field}': ")
    assert words in answer["error"]


BAD_BODIES = {
    "nothing": (b"", 400, "no JSON"),
    "no JSON": (b"[{", 400, "line 1, column"),
    "not UTF-8": (b'["\xff"]', 400, "UTF-8"),
    "empty list": (b"[]", 422, "empty"),
    "an object": (b"{}", 422, "a list of lines"),
    "a number": (b"1", 422, "a list of lines"),
    "null row": (b"[null]", 422, "Row 1: null is no line"),
    "a list of lists": (b"[[]]", 422, "Row 1: a list is no line"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, 400, "too deep"),
    "deep objects": (b'{"a":' * 50_000 + b"1" + b"}" * 50_000, 400, "too deep"),
    "twice": (b'[{"line_id": "1", "line_id": "2"}]', 422, "'line_id' is there twice"),
    "digits": (b"[" + b"9" * 5000 + b"]", 400, "too many digits"),
    "too many lines": (json.dumps([{}] * (MOST_LINES + 1)).encode(), 413, "1,001 lines"),
    "too long": (b" " * (LONGEST_BODY + 1), 413, "1,048,576 bytes"),
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_a_bad_body_is_refused_in_words(module_service: OpenService, name: str) -> None:
    body, code, words = BAD_BODIES[name]
    status, answer = module_service.ask("POST", "/purchases", body)
    assert status == code, answer
    assert words in answer["error"]
    assert "Traceback" not in str(answer)


def test_text_that_a_page_of_a_browser_could_send_is_refused(module_service: OpenService) -> None:
    body = json.dumps([LINE]).encode()
    status, answer = module_service.ask("POST", "/purchases", body, Content_Type="text/plain")
    assert (status, answer["error"][:4]) == (415, "Post")


def test_one_bad_row_keeps_nothing(module_service: OpenService) -> None:
    before = len(module_service.work._known)
    module_service.post(LINE | {"line_id": "sound"}, LINE | {"quantity": None})
    assert len(module_service.work._known) == before


@pytest.fixture(params=["duckdb", "sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where lines are kept."""
    if request.param != "postgres":
        yield f"{request.param}:///{tmp_path / 'lines.db'}"
        return
    server: Postgres = request.getfixturevalue("postgres")
    server.run("drop table if exists live_lines")
    yield server.url()
    server.run("drop table if exists live_lines")


def test_the_same_line_counts_once_and_is_never_changed(shop: LiveShop, serve: Serve, place: str) -> None:
    """Also after a new start, where old lines are known by less."""
    service = serve(shop.log, place)
    other = LINE | {"line_id": "web-2", "description": "Ä 'quoted' \" line", "unit_price": 0.1}
    status, first = service.post(LINE, other, other)
    assert (status, first["accepted"], first["repeated"]) == (200, 2, 1), first
    for begun in (service, None):
        again = begun or serve(shop.log, place)
        status, answer = again.post(LINE, other)
        assert (status, answer["accepted"], answer["repeated"]) == (200, 0, 2), answer
        assert answer["customers"] == first["customers"]
        status, answer = again.post(LINE | {"line_id": "web-3"}, LINE | {"quantity": 3})
        assert (status, answer["row"], answer["field"]) == (409, 2, "line_id")
        assert "another quantity" in answer["error"]
        assert again.ask("GET", "/customers/12346")[1] == first["customers"][0]  # web-3 was not kept
        again.work.stop()


def test_of_two_services_on_one_database_none_counts_a_line_twice(
    shop: LiveShop, serve: Serve, tmp_path: Path
) -> None:
    place = f"sqlite:///{tmp_path / 'shared.db'}"
    one, two = serve(shop.log, place), serve(shop.log, place)
    assert one.post(LINE)[1]["accepted"] == 1
    status, answer = two.post(LINE, LINE | {"line_id": "web-2"})
    assert (status, answer["accepted"], answer["repeated"]) == (200, 1, 1), answer
    status, answer = one.post(LINE | {"line_id": "web-2", "quantity": 9})
    assert status == 409, answer


def test_lines_are_kept_where_nobody_else_reads(shop: LiveShop, serve: Serve, tmp_path: Path) -> None:
    service = serve(shop.log)
    service.post(LINE)
    assert (tmp_path / "live.duckdb").stat().st_mode & 0o077 == 0
    service.work.stop()
    with duckdb.connect(tmp_path / "live.duckdb") as database:
        assert database.execute("select line_id, quantity from live_lines").fetchall() == [("web-1", 2.0)]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2011-07-09T12:50:00Z", datetime(2011, 7, 9, 14, 50)),
        ("2011-07-09 12:50:00.5+05:30", datetime(2011, 7, 9, 9, 20, 0, 500_000)),
        ("2011-12-09T12:50", datetime(2011, 12, 9, 12, 50)),
    ],
)
def test_a_moment_with_a_zone_is_told_in_the_shops_own(written: str, read: datetime) -> None:
    clock = ShopClock(ZoneInfo("Europe/Berlin"), lambda: NOW)
    line = json.dumps([LINE | {"timestamp": written}]).encode()
    assert read_lines(line, clock)[0].timestamp == read


def test_a_moment_of_tomorrow_may_be_a_clock_that_is_ahead() -> None:
    clock = ShopClock(None, lambda: datetime(2011, 12, 9, 0, 0, tzinfo=UTC))
    assert read_lines(json.dumps([LINE]).encode(), clock)
    with pytest.raises(RefusedError, match="yet to come"):
        read_lines(json.dumps([LINE | {"timestamp": "2011-12-10T00:00:01"}]).encode(), clock)
