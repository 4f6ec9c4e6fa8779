"""axe and Lighthouse, judges of pages; `pytest_plugins = ["tests.pages.judges"]` makes the fixtures known."""

import fcntl
import functools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from segmentlab.lab.config.folders import ROOT
from tests.browser import FLAGS, Browser

WIDTHS = (390, 1440)
SCHEMES = ("light", "dark")
JUDGED = ("performance", "accessibility", "best-practices")
HOLDERS = "document.querySelectorAll('[data-figure]')"
PATIENCE = 900  # seconds for what npm or Lighthouse does; a busy machine is no defect
MOST_DRAWN = 3  # what axe says of these it says of all
OPEN = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
JUDGE = """
const done = arguments[0];
axe.run(document, { resultTypes: ["violations"] }).then(({ violations }) => done(violations.map(
  ({ id, nodes }) => `${id}: ${nodes.length} times, first ${nodes[0].html.slice(0, 200)}`
)));
"""

Judge = Callable[..., list[str]]


@pytest.fixture(scope="session")
def node_modules() -> Path:
    """The folder of what `package.json` names, installed once; without Node the test is skipped."""
    if not (shutil.which("node") and shutil.which("npm")):
        give_up("needs node and npm (Debian: apt install nodejs npm)")
    wanted = Path(__file__).with_name("package.json")
    folder = ROOT / ".venv" / "node"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:  # the workers of pytest come at the same time
        fcntl.flock(lock, fcntl.LOCK_EX)
        installed = folder / "package.json"
        if not installed.is_file() or installed.read_bytes() != wanted.read_bytes():
            shutil.copy(wanted, folder / "wanted.json")
            install(folder)
            shutil.copy(wanted, installed)
    return folder / "node_modules"


def install(folder: Path) -> None:
    """Fetch the packages; no network is a reason to skip, unless the run said that they must be there."""
    names = json.loads((folder / "wanted.json").read_text("utf-8"))["dependencies"]
    packages = [f"{name}@{version}" for name, version in names.items()]
    quiet = ["--no-audit", "--no-fund", "--no-package-lock", "--no-save", "--ignore-scripts"]
    command = ["npm", "install", "--prefix", str(folder), *quiet, *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=PATIENCE)
    if done.returncode:
        give_up(f"npm could not install {', '.join(packages)}: {done.stderr[-300:]}")


def give_up(reason: str) -> None:
    """Skip, or fail where the run said that Node must be there."""
    if "node" in os.environ.get("SEGMENTLAB_REQUIRE", "").split(","):
        pytest.fail(f"SEGMENTLAB_REQUIRE names node, and this {reason}")
    pytest.skip(reason)


@pytest.fixture
def axe(browser: Browser, node_modules: Path, tmp_path: Path) -> Iterator[Judge]:
    """A judge of a page as text: the violations that axe finds with everything opened and drawn."""
    script = (node_modules / "axe-core" / "axe.min.js").read_text("utf-8")

    def judge(page: str, widths: tuple[int, ...] = WIDTHS, schemes: tuple[str, ...] = SCHEMES) -> list[str]:
        file, found = tmp_path / "page.html", []
        file.write_text(page, encoding="utf-8")
        for width, scheme in ((width, scheme) for width in widths for scheme in schemes):
            show(browser, file.as_uri(), width, scheme)
            browser.driver.execute_cdp_cmd("Runtime.evaluate", {"expression": script})
            found += [f"{width} {scheme} {one}" for one in browser.driver.execute_async_script(JUDGE)]
        return found

    browser.driver.set_script_timeout(300)
    yield judge
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def show(browser: Browser, address: str, width: int, scheme: str) -> None:
    """Open a page by day or by night, with its details open and its first figures drawn."""
    wish = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", wish)
    browser.open(address, width=width)
    browser.run(OPEN)
    for place in range(min(MOST_DRAWN, browser.run(f"return {HOLDERS}.length"))):
        browser.run(f"{HOLDERS}[{place}].scrollIntoView({{behavior: 'instant'}})")
        browser.until(f"{HOLDERS}[{place}].querySelectorAll('.main-svg, canvas').length > 0")


@contextmanager
def serve_folder(folder: Path) -> Iterator[str]:
    """The address of a folder's files on this machine, which Lighthouse wants instead of a path."""
    handler = functools.partial(Quiet, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing of what is asked for."""

    def log_message(self, format: str, *args: object) -> None:
        """Nobody reads it."""


def run_lighthouse(node_modules: Path, address: str, output: Path) -> dict[str, Any]:
    """Its report on a page, on a desk."""
    command = ["node", str(node_modules / "lighthouse" / "cli" / "index.js"), address, "--preset=desktop"]
    command += [f"--only-categories={','.join(JUDGED)}", "--output=json", f"--output-path={output}"]
    command += ["--quiet", f"--chrome-flags={' '.join(FLAGS)}"]
    where = {**os.environ, "CHROME_PATH": str(shutil.which("chromium"))}
    subprocess.run(command, check=True, env=where, timeout=PATIENCE)
    judged: dict[str, Any] = json.loads(output.read_text("utf-8"))
    return judged
