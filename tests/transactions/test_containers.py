"""Folders, patterns, zips, JSON, Delta tables and workbooks: the same lines, or a refusal in words."""

import bz2
import gzip
import json
import os
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.file import File

LOG = pd.DataFrame(
    {
        "invoice": [f"{900 + n}" for n in range(6)],
        "customer": [f"0{n % 3}" for n in range(6)],
        "date": [f"2024-03-0{n + 1}" for n in range(6)],
        "qty": range(1, 7),
        "price": 2.5,
    }
)
FIRST, SECOND = LOG[:4], LOG[4:]


def read(path: Path | str, engine: BaseBackend, **said) -> Dataset:
    return File(path=str(path), **said).read(engine)


def check_is_log(dataset: Dataset) -> pd.DataFrame:
    lines = dataset.transactions.to_pandas().sort_values("invoice_id", ignore_index=True)
    assert lines["invoice_id"].tolist() == LOG["invoice"].tolist()
    assert lines["customer_id"].tolist() == LOG["customer"].tolist()
    assert lines["quantity"].tolist() == LOG["qty"].tolist()
    assert lines["timestamp"].dt.strftime("%Y-%m-%d").tolist() == LOG["date"].tolist()
    return lines


def write_folder(folder: Path) -> Path:
    """Two files of other form each, and what is no data."""
    (folder / "more").mkdir(parents=True)
    FIRST.to_csv(folder / "a.csv", index=False)
    SECOND[["customer", "invoice", "qty", "price", "date"]].to_csv(
        folder / "more" / "b.csv", index=False, sep=";"
    )
    (folder / "README.md").write_text("about")
    (folder / "_SUCCESS").write_text("")
    (folder / ".hidden.csv").write_text("no,data\n")
    return folder


def test_files_of_a_folder_are_one_log(engine: BaseBackend, tmp_path: Path) -> None:
    source = File(path=str(write_folder(tmp_path / "days")))
    dataset = source.read(engine)
    assert check_is_log(dataset)["part"].tolist() == ["a.csv"] * 4 + ["more/b.csv"] * 2
    assert dataset.notes[0] == "2 files one below the other, from 'a.csv' to 'b.csv'."
    assert [path.name for path in source.inputs()] == ["a.csv", "b.csv"]


def test_a_pattern_names_files(engine: BaseBackend, tmp_path: Path) -> None:
    write_folder(tmp_path)
    check_is_log(read(tmp_path / "**" / "*.csv", engine))
    with pytest.raises(DataError, match="no file matches"):
        read(tmp_path / "*.tsv", engine)


def test_two_files_of_one_name_are_two(engine: BaseBackend, tmp_path: Path) -> None:
    for shop, rows in {"north": FIRST, "south": SECOND}.items():
        (tmp_path / shop).mkdir()
        rows.to_csv(tmp_path / shop / "log.csv", index=False)
    for path in (tmp_path, tmp_path / "*" / "log.csv"):
        parts = check_is_log(read(path, engine))["part"]
        assert parts.tolist() == ["north/log.csv"] * 4 + ["south/log.csv"] * 2


def test_a_bad_row_of_a_folder_is_told_with_its_file(engine: BaseBackend, tmp_path: Path) -> None:
    write_folder(tmp_path)
    (tmp_path / "c.csv").write_text("customer,invoice,qty,price,date\nx,1,many,2,2024-01-01\n")
    with pytest.raises(DataError, match=r"line 2 of c\.csv 'many'"):
        read(tmp_path, engine)
    (tmp_path / "c.csv").write_text("customer,invoice,qty,price,date\nx,1,2\n")
    with pytest.raises(DataError, match=r"1 lines do not have the cells .* line 2 of c\.csv 'x,1,2'"):
        read(tmp_path, engine)


def test_misshapen_lines_of_a_folder_are_named_or_set_aside(engine: BaseBackend, tmp_path: Path) -> None:
    write_folder(tmp_path)
    lines = (tmp_path / "more" / "b.csv").read_text().splitlines()
    lines[2:2] = ["1;2", "9;9;9;9;9;9"]
    (tmp_path / "more" / "b.csv").write_text("\n".join(lines))
    (tmp_path / "c.csv").write_text("customer,invoice,qty,price,date\nx,1,2,2,2o24-01-01\nx\n")
    with pytest.raises(
        DataError, match=r"3 lines do not have .* line 3 of c\.csv 'x', line 3 of more/b\.csv '1;2'"
    ):
        read(tmp_path, engine)
    dataset = read(tmp_path, engine, on_bad_rows="quarantine")
    check_is_log(dataset)
    aside = dataset.quarantine
    assert aside is not None
    told = list(zip(aside["part"], aside["line"], strict=True))
    assert told == [("c.csv", 2), ("c.csv", 3), ("more/b.csv", 3), ("more/b.csv", 4)]
    assert aside["text"].tolist()[1:] == ["x", "1;2", "9;9;9;9;9;9"]


def test_totals_below_each_file_are_left_out(engine: BaseBackend, tmp_path: Path) -> None:
    for name, part in (("a.csv", FIRST), ("b.csv", SECOND)):
        (tmp_path / name).write_text(part.to_csv(index=False) + f"Total,,,{part['qty'].sum()},\n")
    dataset = read(tmp_path, engine)
    check_is_log(dataset)
    assert "Left out: 2 totals." in dataset.notes


def test_columns_that_only_some_files_have(engine: BaseBackend, tmp_path: Path) -> None:
    FIRST.assign(shop="north").to_csv(tmp_path / "a.csv", index=False)
    SECOND.to_csv(tmp_path / "b.csv", index=False)
    assert "Column 'shop' is in 1 of 2 parts." in read(tmp_path, engine).notes
    SECOND.rename(columns={"price": "unit price"}).to_csv(tmp_path / "b.csv", index=False)
    with pytest.raises(
        DataError, match=r"'price' is in a\.csv and not in b\.csv, which has 'unit price' instead"
    ):
        read(tmp_path, engine)


def test_files_of_several_kinds_are_asked_for(engine: BaseBackend, tmp_path: Path) -> None:
    write_folder(tmp_path)
    LOG.to_parquet(tmp_path / "all.parquet")
    with pytest.raises(DataError, match=r"2 \.csv, 1 \.parquet\. Say which to read: data\.path='.*\*\.csv'"):
        read(tmp_path, engine)


def test_parquet_of_two_schemas(engine: BaseBackend, tmp_path: Path) -> None:
    FIRST.assign(shop="north").to_parquet(tmp_path / "a.parquet")
    SECOND.to_parquet(tmp_path / "b.parquet")
    dataset = read(tmp_path, engine)
    check_is_log(dataset)
    assert "Column 'shop' is in 1 of 2 parts." in dataset.notes
    SECOND.rename(columns={"price": "amount"}).to_parquet(tmp_path / "b.parquet")
    with pytest.raises(DataError, match=r"'price' is in .*a\.parquet and not in .*b\.parquet"):
        read(tmp_path, engine)


def test_a_zip_holds_files(engine: BaseBackend, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "days")
    LOG.to_parquet(tmp_path / "all.parquet")
    for name, files in {
        "one": [folder / "a.csv", folder / "more" / "b.csv"],
        "two": [tmp_path / "all.parquet"],
    }.items():
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr("__MACOSX/._a.csv", "no data")
            for file in files:
                archive.write(file, file.name)
        check_is_log(read(tmp_path / f"{name}.zip", engine))


def test_a_zip_that_is_none_or_holds_nothing(engine: BaseBackend, tmp_path: Path) -> None:
    path = tmp_path / "shop.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    with pytest.raises(DataError, match=r"shop\.zip: the folder holds no file of data"):
        read(path, engine)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "a,b\n1,2\n" * 99)
    whole = path.read_bytes()
    path.write_bytes(whole[:40] + bytes(20) + whole[60:])
    with pytest.raises(DataError, match=r"shop\.zip: not readable as a zip"):
        read(path, engine)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress])
@pytest.mark.parametrize("orient", ["array", "lines", "marked"])
def test_json_of_objects(engine: BaseBackend, tmp_path: Path, pack, orient: str) -> None:
    records = LOG.to_dict("records")
    text = {
        "array": json.dumps(records, indent=1),
        "lines": "\n".join(map(json.dumps, records)),
        "marked": "\ufeff" + json.dumps(records),
    }[orient]
    (tmp_path / "shop.json").write_bytes(pack(text.encode()))
    dataset = read(tmp_path / "shop.json", engine)
    check_is_log(dataset)
    assert dataset.notes[0] == "JSON, 6 objects."


def test_json_within_json(engine: BaseBackend, tmp_path: Path) -> None:
    nested = [
        {"invoice": i, "who": {"id": c, "it's": 1}, "date": d, "qty": q, "price": p, "tags": ["x"]}
        for i, c, d, q, p in LOG.itertuples(index=False)
    ]
    (tmp_path / "shop.json").write_text(json.dumps(nested))
    dataset = read(tmp_path / "shop.json", engine, columns={"customer_id": "who.id"})
    assert check_is_log(dataset)["tags"].tolist() == ['["x"]'] * 6
    assert "lists are left as text: 'tags'" in dataset.notes[0]


def test_json_of_orders_with_their_items(engine: BaseBackend, tmp_path: Path) -> None:
    orders = [
        {"id": "900", "customer": {"id": "00"}, "created_at": "2024-03-01", "total": 9,
         "items": [{"sku": "a", "qty": 2, "price": 3}, {"sku": "b", "qty": 1, "price": 3}]},
        {"id": "901", "customer": {"id": "01"}, "created_at": "2024-03-02", "total": 5,
         "items": [{"sku": "a", "qty": 1, "price": 5}]},
        {"id": "902", "customer": {"id": "01"}, "created_at": "2024-03-03", "total": 0, "items": []},
    ]  # fmt: skip
    (tmp_path / "shop.json").write_text(json.dumps(orders))
    dataset = read(tmp_path / "shop.json", engine)
    lines = dataset.transactions.to_pandas()
    assert lines["invoice_id"].tolist() == ["900", "900", "901"]
    assert lines["product_id"].tolist() == ["a", "b", "a"]
    assert (lines["quantity"] * lines["unit_price"]).tolist() == [6, 3, 5]
    assert "total of the whole" in lines
    assert "JSON, 3 objects, each element of their 'items' is a row." in dataset.notes


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"orders": [{"a": 1}]}', r"one object, with lists in 'orders'\. Expected an array of objects"),
        ('[{"a": 1}, {"a": ', "not readable as JSON"),
        ('[{"a\\"b": 1}]', "can't be the name of a column"),
    ],
)
def test_json_that_is_no_table(engine: BaseBackend, tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "shop.json").write_text(content)
    with pytest.raises(DataError, match=rf"shop\.json: .*{message}"):
        read(tmp_path / "shop.json", engine)


def write_delta(folder: Path, *commits: list[dict[str, object]]) -> Path:
    log = folder / "_delta_log"
    log.mkdir(parents=True)
    for version, actions in enumerate(commits):
        (log / f"{version:020}.json").write_text("\n".join(map(json.dumps, actions)))
    return folder


def add(path: str, **more: object) -> dict[str, object]:
    return {"add": {"path": path, "partitionValues": {}, **more}}


def test_a_delta_table_is_read_without_its_deleted_files(engine: BaseBackend, tmp_path: Path) -> None:
    folder = write_delta(
        tmp_path / "sales",
        [{"protocol": {"minReaderVersion": 1}}, {"metaData": {"configuration": {}}}, add("old%201.parquet")],
        [{"remove": {"path": "old%201.parquet"}}, add("a.parquet"), add("b.parquet")],
    )
    FIRST.to_parquet(folder / "a.parquet")
    SECOND.to_parquet(folder / "b.parquet")
    LOG.to_parquet(folder / "old 1.parquet")
    source = File(path=str(folder))
    dataset = source.read(engine)
    check_is_log(dataset)
    assert dataset.notes[0] == "Delta table at version 1: 2 files count."
    assert {path.suffix for path in source.inputs()} == {
        ".json",
        ".parquet",
    }  # a new commit is another content


@pytest.mark.parametrize(
    ("commits", "message"),
    [
        ([[{"protocol": {"minReaderVersion": 3}}, add("a.parquet")]], "it asks for a later reader"),
        (
            [[{"metaData": {"configuration": {"delta.columnMapping.mode": "name"}}}]],
            "columns have other names",
        ),
        ([[add("a.parquet", deletionVector={"storageType": "u"})]], "single rows of its files are deleted"),
        ([[add("../a.parquet")]], "it holds files elsewhere"),
        ([[add("a.parquet", partitionValues={"day": "1"})]], "are not named after their values"),
        ([[add("gone.parquet")]], r"gone\.parquet: the Delta table holds this file, and it is not there"),
        ([[add("a.parquet")], [{"remove": {"path": "a.parquet"}}]], "a Delta table without a row"),
    ],
)
def test_a_delta_table_that_says_more_is_refused(
    engine: BaseBackend, tmp_path: Path, commits: list[list[dict[str, object]]], message: str
) -> None:
    folder = write_delta(tmp_path / "sales", *commits)
    LOG.to_parquet(folder / "a.parquet")
    LOG.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match=message):
        read(folder, engine)


def test_a_delta_log_with_a_gap_and_other_table_formats(engine: BaseBackend, tmp_path: Path) -> None:
    folder = write_delta(tmp_path / "sales", [add("a.parquet")], [add("b.parquet")])
    (folder / "_delta_log" / f"{0:020}.json").unlink()
    with pytest.raises(DataError, match="its log does not begin at version 0"):
        read(folder, engine)
    with pytest.raises(DataError, match=r"sales in it is a Delta table"):
        read(tmp_path, engine)
    ice = tmp_path / "ice" / "metadata"
    ice.mkdir(parents=True)
    (ice / "v1.metadata.json").write_text("{}")
    with pytest.raises(DataError, match="a table of Iceberg, whose log says which of its files count"):
        read(ice.parent, engine)


def write_workbook(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def list_cells(frame: pd.DataFrame) -> list[list[object]]:
    return [list(frame.columns), *frame.astype("object").to_numpy().tolist()]


def test_a_workbook_with_a_readme_and_a_title(engine: BaseBackend, tmp_path: Path) -> None:
    total = ["Total", None, None, 21, None]
    sheets = {
        "README": [["About"], ["This is the log."]],
        "Data": [["Sales"], [], [], *list_cells(LOG), [None] * 5, total],
    }
    dataset = read(write_workbook(tmp_path / "shop.xlsx", sheets), engine)
    check_is_log(dataset)
    told = " ".join(dataset.notes)
    assert "Left out, with no column that is known: sheet 'README'." in told
    assert "Left out before the header: 'Sales'." in told
    assert "1 totals" in told


def test_a_hidden_sheet_is_left_out_unless_it_is_named(engine: BaseBackend, tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "shop.xlsx", {"now": list_cells(LOG), "old": list_cells(FIRST)})
    book = openpyxl.load_workbook(path)
    book["old"].sheet_state = "hidden"
    book.save(path)
    dataset = read(path, engine)
    check_is_log(dataset)
    assert "Left out, because hidden: 'old' (data.sheets= reads them)." in dataset.notes
    assert read(path, engine, sheets=["old"]).transactions.count().to_pyarrow().as_py() == len(FIRST)


def test_names_that_differ_by_case_are_one_column(engine: BaseBackend, tmp_path: Path) -> None:
    FIRST.to_csv(tmp_path / "a.csv", index=False)
    SECOND.rename(columns=str.upper).to_csv(tmp_path / "b.csv", index=False)
    check_is_log(read(tmp_path, engine))


def test_a_workbook_with_dates_of_three_kinds_and_formulas(engine: BaseBackend, tmp_path: Path) -> None:
    """Dates as cells, as texts and as numbers; totals as formulas that nothing has computed."""
    log = LOG.astype("object")
    days = pd.to_datetime(LOG["date"])
    log["date"] = [
        (day.to_pydatetime(), str(day), (day - pd.Timestamp("1899-12-30")).days)[place % 3]
        for place, day in enumerate(days)
    ]
    log["total"] = [f"=D{place}*E{place}" for place in range(2, 8)]
    dataset = read(write_workbook(tmp_path / "shop.xlsx", {"log": list_cells(log)}), engine)
    check_is_log(dataset)
    assert "'total' is empty throughout. Money is quantity times price." in dataset.notes


def test_a_page_that_is_called_a_workbook_is_refused(engine: BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "shop.xls").write_text(LOG.to_html(index=False))
    with pytest.raises(DataError, match=r"shop\.xls: this is HTML or XML, whatever it is called"):
        read(tmp_path / "shop.xls", engine)


def test_sheets_of_two_schemas_are_refused(engine: BaseBackend, tmp_path: Path) -> None:
    sheets = {"one": list_cells(FIRST), "two": list_cells(SECOND.rename(columns={"price": "amount"}))}
    path = write_workbook(tmp_path / "shop.xlsx", sheets)
    with pytest.raises(DataError, match="'price' is in one and not in two, which has 'amount' instead"):
        read(path, engine)
    assert read(path, engine, sheets=["one"]).transactions.count().to_pyarrow().as_py() == 4


@pytest.mark.parametrize(
    ("path", "error", "message"),
    [
        (None, ConfigError, "data.path has no default: add data.path=... to the command"),
        ("", ConfigError, "data.path is empty"),
        (
            ["a", "b"],
            ConfigError,
            "data.path is .*which is no path. Name one file or folder, or several by a",
        ),
        (5, ConfigError, "data.path is 5, which is no path"),
        ("/nowhere/shop.csv", DataError, "no such file or folder"),
        ("/dev/zero", DataError, "neither a file nor a folder, but a pipe or a device"),
    ],
)
def test_a_path_that_is_none(engine: BaseBackend, path: object, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        File(path=path).read(engine)
    with pytest.raises(error, match=message):
        File(path=path).inputs()


def test_a_pipe_and_an_empty_folder(engine: BaseBackend, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="the folder holds no file of data"):
        read(tmp_path / "empty", engine)
    with pytest.raises(DataError, match="neither a file nor a folder"):
        read(tmp_path / "pipe", engine)
    with pytest.raises(ConfigError, match=r"data\.customers is \['a'\], which is no path"):
        File(path=str(write_folder(tmp_path / "days")), customers=["a"]).read(engine)
