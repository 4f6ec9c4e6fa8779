"""Segments that somebody made elsewhere, from a file: who is named, who is not, and what is said of it."""

from pathlib import Path

import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.fitting import check_stage
from segmentlab.modelling.given import GivenLabels
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.testing.planted import plant_customers

FEATURES, MONEY, GROUPS = plant_customers()
NAMES = pd.Series(GROUPS, FEATURES.index, name="label").map({0: "gold", 1: "silver", 2: "bronze"})


def write(folder: Path, labels: pd.Series, name: str = "mine.csv") -> str:
    path = folder / name
    frame = labels.rename_axis("customer_id").reset_index()
    frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
    return str(path)


def fit(path: str, **choices: str) -> Segmenter:
    return Segmenter(model=GivenLabels(path=path, **choices)).fit(FEATURES, value=MONEY)


@pytest.mark.parametrize("name", ["mine.csv", "mine.parquet"])
def test_labels_go_by_customer_and_not_by_row(tmp_path: Path, name: str) -> None:
    found = fit(write(tmp_path, NAMES.sample(frac=1, random_state=1), name))
    own = [found.model_.segment_names_[int(label)] for label in found.scorer_.order]
    assert own == ["gold", "silver", "bronze"]
    assert [own[number] for number in found.labels_] == NAMES.tolist()
    assert found.notes_[0].startswith(f"The segments are those of {name} (content ")
    assert found.predict(FEATURES * 1.01).tolist() == found.labels_.tolist()


def test_numbers_are_labels_and_an_empty_one_is_no_segment(tmp_path: Path) -> None:
    numbers = pd.Series(GROUPS, FEATURES.index, name="cluster").astype("Int64")
    numbers.iloc[:3] = [-1, None, -1]
    found = fit(write(tmp_path, numbers))
    assert found.labels_[:3].tolist() == [-1, -1, -1]
    assert found.model_.segment_names_ == {}
    assert "leaves 3 of 120 customers in none" in found.notes_[0]


def test_customers_whom_the_data_does_not_have_are_left(tmp_path: Path) -> None:
    more = pd.concat([NAMES, pd.Series(["gold"], ["stranger"], name="label")])
    assert fit(write(tmp_path, more)).labels_.tolist() == fit(write(tmp_path, NAMES)).labels_.tolist()


def test_missing_customers_are_refused_or_in_no_segment(tmp_path: Path) -> None:
    path = write(tmp_path, NAMES.iloc[2:])
    told = "mine.csv: 2 of 120 customers have none, first 'c0000'. Complete the file, or set model.missing=no"
    with pytest.raises(DataError, match=told):
        fit(path)
    labels = fit(path, missing="no_segment").labels_
    assert labels[:2].tolist() == [-1, -1]
    assert (labels[2:] >= 0).all()


@pytest.mark.parametrize(
    ("labels", "choices", "message"),
    [
        (pd.concat([NAMES, NAMES[:1]]), {}, "mine.csv: 1 customers have more than one row, first 'c0000'"),
        (NAMES.rename(lambda name: f"x{name}"), {}, "none of its 120 ids is one of the 120 customers here"),
        (NAMES.rename(lambda name: f"x{name}"), {"missing": "no_segment"}, "none of its 120 ids"),
        (NAMES, {"column": "tier"}, "no column 'tier' with labels. Found beside the ids: 'label'"),
    ],
    ids=["twice", "strangers", "strangers_left", "column"],
)
def test_what_can_not_be_read_is_named(
    tmp_path: Path, labels: pd.Series, choices: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        fit(write(tmp_path, labels), **choices)


def test_of_several_columns_one_is_chosen(tmp_path: Path) -> None:
    path = tmp_path / "several.csv"
    pd.DataFrame({"customer_id": FEATURES.index, "city": "Rome", "label": NAMES.to_numpy()}).to_csv(
        path, index=False
    )
    assert len(set(fit(str(path)).labels_)) == 3
    assert set(fit(str(path), column="city").model_.segment_names_.values()) == {"Rome"}


def test_a_file_is_asked_for_before_there_is_data() -> None:
    with pytest.raises(ConfigError, match=r"path='nowhere.csv' of GivenLabels .* a file that is there"):
        check_stage(GivenLabels(path="nowhere.csv"))


def test_a_matrix_has_no_ids(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names customers by their ids, and a matrix has none"):
        GivenLabels(path=write(tmp_path, NAMES)).fit(FEATURES.to_numpy())
