"""`python src/notebook.py` on a notebook of two runs, in a real store."""

import subprocess
import sys
from pathlib import Path

import pytest

from segmentlab.lab.config.folders import ROOT
from tests.commands import Lab
from tests.warm import run_warm

pytestmark = pytest.mark.slow  # whole commands, one after the other

NOTE = """# 0001: Two seeds

```sh
python src/run.py -m data.customers=300 data.folder={worlds} evaluate=quick report=none cache=false seed=0,1
python src/run.py data.customers=300 data.folder={worlds} evaluate=quick report=none cache=false \\
  model.n_clusters=900
```

<!-- table
of: runs
runs: {{first: {first} seed=0, second: {first} seed=1}}
columns: {{segments: segments/count}}
published: {{segments: [5, 6]}}
-->
<!-- end of table -->

<!-- table
of: segments
run: {first} seed=0
columns: {{customers: customers}}
-->
<!-- end of table -->

<!-- table
of: failures
experiment: segmentlab
by: {{clusters: model.n_clusters}}
-->
<!-- end of table -->
"""


def notebook(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    given = [f"folder={folder}", f"uri=sqlite:///{folder / 'mlflow.db'}", f"log={folder / 'log.txt'}"]
    return run_warm([sys.executable, str(ROOT / "src" / "notebook.py"), *given, *arguments], folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notes")
    worlds = folder / "worlds"
    first = f"data.customers=300 data.folder={worlds} evaluate=quick report=none cache=false"
    (folder / "0001_seeds.md").write_text(NOTE.format(worlds=worlds, first=first), encoding="utf-8")
    return folder


def test_runs_are_made_once_and_tables_from_them(folder: Path) -> None:
    done = notebook(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 runs in 1 notes; 0 are in the store already" in done.stdout
    assert "refused: 900 segments need at least 900 customers" in done.stdout
    page = (folder / "0001_seeds.md").read_text(encoding="utf-8")
    assert "| first | 5 | 5 |\n| second | 6 | 5 |" in page
    assert "agree in 1 of 2 figures" in page
    assert "| 900 | 1 |" in page
    customers = [
        int(line.split("|")[3]) for line in page.splitlines() if line.startswith("| ") and "| 0 |" in line[:5]
    ]
    assert customers
    assert len(Lab(folder).runs()) == 3

    again = notebook(folder)
    assert again.returncode == 0, again.stderr
    assert "2 are in the store already" in again.stdout
    assert (folder / "0001_seeds.md").read_text(encoding="utf-8") == page


def test_a_value_that_no_run_has_is_told_by_its_name(folder: Path) -> None:
    path = folder / "0001_seeds.md"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace("segments: segments/count", "segments: segment/count"), encoding="utf-8")
    done = notebook(folder, "tables_only=true")
    assert done.returncode == 2
    assert "none of these runs has a metric, a parameter or a tag segment/count" in done.stderr
    path.write_text(before, encoding="utf-8")


def test_a_table_of_a_run_that_is_not_there_writes_nothing(folder: Path) -> None:
    path = folder / "0001_seeds.md"
    before = path.read_text(encoding="utf-8")
    path.write_text(
        before.replace("report=none cache=false seed=0\n", "report=none cache=false seed=7\n"),
        encoding="utf-8",
    )
    changed = path.read_text(encoding="utf-8")
    done = notebook(folder, "tables_only=true")
    assert done.returncode == 2
    assert "no finished run" in done.stderr
    assert "0001_seeds.md, line" in done.stderr
    assert path.read_text(encoding="utf-8") == changed
    path.write_text(before, encoding="utf-8")
