"""One log in many dresses: numbers, dates and ids come back as they were, or are asked about."""

from pathlib import Path

import ibis
import pytest

from segmentlab.errors import DataError
from segmentlab.transactions.file import File

pytestmark = pytest.mark.realdata
RIGHT = (
    "isoz isomsz isoof shoptz dst eps serial c14 gbp thou de deeur de2 ch mailcase idblank nfc halfdot cjk "
    "ptz.parquet"
)
ASKED = {
    "amb": "data.dates=day_first",
    "amb2": "data.dates=day_first",
    "mix": "day and month exchanged",
    "thoudot": "data.decimal=','",
    "mcur": "data.currency=",
    "mcur2": "data.currency=",
    "na": "40 rows: line 2 'N/A'",
}


def find(name: str, folder: Path) -> str:
    return str(folder / "dirt" / (name if "." in name else f"{name}.csv"))


@pytest.mark.parametrize("name", RIGHT.split())
def test_a_dress_changes_nothing(name: str, real_data: Path) -> None:
    lines = File(path=find(name, real_data)).read(ibis.duckdb.connect()).transactions.to_pandas()
    assert (len(lines), lines["customer_id"].nunique()) == (2000, 264)
    assert (lines["quantity"] * lines["unit_price"]).sum() == pytest.approx(1219081.89)
    first, last = lines["timestamp"].min(), lines["timestamp"].max()
    assert [str(first.floor("s")), str(last.floor("s"))] == ["2024-01-02 15:09:59", "2024-12-30 16:11:34"]


@pytest.mark.parametrize(("name", "told"), ASKED.items())
def test_what_can_not_be_known_is_asked(name: str, told: str, real_data: Path) -> None:
    with pytest.raises(DataError) as refused:
        File(path=find(name, real_data)).read(ibis.duckdb.connect())
    assert told in str(refused.value)
