"""Workbooks: every cell as text, every sheet, and none that is broken."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.file import File

pytestmark = pytest.mark.realdata


@pytest.fixture
def workbook(real_data: Path) -> str:
    return str(real_data / "raw" / "online_retail_II" / "online_retail_II_head.xlsx")


def test_mixed_cells_stay_text_and_sheets_are_parts(engine: BaseBackend, workbook: str) -> None:
    lines = File(path=workbook).read(engine).transactions.to_pandas()
    assert len(lines) == 998
    assert lines["part"].value_counts().to_dict() == {"Year 2009-2010": 499, "Year 2010-2011": 499}
    assert {"489434", "C489449"} <= set(lines["invoice_id"])
    assert {"85048", "79323P"} <= set(lines["product_id"])
    assert lines["customer_id"].dropna().str.fullmatch(r"\d{5}").all()


def test_one_sheet_may_be_named(engine: BaseBackend, workbook: str) -> None:
    dataset = File(path=workbook, sheets=["Year 2010-2011"]).read(engine)
    assert dataset.transactions.count().to_pyarrow().as_py() == 499
    with pytest.raises(ConfigError, match=r"has no sheet '2010'\. Found: 'Year 2009-2010', 'Year 2010-2011'"):
        File(path=workbook, sheets=["2010"]).read(engine)


def test_the_workbook_of_ten_countries(engine: BaseBackend, real_data: Path) -> None:
    path = real_data / "raw" / "online_retail_II" / "online_retail_II_ten_countries.xlsx"
    lines = File(path=str(path)).read(engine).transactions.to_pandas()
    assert lines["part"].value_counts().tolist() == [20_497, 14_269]
    assert lines.groupby("part")["customer_id"].nunique().tolist() == [159, 215]
    assert lines["country"].nunique() == 10


def test_a_workbook_that_was_cut_short_is_refused(engine: BaseBackend, real_data: Path) -> None:
    path = real_data / "raw" / "online_retail" / "Online_Retail_truncated.xlsx"
    with pytest.raises(DataError, match=r"Online_Retail_truncated\.xlsx: not readable as a workbook"):
        File(path=str(path)).read(engine)
