"""From a workbook of a million lines to the RFM table: `SEGMENTLAB_DATA=<folder> python bench/excel.py`.

The workbook is written once, as Online Retail II is published: a sheet for each year, in the system's
folder for temporary files, where it stays for the next time.
"""

import gzip
import os
import tempfile
from pathlib import Path

from side_by_side import costs, show
from to_rfm import ours, pandas

YEARS = {"Year 2009-2010": range(525_461), "Year 2010-2011": range(525_461, 1_067_371)}
READ = (
    "pd.concat(pd.read_excel('{path}', sheet_name=None, engine='openpyxl', "
    "dtype={{'Invoice': str, 'StockCode': str, 'Customer ID': str}}).values(), ignore_index=True)"
)


def main() -> None:
    """Print the table."""
    path = Path(tempfile.gettempdir()) / "segmentlab-bench" / "online_retail_II.xlsx"
    if not path.exists():
        _write(Path(os.environ["SEGMENTLAB_DATA"]) / "assembled" / "online_retail_II.csv.gz", path)
    found = costs(1, ours=ours(str(path)), pandas_openpyxl=pandas(READ.format(path=path)))
    times = {name: cost.seconds for name, cost in found.items()}
    show("Online Retail II from Excel to RFM, without imports", times, "ours", {})
    print(f"  ours is {times['pandas_openpyxl'] / times['ours']:.1f} times as fast (promised 10)")


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
