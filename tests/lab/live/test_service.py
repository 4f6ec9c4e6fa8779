"""What belongs to a service beside purchases: health, metrics, a page, secrets, trouble."""

import base64
import re
from pathlib import Path

import pytest

from segmentlab.errors import ConfigError, StoreError
from segmentlab.lab.live.guard import Secrets, check_host
from tests.lab.live.conftest import LiveShop, OpenService, Serve
from tests.lab.live.test_purchases import LINE

TOKEN = Secrets(token="s3cret-token")
PAIR = Secrets("keeper", "pass:word")


def basic(pair: str) -> str:
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


@pytest.mark.parametrize(
    ("secrets", "header", "status"),
    [
        (TOKEN, None, 401),
        (TOKEN, "Bearer wrong", 401),
        (TOKEN, "Bearer ", 401),
        (TOKEN, basic("keeper:pass:word"), 401),
        (TOKEN, "Bearer s3cret-token", 200),
        (PAIR, basic("keeper:wrong"), 401),
        (PAIR, "Basic ???", 401),
        (PAIR, "Bearer s3cret-token", 401),
        (PAIR, basic("keeper:pass:word"), 200),
    ],
)
def test_who_does_not_know_the_secret_learns_nothing(
    secrets: Secrets, header: str | None, status: int
) -> None:
    assert (secrets.admit(header or "") is True) == (status == 200)


def test_every_route_but_health_asks_who_it_is(shop: LiveShop, serve: Serve) -> None:
    service = serve(shop.log, secrets=TOKEN)
    for path in ("/customers/12346", "/metrics", "/docs", "/openapi.json", "/nowhere"):
        status, answer = service.ask("GET", path)
        assert (status, list(answer)) == (401, ["error"])
    assert service.ask("POST", "/purchases", [LINE])[0] == 401
    assert service.ask("POST", "/reload", b"")[0] == 401
    assert service.ask("GET", "/health")[0] == 200
    assert service.ask("GET", "/metrics", Authorization="Bearer s3cret-token")[0] == 200
    assert service.reloaded == []


def test_secrets_show_nowhere_and_half_a_pair_is_refused() -> None:
    assert "s3cret" not in repr(TOKEN)
    assert "pass:word" not in repr(PAIR)
    with pytest.raises(ConfigError, match="or neither"):
        Secrets.read({"SEGMENTLAB_SERVE_USER": "keeper"})
    with pytest.raises(ConfigError, match="is empty"):
        Secrets.read({"SEGMENTLAB_SERVE_TOKEN": ""})


def test_other_machines_are_let_in_only_where_they_are_asked_who_they_are() -> None:
    with pytest.raises(ConfigError, match="lets other machines in"):
        check_host("0.0.0.0", Secrets())
    check_host("0.0.0.0", TOKEN)
    check_host("127.0.0.1", Secrets())


def test_a_site_under_its_own_name_is_refused(module_service: OpenService) -> None:
    status, answer = module_service.ask("GET", "/health", Host="evil.example:80")
    assert (status, answer["error"][:12]) == (421, "This service")


def test_health_says_which_model_answers_and_whether_the_database_does(
    shop: LiveShop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(shop.log)
    status, told = service.ask("GET", "/health")
    assert (status, told["status"], told["model"]) == (200, "ok", f"runs:/{shop.run_id}")
    assert len(told["sha256"]) == 64
    assert told["as_of"] == "2011-12-10"

    def fail(*_: object) -> None:
        raise StoreError("lines=duckdb:///x can't be used: the disk is full.")

    with monkeypatch.context() as broken:
        broken.setattr(service.work._store, "check", fail)
        broken.setattr(service.work._store, "add", fail)
        broken.setattr(service.work._store, "find", lambda _: {})
        status, told = service.ask("GET", "/health")
        assert (status, told["status"]) == (503, "failed")
        assert "the disk is full" in told["lines"]
        status, answer = service.post(LINE)
        assert (status, answer["error"]) == (503, "lines=duckdb:///x can't be used: the disk is full.")
    assert service.post(LINE)[1]["accepted"] == 1
    assert service.ask("GET", "/health")[0] == 200


def test_metrics_count_what_happened(shop: LiveShop, serve: Serve) -> None:
    service = serve(shop.log)
    service.post(LINE, LINE | {"line_id": "web-2"})
    service.post(LINE)
    service.post(LINE | {"quantity": None})
    service.ask("GET", "/nowhere")
    status, text = service.ask("GET", "/metrics")
    assert status == 200
    sample = re.compile(r'segmentlab_\w+(\{(\w+="[^"]*",?)+\})? -?[0-9.e+]+')
    for line in text.splitlines():
        assert line.startswith("# ") or sample.fullmatch(line), line
    assert "segmentlab_lines_accepted_total 2\n" in text
    assert "segmentlab_lines_repeated_total 1\n" in text
    assert "segmentlab_lines_refused_total 1\n" in text
    assert 'segmentlab_requests_total{method="POST",route="/purchases",status="422"} 1\n' in text
    assert 'segmentlab_requests_total{method="GET",route="other",status="404"} 1\n' in text
    assert 'segmentlab_request_seconds_bucket{route="/purchases",le="+Inf"} 3\n' in text
    assert "12346" not in text


def test_a_defect_is_told_without_a_trace(
    shop: LiveShop, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = serve(shop.log)

    def fail(*_: object) -> None:
        raise RuntimeError("a secret detail")

    with monkeypatch.context() as broken:
        broken.setattr(service.work.champion, "answer", fail)
        status, answer = service.ask("GET", "/customers/12346")
    assert (status, list(answer)) == (500, ["error"])
    assert "secret" not in answer["error"]
    assert service.ask("GET", "/customers/12346")[0] in (200, 404)  # it lives on


def test_the_page_shows_what_the_description_says_and_loads_nothing(module_service: OpenService) -> None:
    status, page = module_service.ask("GET", "/docs")
    described = module_service.ask("GET", "/openapi.json")[1]
    assert status == 200
    for path in described["paths"]:
        assert path in page
    assert "unit_price" in page
    assert "http" not in page.replace("http-equiv", "")
    assert "<script" not in page


def test_the_champion_is_taken_anew_when_asked(shop: LiveShop, serve: Serve) -> None:
    service = serve(shop.log)
    status, told = service.ask("POST", "/reload", b"")
    assert (status, told["model"], service.reloaded) == (200, f"runs:/{shop.run_id}", ["once"])


def test_a_file_in_use_is_told_in_words(shop: LiveShop, serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "blocked").write_text("no folder")
    with pytest.raises(StoreError, match=r"lines=duckdb:///.*blocked.* can't be used"):
        serve(shop.log, f"duckdb:///{tmp_path}/blocked/live.duckdb")
