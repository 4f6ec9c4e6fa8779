"""The published data gives its known answers to the cent, whatever form it comes in."""

from pathlib import Path

import pytest
from ibis.backends import BaseBackend

from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.transactions.file import File
from segmentlab.transactions.ledger import clean_lines
from tests.configs import composed

pytestmark = pytest.mark.realdata

ONLINE_RETAIL = (397_884, 4_338, 8_911_407.90)
II_2009_2010 = (407_664, 4_312, 8_832_003.27)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("online_retail/online-retail-dataset.csv.gz", ONLINE_RETAIL),
        ("online_retail/data.csv.gz", ONLINE_RETAIL),
        ("online_retail/Online_Retail_dayfirst.csv.gz", ONLINE_RETAIL),
        ("online_retail/Online_Retail_bom_2digit_year.csv.gz", ONLINE_RETAIL),
        ("online_retail_II/online_retail_II_2009_2010.csv.gz", II_2009_2010),
        ("online_retail_II/online_retail_II_2009_2010.parquet", II_2009_2010),
    ],
)
def test_every_form_gives_the_known_answers(
    engine: BaseBackend, real_data: Path, name: str, answer: tuple[int, int, float]
) -> None:
    path = real_data / "raw" / name
    dataset = File(path=str(path)).read(engine)
    kept = clean_lines(dataset.transactions, build_plan(composed()).cleaning, name).ledger.iloc[-1]
    assert (kept["rows"], kept["customers"], kept["revenue"]) == answer
    first = "2010-12-01 08:26" if answer is ONLINE_RETAIL else "2009-12-01 07:45"
    assert f"{dataset.transactions['timestamp'].min().to_pyarrow().as_py():%Y-%m-%d %H:%M}" == first


@pytest.mark.parametrize(("option", "customers"), [("online_retail", 4_372), ("online_retail_ii", 5_942)])
def test_a_data_set_is_found_by_its_name(
    engine: BaseBackend, real_data: Path, option: str, customers: int
) -> None:
    source = build_source(composed(f"data={option}", f"data.local={real_data}"))
    dataset = source.read(engine)
    assert dataset.name == option
    assert dataset.transactions["customer_id"].nunique().to_pyarrow().as_py() == customers
