"""The front door in a real notebook, run by a kernel, and in a script where no folder of ours is."""

import subprocess
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

CELLS = (
    "import segmentlab as sl\nframe = sl.make_shop(customers=300)",
    'found = sl.segment(frame, features=["rfm", "rhythm"], n_clusters=5, evaluate="quick")\nfound',
    'lab = sl.Lab(frame, evaluate="quick")\nlab.sweep(n_clusters=range(3, 5))[["segments/count"]]',
)


def test_a_notebook_shows_cards(tmp_path: Path) -> None:
    """Cells are run as Jupyter runs them; the second one ends with the object alone."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    shown = notebook.cells[1].outputs[-1].data
    assert shown["text/html"].count('class="card"') == 5
    assert shown["text/plain"].startswith("kmeans")
    assert "segments/count" in notebook.cells[2].outputs[-1].data["text/html"]


def test_a_script_runs_where_no_folder_of_ours_is(tmp_path: Path) -> None:
    script = tmp_path / "try_it.py"
    script.write_text("\n".join([*CELLS[:1], CELLS[1].replace("\nfound", "\nprint(found)")]))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Champions" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["try_it.py"]
