"""The routes: what can be asked, and how trouble is told. No answer ever holds a trace of code."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, MutableMapping
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from segmentlab import __version__
from segmentlab.errors import SegmentLabError
from segmentlab.lab.live.body import read_lines
from segmentlab.lab.live.champion import Champion
from segmentlab.lab.live.docs_page import write_docs_page
from segmentlab.lab.live.guard import JSON_TYPE, App, Guard, Receive, Scope, Secrets, Send
from segmentlab.lab.live.metrics import CONTENT_TYPE, Metrics
from segmentlab.lab.live.purchase import RefusedError, ShopClock
from segmentlab.lab.live.shapes import LINES, Customer, Health, Refusal, Taken
from segmentlab.lab.live.work import Task, Work

PATIENCE: Final = 30.0  # seconds that a request waits for its answer
CHECK_PATIENCE: Final = 5.0
DEFECT: Final = "This is a defect of SegmentLab. Please report it with what the service wrote."
METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")  # others are anybody's words
Reload = Callable[[], Champion]


def make_app(
    work: Work, clock: ShopClock, secrets: Secrets, reload: Reload, *, local: bool = True
) -> FastAPI:
    """The application, which begins and ends the work."""

    @asynccontextmanager
    async def live(_app: FastAPI) -> AsyncIterator[None]:
        work.start()
        yield
        await asyncio.to_thread(work.stop)

    app = FastAPI(
        title="SegmentLab, live",
        version=__version__,
        description="Takes purchases as they happen, and answers where their customers stand.",
        docs_url=None,  # its page loads scripts from the network
        redoc_url=None,
        lifespan=live,
        middleware=[
            Middleware(Count, metrics=work.metrics),
            Middleware(Guard, secrets=secrets, local=local, refuse=_refuse),
        ],
    )
    _add_purchases(app, work, clock)
    _add_customers(app, work)
    _add_service(app, work, reload)
    _tell_trouble(app)
    return app


def _add_purchases(app: FastAPI, work: Work, clock: ShopClock) -> None:
    body = {"required": True, "content": {JSON_TYPE: {"schema": LINES}}}

    @app.post(
        "/purchases",
        summary="Take lines of purchases, and say where their customers stand",
        description="All lines are taken, or none. A line that was taken before counts as repeated.",
        openapi_extra={"requestBody": body},
        responses={200: {"model": Taken}, **_list_refusals(400, 401, 409, 413, 415, 422, 503)},
    )
    async def post_purchases(request: Request) -> Response:
        content = await request.body()
        try:
            lines = read_lines(content, clock)
            task = await _wait(work.keep(lines))
        except RefusedError:
            work.metrics.count("lines_refused", content.count(b'"line_id"'))
            raise
        told = {
            "accepted": len(task.lines) - task.repeated,
            "repeated": task.repeated,
            "model": task.model,
            "customers": list(task.answers.values()),
        }
        return JSONResponse(told)


def _add_customers(app: FastAPI, work: Work) -> None:
    @app.get(
        "/customers/{customer_id:path}",
        summary="Say where a customer stands",
        responses={200: {"model": Customer}, **_list_refusals(401, 404, 503)},
    )
    async def get_customer(customer_id: str) -> Response:
        if customer_id not in work.lines:
            raise RefusedError("There are no purchases of this customer.", status=404)
        task = await _wait(work.look(customer_id))
        return JSONResponse(task.answers[customer_id])


def _add_service(app: FastAPI, work: Work, reload: Reload) -> None:
    @app.get(
        "/health",
        summary="Say whether all is well, and which model answers",
        responses={200: {"model": Health}, 503: {"model": Health}},
    )
    async def get_health() -> Response:
        trouble = None if work.is_working else "a thread has ended: start the service again"
        try:
            if trouble is None:
                await _wait(work.check(), CHECK_PATIENCE)
        except (SegmentLabError, RefusedError) as error:
            trouble = str(error)
        told = {
            "status": "ok" if trouble is None else "failed",
            **work.champion.describe(),
            "as_of": work.day.isoformat(),
            "lines": trouble or "ok",
        }
        return JSONResponse(told, 200 if trouble is None else 503)

    @app.get("/metrics", summary="Counts for Prometheus", response_class=Response)
    async def get_metrics() -> Response:
        now = {
            "lines_waiting": ("Lines that are not in the database yet.", work.waiting),
            "customers": ("Customers with lines.", work.lines.customers),
            "model_loaded_seconds": ("When the model was loaded.", work.champion.loaded.timestamp()),
        }
        return Response(work.metrics.write(now), media_type=CONTENT_TYPE)

    @app.post("/reload", summary="Take the champion of today", responses=_list_refusals(401, 503))
    async def post_reload() -> Response:
        work.champion = await asyncio.to_thread(reload)
        return JSONResponse(work.champion.describe())

    @app.get("/docs", summary="This page", response_class=HTMLResponse)
    async def get_docs() -> Response:
        return HTMLResponse(write_docs_page(app.openapi()))


async def _wait(future: "Future[Task]", patience: float = PATIENCE) -> Task:
    """The task when it is done. Who is not answered in time may ask again: no line counts twice."""
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), patience)
    except TimeoutError:
        raise RefusedError("No answer in time. Ask again: no line is counted twice.", status=503) from None


def _list_refusals(*codes: int) -> dict[int | str, dict[str, Any]]:
    return {code: {"model": Refusal} for code in codes}


# How trouble is told.


def _answer_error(reason: str, status: int, row: int | None = None, field: str | None = None) -> JSONResponse:
    place = {name: one for name, one in (("row", row), ("field", field)) if one is not None}
    headers = {401: {"WWW-Authenticate": 'Basic realm="segmentlab", Bearer'}, 503: {"Retry-After": "1"}}
    return JSONResponse({"error": reason, **place}, status, headers.get(status))


def _refuse(status: int, reason: str) -> App:
    return _answer_error(reason, status)


def _tell_trouble(app: FastAPI) -> None:
    @app.exception_handler(RefusedError)
    async def refuse(_request: Request, error: RefusedError) -> Response:
        return _answer_error(str(error), error.status, error.row, error.field)

    @app.exception_handler(SegmentLabError)
    async def fail(_request: Request, error: SegmentLabError) -> Response:
        return _answer_error(str(error), 503)

    @app.exception_handler(HTTPException)
    async def stray(_request: Request, error: HTTPException) -> Response:
        words = {404: "There is nothing here. GET /docs lists what there is.", 405: "Not by this method."}
        return _answer_error(words.get(error.status_code, str(error.detail)), error.status_code)

    @app.exception_handler(Exception)
    async def break_down(_request: Request, _error: Exception) -> Response:
        return _answer_error(DEFECT, 500)


@dataclass(frozen=True)
class Count:
    """Counts what is answered, whoever answers."""

    app: App
    metrics: Metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and look at the clock."""
        began, status = time.perf_counter(), 500

        async def note(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self.app(scope, receive, note)
        finally:
            if scope["type"] == "http":
                route = getattr(scope.get("route"), "path", "other")
                method = scope["method"] if scope["method"] in METHODS else "other"
                self.metrics.time(method, route, status, time.perf_counter() - began)
