"""The dashboard in tests: Streamlit's own AppTest for the logic, and a server for a real browser."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from urllib.request import urlopen

from selenium.webdriver.support.wait import WebDriverWait
from streamlit.testing.v1 import AppTest

from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.dashboard import DashboardSettings
from tests.ui.server import free_port

STILL = (  # in the browser: nothing is on its way any more
    "!document.querySelector('[data-testid=stSkeleton], [data-testid=stSpinner]')"
    " && !document.querySelector('[data-testid=stStatusWidget]')"
)
SLOWEST = 180  # seconds of a start or a script on a busy machine


def make_settings(folder: Path, **changes: object) -> DashboardSettings:
    """The store, history and cache of a folder, to be looked at."""
    plain = DashboardSettings(
        uri=f"sqlite:///{folder / 'mlflow.db'}",
        experiment="segmentlab",
        name="segments",
        history=f"duckdb:///{folder / 'history.duckdb'}",
        log=None,
        output=str(folder / "campaigns"),
        cache_folder=str(folder / "cache"),
        write=False,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def open_page(module: str, settings: DashboardSettings) -> AppTest:
    """One page, such as `marketer.segments`, run once, with its trouble told in words as the app does."""

    def script(module: str, settings: dict[str, object]) -> None:
        import importlib

        from segmentlab.lab.dashboard.settings import DashboardSettings
        from segmentlab.lab.dashboard.trouble import in_words

        with in_words():
            page = importlib.import_module(f"segmentlab.lab.dashboard.{module}")
            page.show(DashboardSettings(**settings))  # type: ignore[arg-type]

    opened = AppTest.from_function(script, default_timeout=SLOWEST, args=(module, asdict(settings)))
    return opened.run()


def read_texts(page: AppTest) -> str:
    """All words of a page: titles, texts, captions, warnings and errors."""
    kinds = ("title", "header", "subheader", "markdown", "caption", "info", "warning", "error", "success")
    return "\n".join(str(element.value) for kind in kinds for element in page.get(kind))


def list_errors(page: AppTest) -> list[str]:
    """What stands in red bands; a traceback fails at once."""
    assert not page.exception, page.exception
    return [str(error.value).replace("\\", "") for error in page.error]


@contextmanager
def serve_dashboard(settings: DashboardSettings, log: Path) -> Iterator[str]:
    """The address of a dashboard, started as a person starts it, for as long as the block lasts."""
    port = free_port()
    words = [f"port={port}", f"tracking.uri={settings.uri}", f"history={settings.history}"]
    words += [f"output={settings.output}", f"cache_folder={settings.cache_folder}"]
    words += [f"tracking.experiment={settings.experiment}", f"write={str(settings.write).lower()}"]
    words += [] if settings.log is None else [f"log={settings.log}"]
    with log.open("w") as output:
        server = subprocess.Popen(
            [sys.executable, str(ROOT / "src" / "app.py"), *words],
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ},
            cwd=log.parent,
        )
    address = f"http://127.0.0.1:{port}"
    try:
        waiting = WebDriverWait(server, SLOWEST, 0.1)  # type: ignore[type-var]  # it waits for anything
        waiting.until(lambda _: _answers(server, address, log), "no answer")
        yield address
    finally:
        server.terminate()
        server.wait(SLOWEST)


def _answers(server: subprocess.Popen[bytes], address: str, log: Path) -> bool:
    assert server.poll() is None, log.read_text()
    with suppress(OSError), urlopen(f"{address}/_stcore/health") as response:
        return bool(response.status == 200)
    return False
