from pathlib import Path

import pandas as pd
import plotly.graph_objects as go
import pytest

from segmentlab.flow.items import Figure, Metric, Picture, Summary, Table, Text
from segmentlab.lab.tracking.files import defuse_table, write_items, write_table

ITEMS = [
    Metric("segments/count", 3.0),
    Summary("Three segments."),
    Table("tables/sizes.csv", pd.DataFrame({"customers": [2, 1]})),
    Table("customers.parquet", pd.DataFrame({"customer_id": ["a"]})),
    Text("report/report.html", "<p>£5</p>"),
    Figure(Picture("sizes", "Sizes", "Of segments.", go.Figure(go.Bar(x=[1, 2], y=[2, 1])))),
]


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_items_that_are_files_stand_under_their_paths(tmp_path):
    write_items(ITEMS, tmp_path / "new")
    written = {"tables/sizes.csv", "customers.parquet", "report/report.html"}
    assert files(tmp_path / "new") == written | {"figures/sizes.png"}
    assert (tmp_path / "new/report/report.html").read_text(encoding="utf-8") == "<p>£5</p>"


def test_without_figures_a_folder_stays_short(tmp_path):
    write_items(ITEMS, tmp_path, figures=False)
    assert files(tmp_path) == {"tables/sizes.csv", "customers.parquet", "report/report.html"}


def test_a_file_that_could_not_be_written_leaves_the_last_one(tmp_path, monkeypatch):
    write_items(ITEMS, tmp_path, figures=False)
    monkeypatch.setattr(Path, "write_text", lambda *_args, **_options: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_items([Text("report/report.html", "<p>£6</p>")], tmp_path)
    assert (tmp_path / "report/report.html").read_text(encoding="utf-8") == "<p>£5</p>"
    assert files(tmp_path) == {"tables/sizes.csv", "customers.parquet", "report/report.html"}


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_gets_an_apostrophe(text):
    assert defuse_table(pd.DataFrame({"a": [text, "plain"]}))["a"].tolist() == [f"'{text}", "plain"]


def test_everything_else_stays_as_it_is():
    table = pd.DataFrame(
        {
            "number": [-1.5, float("nan")],
            "flag": [True, False],
            "day": pd.to_datetime(["2011-12-09", "2010-01-01"]),
            "name": ["a-b", None],
            "money": ["-918,936.61", "-64.68"],
        }
    )
    pd.testing.assert_frame_equal(defuse_table(table), table, check_dtype=False)


def test_headings_and_categories_are_text_too():
    table = pd.DataFrame({"=x": pd.Categorical(["=1", "b"])})
    assert defuse_table(table).to_dict("list") == {"'=x": ["'=1", "b"]}


def test_numbers_that_arrive_as_objects_stay_numbers():
    assert defuse_table(pd.DataFrame({"a": pd.Series([-1, "-1"], dtype=object)}))["a"].tolist() == [-1, "'-1"]


def test_a_named_index_is_a_column_and_a_nameless_one_is_not(tmp_path):
    frame = pd.DataFrame({"size": [-3, 4]})
    write_table(frame, tmp_path / "nameless.csv")
    write_table(frame.rename_axis("segment"), tmp_path / "named.csv")
    assert (tmp_path / "nameless.csv").read_text() == "size\n-3\n4\n"
    assert (tmp_path / "named.csv").read_text() == "segment,size\n0,-3\n1,4\n"


def test_parquet_keeps_text_as_it_is(tmp_path):
    frame = pd.DataFrame({"name": ["=1", "b"]}, index=pd.Index(["x", "y"], name="customer_id"))
    write_table(frame, tmp_path / "t.parquet")
    found = pd.read_parquet(tmp_path / "t.parquet").to_dict("list")
    assert found == {"customer_id": ["x", "y"], "name": ["=1", "b"]}


def test_another_format_is_a_mistake(tmp_path):
    with pytest.raises(ValueError, match=r"not as 't\.xlsx'"):
        write_table(pd.DataFrame(), tmp_path / "t.xlsx")
