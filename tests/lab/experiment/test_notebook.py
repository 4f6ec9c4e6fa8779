"""The front door in a real notebook, run by a kernel, and in a script where no folder of ours is."""

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import segmentlab as sl
from tests.browser import Browser

HEAD = "<!doctype html><meta charset='utf-8'><meta name='viewport' content='width=device-width'>"
CELLS = (
    "import segmentlab as sl\nframe = sl.make_shop(customers=300)",
    'found = sl.segment(frame, features=["rfm", "rhythm"], n_clusters=5, evaluate="quick")\nfound',
    'lab = sl.Lab(frame, evaluate="quick")\nlab.sweep(n_clusters=range(3, 5))[["segments/count"]]',
)


@pytest.mark.slow
def test_a_notebook_shows_cards(tmp_path: Path) -> None:
    """Cells are run as Jupyter runs them; the second one ends with the object alone."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = notebook.cells[1].outputs[-1].data
    assert shown["text/html"].count('class="card"') == 5
    assert shown["text/plain"].startswith("memory rfm+rhythm kmeans k=5\n")
    assert "segments/count" in notebook.cells[2].outputs[-1].data["text/html"]


@pytest.mark.slow
def test_a_script_runs_where_no_folder_of_ours_is(tmp_path: Path) -> None:
    script = tmp_path / "try_it.py"
    script.write_text("\n".join([*CELLS[:1], CELLS[1].replace("\nfound", "\nprint(found)")]))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=900
    )
    assert done.returncode == 0, done.stderr
    assert "One-time" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["try_it.py"]


@pytest.mark.browser
@pytest.mark.parametrize(("width", "columns"), [(1280, 5), (390, 2)])
def test_cards_stand_side_by_side_in_a_browser(browser: Browser, tmp_path: Path, width, columns) -> None:
    """On a desk in one row, on a phone two by two; nothing runs off the side, nothing asks a network."""
    found = sl.segment(sl.make_shop(customers=300), n_clusters=5, evaluate="quick")
    page = tmp_path / "cards.html"
    page.write_text(HEAD + found._repr_html_(), encoding="utf-8")
    browser.open(page.as_uri(), width=width)
    tops = browser.run("return [...document.querySelectorAll('.card')].map(card => card.offsetTop)")
    assert tops.count(tops[0]) == columns
    assert browser.run("return document.documentElement.scrollWidth <= window.innerWidth")
    assert (browser.errors(), browser.requests()) == ([], [])
