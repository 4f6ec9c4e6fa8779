"""`python src/baskets.py`: from a log to a page and tables, and words where nothing goes together."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from segmentlab.lab.config.folders import ROOT
from tests.warm import run_warm

EVIL = {"bread": '=HYPERLINK("http://x")', "jam": "</script><img src=x onerror=alert(1)>"}


def write_log(folder: Path) -> Path:
    """Two hundred baskets; bread and jam lie together, and their descriptions mean harm."""
    rows = [
        (f"c{number % 20}", f"i{number}", item, EVIL.get(item, item), 1, 2.5,
         f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}")
        for number in range(200)
        for item in (("bread", "jam") if number % 3 else (f"thing {number % 7}",))
    ]  # fmt: skip
    names = ["customer_id", "invoice_id", "product_id", "description", "quantity", "unit_price", "timestamp"]
    path = folder / "log.csv"
    pd.DataFrame(rows, columns=names).to_csv(path, index=False)
    return path


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    own = [f"cache_folder={folder / 'cache'}", f"output={folder / 'out'}", "data=file"]
    command = [sys.executable, str(ROOT / "src" / "baskets.py"), *own, *words]
    return run_warm(command, folder, {**os.environ})


@pytest.mark.slow
def test_from_a_log_and_segments_to_a_page_and_tables(tmp_path: Path) -> None:
    segments = tmp_path / "segments.csv"
    pd.DataFrame({"customer_id": ["c0", "c1", "c2"], "segment": ["gold", "gold", "tin"]}).to_csv(segments)
    done = run(tmp_path, f"data.path={write_log(tmp_path)}", f"segments={segments}")
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    assert sorted(path.name for path in out.iterdir()) == [
        "basket_rules.csv", "baskets.csv", "baskets.html", "figures", "frequent_sets.csv"
    ]  # fmt: skip
    parts = pd.read_csv(out / "baskets.csv")
    assert parts["name"].tolist() == ["everybody", "gold", "tin"]
    rules = pd.read_csv(out / "basket_rules.csv")
    assert rules["if_first_description"].str.startswith("'=").any()  # a formula that no spreadsheet runs
    page = (out / "baskets.html").read_text("utf-8")
    assert "What goes together" in page
    assert "<img src=x" not in page

    refused = run(tmp_path, f"data.path={tmp_path / 'log.csv'}", "support=0")
    assert refused.returncode == 2
    assert refused.stderr.startswith("Error: support=0.0: write the least share")
    assert "Traceback" not in refused.stderr
