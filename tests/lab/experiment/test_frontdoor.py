"""From a table to segments in one call: whatever holds the table, whatever its columns are called."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import segmentlab as sl


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    """The lines of a small generated shop."""
    return sl.make_shop(customers=300)


@pytest.fixture(scope="module")
def found(shop: pd.DataFrame) -> sl.Segmentation:
    """Its segments."""
    return sl.segment(shop, evaluate="quick", n_clusters=4)


def test_the_example_of_the_design(shop: pd.DataFrame, tmp_path: Path) -> None:
    """The seven lines that everybody types first."""
    frame = shop.rename(columns={"customer_id": "who", "timestamp": "when", "quantity": "pieces"})
    found = sl.segment(
        frame,
        customer_id="who",
        timestamp="when",
        quantity="pieces",
        features=["rfm", "rhythm"],
        model="kmeans",
        n_clusters=5,
        evaluate="quick",
    )
    assert found.customers.columns[:4].tolist() == ["customer_id", "segment", "name", "confidence"]
    assert found.profile["customers"].sum() == len(found.customers) == len(found.labels)
    assert found.figure("sizes").data
    assert found.report(tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    placed = found.score(frame)
    assert placed.set_index("customer_id")["segment"].equals(found.labels)
    assert found.command == (
        "python src/run.py data=file data.path=your_table.parquet data.columns.customer_id=who "
        "data.columns.quantity=pieces data.columns.timestamp=when 'features=[rfm,rhythm]' model=kmeans "
        "evaluate=quick model.n_clusters=5"
    )


@pytest.mark.parametrize(
    "convert",
    [pl.from_pandas, lambda frame: pl.from_pandas(frame).lazy(), pa.Table.from_pandas],
    ids=["polars", "lazy", "arrow"],
)
def test_whatever_holds_the_table_the_segments_are_the_same(shop, found, convert) -> None:
    other = sl.segment(convert(shop), evaluate="quick", n_clusters=4)
    pd.testing.assert_frame_equal(other.customers, found.customers)


def test_a_path_gives_what_the_table_gives(
    shop: pd.DataFrame, found: sl.Segmentation, tmp_path: Path
) -> None:
    shop.to_parquet(tmp_path / "shop.parquet")
    other = sl.segment(tmp_path / "shop.parquet", evaluate="quick", n_clusters=4, cache=False)
    pd.testing.assert_frame_equal(other.customers, found.customers)
    assert f"data.path={tmp_path}/shop.parquet" in other.command


def test_the_command_line_finds_the_same(found: sl.Segmentation, tmp_path: Path) -> None:
    """`data=synthetic` is the same shop, read through the configuration."""
    settings = {"data.customers": 300, "data.folder": tmp_path, "cache_folder": tmp_path / "cache"}
    other = sl.segment("synthetic", settings=settings, evaluate="quick", n_clusters=4)
    pd.testing.assert_frame_equal(other.customers, found.customers)
    assert other.metrics["truth/adjusted_rand"] > 0.7


def test_customers_without_purchases_are_segmented_by_their_numbers() -> None:
    people = pd.DataFrame(
        {"age": [20, 21, 60, 61] * 20, "spending": [10.0, 11.0, 90.0, 91.0] * 20, "city": ["a", "b"] * 40}
    )
    found = sl.segment(customers=people, prepare="standard", n_clusters=2, evaluate="quick")
    assert found.customers.columns[4:].tolist() == ["numbers_age", "numbers_spending"]
    assert found.labels.nunique() == 2
    assert "known by the number of the row" in " ".join(found.notes)
    placed = found.score(people.head(3))
    assert placed["segment"].tolist() == found.labels.reindex(["0", "1", "2"]).tolist()


def dress_as_another(shop: pd.DataFrame) -> pd.DataFrame:
    """The same lines as those of a shop of other goods, whose ids are written otherwise."""
    return shop.assign(customer_id="k" + shop["customer_id"], unit_price=shop["unit_price"] * 40)


def check_that_another_shop_is_refused(model, shop: pd.DataFrame, words: list[str]) -> None:
    """Until what differs is accepted, by the words that the error says."""
    other = dress_as_another(shop)
    with pytest.raises(sl.DataError, match="a line usually cost") as refused:
        model.score(other)
    assert f"accept=[{','.join(words)}] scores it all the same" in str(refused.value)
    assert len(model.score(other, accept=words)) == len(model.score(shop))


def test_a_frame_of_another_shop_is_refused(shop, found) -> None:
    check_that_another_shop_is_refused(found, shop, ["scale", "id_shape", "known"])
    with pytest.raises(sl.ConfigError, match="accept names 'scales'"):
        found.score(shop, accept=["scales"])


def test_what_is_not_known_yet_on_the_day_is_not_compared(shop, found) -> None:
    """The later lines are of another shop; nothing at or after the day counts, here neither."""
    late = pd.to_datetime(shop["timestamp"]) >= "2011-06-01"
    mixed = pd.concat([shop[~late], dress_as_another(shop[late]), dress_as_another(shop[late])])
    assert len(found.score(mixed, as_of="2011-06-01")) > 0
    with pytest.raises(sl.DataError, match="accept="):
        found.score(mixed)


def test_labels_made_elsewhere_are_described_and_judged_like_any_others(shop, found) -> None:
    spend = found.customers.set_index("customer_id")["rfm_monetary"]
    mine = pd.Series(np.where(spend > spend.median(), "gold", "silver"), index=spend.index)
    other = sl.segment(shop, labels=mine, evaluate="standard")
    assert other.profile["name"].tolist() == ["gold", "silver"]
    assert other.customers.set_index("customer_id")["name"].astype(str).equals(mine.astype(str))
    assert other.metrics["separation/silhouette"] > 0
    assert "calibrated/silhouette_z" in other.metrics
    assert "these segments were made elsewhere" in " ".join(other.notes)
    assert set(other.score(shop)["name"]) == {"gold", "silver"}


def test_labels_that_do_not_cover_everybody_are_refused(shop, found) -> None:
    some = found.labels.iloc[:10]
    with pytest.raises(sl.DataError, match="290 of 300 customers have none, first"):
        sl.segment(shop, labels=some, evaluate="quick")


@pytest.mark.parametrize(
    ("choices", "said"),
    [
        ({"model": "kmean"}, "model=kmean: there is no such option. Did you mean kmeans?"),
        ({"feature": "rfm"}, "feature: there is no such argument. Did you mean features?"),
        ({"n_cluster": 3}, "n_cluster"),
        ({"as_of": "yesterday"}, "as_of=yesterday is not a date"),
        ({"customer_id": "whom"}, "the table of transactions has no such column"),
        ({"seed": object()}, "seed is a object. Expected a number"),
    ],
)
def test_what_is_wrong_is_said_as_on_the_command_line(shop, choices, said) -> None:
    with pytest.raises(ValueError, match=re.escape(said)) as refused:
        sl.segment(shop, evaluate="quick", **choices)
    assert isinstance(refused.value, sl.SegmentLabError)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (None, "There is no data"),
        ([1, 2], "is a list. Expected a DataFrame of pandas or Polars"),
        ("synthetc", "Did you mean the data set synthetic?"),
        (pd.DataFrame({"customer_id": []}), "has no rows"),
    ],
)
def test_what_is_no_table_is_refused(data, said) -> None:
    with pytest.raises(sl.SegmentLabError, match=re.escape(said)):
        sl.segment(data)


def test_a_figure_is_found_by_a_part_of_its_name(found: sl.Segmentation) -> None:
    with pytest.raises(sl.ConfigError, match="there is no such figure"):
        found.figure("pie")


def test_a_notebook_shows_cards_and_escapes_what_comes_from_data(shop, found) -> None:
    assert found._repr_html_().count('class="card"') == 4
    mine = pd.Series("<script>alert(1)</script>", index=found.labels.index)
    mine.iloc[:150] = "other"
    page = sl.segment(shop, labels=mine, evaluate="quick")._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_a_run_in_the_store_and_back(found: sl.Segmentation, shop: pd.DataFrame, tmp_path: Path) -> None:
    uri = f"sqlite:///{tmp_path / 'mlflow.db'}"
    run_id = found.log(uri)
    table = sl.runs(uri)
    assert table["run_id"].tolist() == [run_id]
    assert table.loc[0, ["data", "features", "model"]].tolist() == ["memory", "rfm", "kmeans"]
    assert table.loc[0, "silhouette"] == pytest.approx(found.metrics["separation/silhouette"])
    model = sl.load(run_id, uri)
    assert model.segments[0] == found.profile["name"].iloc[0]
    assert model.score(shop).equals(found.score(shop))
    check_that_another_shop_is_refused(model, shop, ["scale", "id_shape", "known"])


def test_a_folder_of_ones_own(found: sl.Segmentation, shop: pd.DataFrame, tmp_path: Path) -> None:
    folder = found.save(tmp_path / "mine" / "segments")
    model = sl.load(folder)
    assert model.score(shop).equals(found.score(shop))
    assert model.features == ["rfm_recency", "rfm_frequency", "rfm_monetary"]
    check_that_another_shop_is_refused(model, shop, ["scale", "id_shape"])  # it keeps no customers
    with pytest.raises(sl.ConfigError, match="is there already"):
        found.save(folder)
    (folder / "shop.csv").write_text("what,value\n")
    with pytest.raises(sl.StoreError, match="is not the one that was logged"):
        model.score(shop)
    damaged = folder / "scorer.skops"
    damaged.write_bytes(damaged.read_bytes() + b"x")
    with pytest.raises(sl.StoreError, match="is not the one that was logged"):
        sl.load(folder)
    with pytest.raises(sl.StoreError, match="is no folder that a segmentation was saved to"):
        sl.load(tmp_path)
