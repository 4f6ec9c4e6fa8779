"""Demographics: what each column is, and what is said of a value that does not fit."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.demographics import Demographics
from segmentlab.features.table import build_customer_table
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import CONF, ROOT
from tests.configs import composed
from tests.people import table

AGE = {"age": {"description": "age", "unit": "years"}}
PEOPLE = {"customer_id": ["a", "b"], "age": [30.0, 40.5], "card": ["gold", " Silver "]}


def described(engine: BaseBackend, chosen: Demographics, rows: dict[str, list[object]]) -> pd.DataFrame:
    return build_customer_table({"demographics": chosen}, table(engine, pd.DataFrame(rows))).frame


def test_two_values_are_one_column_and_three_are_three(engine: BaseBackend) -> None:
    two = Demographics("demographics", AGE, {"card": ["Gold", "Silver"]})
    frame = described(engine, two, PEOPLE)
    assert list(frame.columns) == ["demographics_age", "demographics_card_silver"]
    assert frame.to_numpy().tolist() == [[30.0, 0.0], [40.5, 1.0]]
    three = Demographics("demographics", {}, {"card": ["none", "gold", "silver"]})
    assert described(engine, three, PEOPLE).to_numpy().tolist() == [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            {**PEOPLE, "card": ["gold", "platinum"]},
            "card is none of gold, silver for 1 customers, first 'b' with",
        ),
        ({**PEOPLE, "age": ["30", "old"]}, "age is no number for 1 customers, first 'b' with 'old'"),
        ({**PEOPLE, "age": [None, 40.5]}, r"'demographics_age' is nan for customer 'a' \(1 customers"),
        ({**PEOPLE, "card": ["gold", " "]}, r"'demographics_card_silver' is nan for customer 'b'"),
    ],
)
def test_a_value_that_does_not_fit_is_named(
    engine: BaseBackend, rows: dict[str, list[object]], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        described(engine, Demographics("demographics", AGE, {"card": ["gold", "silver"]}), rows)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("+features.demographics.numbers.height={unit: cm}", "numbers.height has unit; expected description"),
        ("+features.demographics.categories.card=[gold]", "two values or more"),
        ("+features.demographics.categories.card=[gold,Gold]", "each once"),
    ],
)
def test_a_configuration_that_says_too_little(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        build_plan(composed("features=demographics", override))


def test_a_column_that_a_table_lacks_can_be_taken_out() -> None:
    overrides = ("~features.demographics.numbers.age", "~features.demographics.categories.gender")
    chosen = build_plan(composed("features=demographics", *overrides)).features["demographics"]
    assert chosen.requires == {"customer_id", "annual_income", "spending_score"}


def test_a_set_as_the_documentation_writes_it(engine: BaseBackend, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8")
    conf = Path(shutil.copytree(CONF, tmp_path / "conf"))
    (conf / "features" / "club.yaml").write_text(page.split("```yaml\n")[1].split("```", maxsplit=1)[0])
    sets = build_plan(composed("features=club", folder=conf)).features
    members = pd.DataFrame({"customer_id": ["a"], "household_size": [2], "savings": [7.5], "card": ["Gold"]})
    features = build_customer_table(sets, table(engine, members)).frame
    assert features.loc["a"].to_dict() == {
        "club_household_size": 2.0,
        "club_savings": 7.5,
        "club_card_none": 0.0,
        "club_card_silver": 0.0,
        "club_card_gold": 1.0,
    }
