"""A terminal of eighty columns: nothing is cut that somebody needs, and wide tables say what is left out."""

import io
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend
from rich.console import Console

from segmentlab.evaluation import make_leaderboard
from segmentlab.lab.cli.compare import show_ranks
from segmentlab.lab.cli.screen import make_table, select_fitting_columns
from segmentlab.lab.cli.terminal import show_dataset
from segmentlab.lab.config.build import build_source
from tests.configs import composed
from tests.evaluation.fabricated import logged

WIDTH = 80
CUT = "…"


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=WIDTH, force_terminal=True, color_system=None)


def read_screen(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A log of 21 columns, of which those that matter come last."""
    lines = pd.DataFrame({f"attribute_{number}_of_the_line": [number] * 4 for number in range(13)})
    told = {
        "Description": "WHITE HANGING HEART T-LIGHT HOLDER, LARGE", "Country": "United Kingdom",
        "StockCode": "85123A", "InvoiceDate": "2010-12-01 08:26", "Price": 2.55, "Quantity": [6, 7, 8, 9],
        "Invoice": ["536365", "536366", "536367", "536368"],
        "Customer ID": ["17850", "17851", "17852", "17853"],
    }  # fmt: skip
    path = tmp_path / "wide.csv"
    lines.assign(**told).to_csv(path, index=False)
    return path


def test_the_look_at_21_columns_keeps_customer_invoice_and_quantity(
    engine: BaseBackend, wide: Path, console: Console
) -> None:
    show_dataset(build_source(composed("data=file", f"data.path={wide}")).read(engine), console)
    shown = read_screen(console).split("transactions", 1)[1]
    for needed in (
        "customer_id",
        "17853",
        "invoice_id",
        "536368",
        "quantity",
        "9",
        "unit_price",
        "timestamp",
    ):
        assert needed in shown
    assert CUT not in shown
    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "of 21 columns of transactions are not shown:" in shown
    assert "attribute_12_of_the_line" in shown.split("not shown", 1)[1]


def test_ranks_keep_ids_verdict_and_checks(console: Console, tmp_path: Path) -> None:
    ids = [f"{number}" * 32 for number in range(1, 4)]
    tags = {"verdict": "groups that the segments do not follow", "checks": "SEG001,SEG003"}
    url = f"run {'f' * 32} in `mlflow ui --backend-store-uri sqlite:////home/somebody/{'deep/' * 9}mlflow.db`"
    folder = tmp_path / ("a" * 40)
    board = make_leaderboard([logged(run_id, tags=tags) for run_id in ids])
    show_ranks(board, [], folder, url, console)
    shown = read_screen(console)
    for needed in (*(run_id[:8] for run_id in ids), "001 003", "Rank", f"Run: {url}\n", f"{folder}\n"):
        assert needed in shown
    assert CUT not in shown
    assert "What is too wide for this terminal is on the page" in shown


def test_text_is_folded_and_never_cut(console: Console) -> None:
    word = "x" * 100
    console.print(make_table(("name", "n"), [(word, "1,234,567")], left=("name",)))
    shown = read_screen(console)
    assert shown.count("x") == len(word)
    assert "1,234,567" in shown
    assert max(map(len, shown.splitlines())) <= WIDTH


def test_the_first_columns_fit_and_one_is_always_there() -> None:
    cells = {"a": ["x" * 10], "b": ["x" * 10, "y\nzz"], "c": ["x" * 10]}
    assert select_fitting_columns(cells, 30) == ["a", "b"]
    assert select_fitting_columns(cells, 3) == ["a"]
