"""From a workbook of a million lines to the RFM table: `SEGMENTLAB_DATA=<folder> python bench/excel.py`.

The workbook is written once, as Online Retail II is published: a sheet for each year, in the system's
folder for temporary files, where it stays for the next time. The first use copies it as typed columns, the
second reads the copy; so with the same lines as JSON, beside them as Parquet.
"""

import gzip
import os
import tempfile
from pathlib import Path

from side_by_side import Work, costs, python, seconds, show
from to_rfm import OURS_SETUP, RFM_OF_LOG, ours, pandas

YEARS = {"Year 2009-2010": range(525_461), "Year 2010-2011": range(525_461, 1_067_371)}
READ = (
    "pd.concat(pd.read_excel('{path}', sheet_name=None, engine='openpyxl', "
    "dtype={{'Invoice': str, 'StockCode': str, 'Customer ID': str}}).values(), ignore_index=True)"
)
COPIES_SETUP = f"""{OURS_SETUP}
from pathlib import Path
from segmentlab.lab.cache.log_copies import LogCopies
"""
THROUGH_COPIES = """
log = LogCopies(Path({folder!r}), 'slow').read(File(path={path!r}), DuckDB())
"""
EMPTIED = "import shutil; shutil.rmtree({folder!r}, ignore_errors=True)"
WRITE_FORM = """
import duckdb
from segmentlab.transactions import DuckDB, File
lines = File(path={path!r}).read(DuckDB().connect()).transactions
lines.to_parquet({target!r} + '.parquet')
duckdb.sql("copy (from read_parquet('" + {target!r} + ".parquet')) to '" + {target!r} + ".json'")
"""


def main() -> None:
    """Print the tables."""
    path = Path(tempfile.gettempdir()) / "segmentlab-bench" / "online_retail_II.xlsx"
    if not path.exists():
        _write(Path(os.environ["SEGMENTLAB_DATA"]) / "assembled" / "online_retail_II.csv.gz", path)
    found = costs(1, ours=ours(str(path)), pandas_openpyxl=pandas(READ.format(path=path)))
    times = {name: cost.seconds for name, cost in found.items()}
    show("Online Retail II from Excel to RFM, without imports", times, "ours", {})
    print(f"  ours is {times['pandas_openpyxl'] / times['ours']:.1f} times as fast (promised 10)")
    _show_second_use(path)


def _show_second_use(path: Path) -> None:
    """The workbook, and the same lines as JSON, when they were read before."""
    target = str(path.with_name("online_retail_II_lines"))
    seconds(python(WRITE_FORM.format(path=str(path), target=target)))
    with tempfile.TemporaryDirectory() as name:
        works = {"parquet": ours(f"{target}.parquet")}
        for form, log in {"workbook": str(path), "json": f"{target}.json"}.items():
            first, second = f"{name}/{form}-anew", f"{name}/{form}"
            works[f"{form}_first"] = _through_copies(first, log, EMPTIED.format(folder=first))
            works[f"{form}_second"] = _through_copies(second, log, "")
            seconds(works[f"{form}_second"].whole())  # makes the copy
        found = costs(3, **works)
    times = {name: cost.seconds for name, cost in found.items()}
    show(
        "The same lines again, without imports",
        times,
        "parquet",
        {"workbook_second": 1.1, "json_second": 1.1},
    )


def _through_copies(folder: str, log: str, before: str) -> Work:
    return Work(f"{COPIES_SETUP}{before}", THROUGH_COPIES.format(folder=folder, path=log) + RFM_OF_LOG)


def _write(packed: Path, path: Path) -> None:
    import pandas as pd
    import xlsxwriter

    path.parent.mkdir(exist_ok=True)
    text = {"Invoice": "str", "StockCode": "str", "Customer ID": "float"}
    with gzip.open(packed) as source:
        lines = pd.read_csv(source, dtype=text, parse_dates=["InvoiceDate"])
    draft = path.with_suffix(".draft")
    with xlsxwriter.Workbook(str(draft), {"constant_memory": True, "nan_inf_to_errors": True}) as workbook:
        moment = workbook.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, rows in YEARS.items():
            sheet = workbook.add_worksheet(name)
            sheet.write_row(0, 0, lines.columns)
            for number, line in enumerate(lines.iloc[rows].itertuples(index=False), start=1):
                for column, value in enumerate(line):
                    if column == lines.columns.get_loc("InvoiceDate"):
                        sheet.write_datetime(number, column, value.to_pydatetime(), moment)
                    elif not pd.isna(value):
                        sheet.write(number, column, value)
    draft.rename(path)


if __name__ == "__main__":
    main()
