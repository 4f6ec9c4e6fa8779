"""The synthetic world: what it promises about its bytes, its dirt, its truth and its folder."""

import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score, silhouette_score
from sklearn.preprocessing import StandardScaler

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.schema import FIELDS
from segmentlab.transactions.shop import pieces, writer
from segmentlab.transactions.shop.calendar import END, START
from segmentlab.transactions.shop.catalogue import ALL_CHARGES
from segmentlab.transactions.shop.segments import PLANTED_SEGMENTS
from segmentlab.transactions.synthetic import SyntheticWorld

GENERATE = """
import sys, ibis
from segmentlab.transactions.synthetic import SyntheticWorld
world = SyntheticWorld(customers=int(sys.argv[2]), folder=sys.argv[1])
print(world.read(ibis.duckdb.connect()).digest)
"""


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def planted(worlds: str) -> Dataset:
    return SyntheticWorld(folder=worlds).read(ibis.duckdb.connect())


@pytest.fixture(scope="module")
def unstructured(worlds: str) -> Dataset:
    return SyntheticWorld(folder=worlds, structure="none").read(ibis.duckdb.connect())


@pytest.fixture(scope="module")
def lines(planted: Dataset) -> pd.DataFrame:
    return frame(planted)


def frame(dataset: Dataset) -> pd.DataFrame:
    return dataset.transactions.to_pyarrow().to_pandas()


def sales(lines: pd.DataFrame) -> pd.DataFrame:
    """The usual cleaning."""
    known = lines["customer_id"].notna() & ~lines["invoice_id"].str.startswith("C")
    return lines[known & (lines["quantity"] > 0) & (lines["unit_price"] > 0)]


def rfm(lines: pd.DataFrame) -> pd.DataFrame:
    bought = sales(lines)
    bought = bought.assign(value=bought["quantity"] * bought["unit_price"])
    customers = bought.groupby("customer_id")
    return pd.DataFrame(
        {
            "recency": (pd.Timestamp(END) - customers["timestamp"].max().dt.normalize()).dt.days,
            "frequency": customers["invoice_id"].nunique(),
            "monetary": customers["value"].sum(),
        }
    )


def partition(features: pd.DataFrame, k: int) -> tuple[np.ndarray, np.ndarray]:
    """The space that K-Means sees, and what it finds there."""
    space = StandardScaler().fit_transform(np.log1p(features))
    return space, KMeans(k, n_init=10, random_state=0).fit_predict(space)


def generate(folder: Path, customers: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", GENERATE, str(folder), str(customers)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_for(condition: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    while not condition():
        assert process.poll() is None, "the generation ended before it could be killed"
        time.sleep(0.005)


def contents(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


# --- the bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("structure", ["planted", "none"])
def test_same_parameters_give_the_same_bytes(tmp_path: Path, structure: str) -> None:
    for name in ("one", "two"):
        SyntheticWorld(customers=300, structure=structure, folder=str(tmp_path / name)).read(
            ibis.duckdb.connect()
        )
    assert contents(tmp_path / "one") == contents(tmp_path / "two")
    assert len(contents(tmp_path / "one")) == (3 if structure == "planted" else 2)


def test_every_parameter_makes_another_world(tmp_path: Path) -> None:
    engine, folder = ibis.duckdb.connect(), str(tmp_path)
    digests = {
        SyntheticWorld(folder=folder, **parameters).read(engine).digest
        for parameters in (
            {"customers": 300},
            {"customers": 300, "seed": 1},
            {"customers": 301},
            {"customers": 300, "structure": "none"},
        )
    }
    assert len(digests) == 4


def test_a_second_read_generates_nothing(tmp_path: Path) -> None:
    world = SyntheticWorld(customers=300, folder=str(tmp_path))
    first = world.read(ibis.duckdb.connect())
    manifest = Path(first.source) / writer.MANIFEST
    written = manifest.stat().st_mtime_ns
    assert world.read(ibis.duckdb.connect()).digest == first.digest
    assert manifest.stat().st_mtime_ns == written


def test_schema_is_canonical(planted: Dataset) -> None:
    schema = planted.transactions.schema()
    assert dict(schema.items()) == {field.name: field.dtype for field in FIELDS}
    required = [field.name for field in FIELDS if not field.nullable]
    assert frame(planted)[required].notna().all(axis=None)


# --- the shop ----------------------------------------------------------------------------------------


def test_size_and_history(lines: pd.DataFrame) -> None:
    assert 45 < len(lines) / 5000 < 56
    assert lines["timestamp"].min() >= pd.Timestamp(START)
    assert pd.Timestamp("2011-12-09") <= lines["timestamp"].max() < pd.Timestamp(END)
    assert lines["timestamp"].is_monotonic_increasing
    assert 5 not in lines["timestamp"].dt.day_of_week.unique()
    assert lines["timestamp"].dt.hour.between(8, 18).all()


@pytest.mark.parametrize("structure", ["planted", "none"])
@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_world_has_one_customer(tmp_path: Path, structure: str, seed: int) -> None:
    world = SyntheticWorld(customers=1, seed=seed, structure=structure, folder=str(tmp_path))
    bought = sales(frame(world.read(ibis.duckdb.connect())))
    assert bought["customer_id"].unique().tolist() == ["12346"]


def test_an_invoice_has_one_customer_one_moment_and_six_digits(lines: pd.DataFrame) -> None:
    per_invoice = lines.groupby("invoice_id")[["customer_id", "timestamp", "country"]].nunique()
    assert per_invoice.max().tolist() == [1, 1, 1]
    assert lines["invoice_id"].str.fullmatch(r"[CA]?\d{6}").all()


def test_products_have_readable_names_and_a_long_tail(lines: pd.DataFrame) -> None:
    bought = sales(lines)
    products = bought[bought["product_id"].str.fullmatch(r"\d{5}[A-Z]?")]
    names = products[["product_id", "description"]].drop_duplicates()
    assert names["product_id"].is_unique
    assert names["description"].is_unique
    assert products["description"].str.fullmatch(r"[A-Z][A-Z\- ]+").all()
    counts = products["product_id"].value_counts()
    assert 3000 < len(counts) <= 4000
    assert 0.4 < counts.iloc[: len(counts) // 10].sum() / counts.sum() < 0.7


def test_one_time_buyers_and_heavy_tails(lines: pd.DataFrame) -> None:
    customers = rfm(lines)
    assert 0.25 < (customers["frequency"] == 1).mean() < 0.34
    top = customers["monetary"].nlargest(len(customers) // 10).sum() / customers["monetary"].sum()
    assert 0.5 < top < 0.85
    assert 0.88 < (lines["country"] == "United Kingdom").mean() < 0.95


# --- the dirt ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dirt", "low", "high"),
    [
        ("no customer", 0.21, 0.25),
        ("cancelled", 0.013, 0.023),
        ("repeated", 0.005, 0.010),
        ("price of zero", 0.003, 0.007),
        ("stock note", 0.0025, 0.005),
        ("charge", 0.004, 0.010),
        ("no description", 0.0001, 0.001),
        ("blanks around the description", 0.15, 0.25),
    ],
)
def test_dirt_is_there_at_its_rate(lines: pd.DataFrame, dirt: str, low: float, high: float) -> None:
    rows = {
        "no customer": lines["customer_id"].isna(),
        "cancelled": lines["invoice_id"].str.startswith("C"),
        "repeated": lines.duplicated(),
        "price of zero": lines["unit_price"] == 0,
        "stock note": (lines["quantity"] < 0) & (lines["unit_price"] == 0) & lines["customer_id"].isna(),
        "charge": lines["product_id"].isin([charge.code for charge in ALL_CHARGES]),
        "no description": lines["description"].isna(),
        "blanks around the description": lines["description"].str.strip() != lines["description"],
    }
    assert low < rows[dirt].mean() < high


def test_every_charge_is_seen_and_bad_debt_has_its_own_invoices(lines: pd.DataFrame) -> None:
    assert {charge.code for charge in ALL_CHARGES} <= set(lines["product_id"])
    bad_debt = lines[lines["invoice_id"].str.startswith("A")]
    assert set(bad_debt["product_id"]) == {"B"}
    assert (bad_debt["unit_price"] < 0).any()
    assert bad_debt["customer_id"].isna().all()


def test_every_cancellation_takes_back_an_earlier_purchase(lines: pd.DataFrame) -> None:
    cancelled = lines["invoice_id"].str.startswith("C")
    keys = ["customer_id", "product_id", "unit_price"]
    back = lines[cancelled].reset_index(names="line")
    both = back.merge(lines[~cancelled & (lines["quantity"] > 0)], on=keys, suffixes=("", "_bought"))
    matched = both[
        (both["timestamp_bought"] < both["timestamp"]) & (both["quantity_bought"] >= -both["quantity"])
    ]
    assert (back["quantity"] < 0).all()
    assert set(matched["line"]) == set(back["line"])
    in_part = 1 - matched[matched["quantity_bought"] == -matched["quantity"]]["line"].nunique() / len(back)
    assert 0.15 < in_part < 0.35


def test_no_purchase_is_cancelled_twice(lines: pd.DataFrame) -> None:
    net = lines[lines["quantity"] != 0].groupby(["customer_id", "product_id", "unit_price"])["quantity"].sum()
    products = net[net.index.get_level_values("product_id").str.fullmatch(r"\d{5}[A-Z]?")]
    assert (products >= 0).all()


def test_slips_order_thousands_and_are_cancelled_within_the_hour(lines: pd.DataFrame) -> None:
    cancelled = lines["invoice_id"].str.startswith("C")
    slips = lines[cancelled & (lines["quantity"] < -10_000)]
    both = slips.merge(lines[~cancelled], on=["customer_id", "product_id"], suffixes=("", "_bought"))
    ordered = both[both["quantity_bought"] == -both["quantity"]]
    assert len(ordered) == len(slips) > 0
    assert (ordered["timestamp"] - ordered["timestamp_bought"] < pd.Timedelta(hours=1)).all()


# --- the truth ---------------------------------------------------------------------------------------


def test_truth_covers_exactly_the_customers(planted: Dataset, lines: pd.DataFrame) -> None:
    assert planted.truth is not None
    assert planted.truth.name == "planted"
    assert planted.truth.index.is_unique
    assert set(planted.truth.index) == set(lines["customer_id"].dropna()) == set(sales(lines)["customer_id"])
    shares = planted.truth.value_counts(normalize=True)
    for segment in PLANTED_SEGMENTS:
        assert shares[segment.name] == pytest.approx(segment.share, abs=0.02)


def test_the_documented_segments_are_those_of_the_code() -> None:
    page = (Path(__file__).parents[2] / "docs" / "synthetic_world.md").read_text(encoding="utf-8")
    for segment in PLANTED_SEGMENTS:
        traits = " | ".join(
            f"{trait.median:g} ({trait.spread:.2f})".replace("(0", "(") for trait in segment.traits
        )
        assert f"| {segment.name} | {segment.share:.2f} | {traits} |".replace("| 0.", "| .", 1) in page


def test_truth_is_no_column_of_the_transactions(planted: Dataset) -> None:
    assert set(planted.transactions.columns) == {field.name for field in FIELDS}
    names = {segment.name for segment in PLANTED_SEGMENTS}
    assert not any(names & set(column.dropna().unique()) for _, column in frame(planted).items())


@pytest.mark.parametrize("customers", [300, 1000])
def test_kmeans_finds_the_planted_segments(tmp_path: Path, customers: int) -> None:
    world = SyntheticWorld(customers=customers, folder=str(tmp_path)).read(ibis.duckdb.connect())
    features = rfm(frame(world))
    assert world.truth is not None
    truth = world.truth[features.index]
    _, found = partition(features, k=len(PLANTED_SEGMENTS))
    assert adjusted_rand_score(truth, found) > 0.8


# --- no structure ------------------------------------------------------------------------------------


def test_a_world_without_structure_has_no_truth(unstructured: Dataset) -> None:
    assert unstructured.truth is None
    assert not (Path(unstructured.source) / writer.TRUTH).exists()


def test_a_world_without_structure_has_similar_margins(planted: Dataset, unstructured: Dataset) -> None:
    with_segments, without = rfm(frame(planted)), rfm(frame(unstructured))
    for feature, farthest in {"recency": 0.25, "frequency": 0.12, "monetary": 0.08}.items():
        logs = np.log(with_segments[feature]), np.log(without[feature])
        assert abs(logs[0].mean() - logs[1].mean()) < 0.25
        assert 0.85 < logs[1].std() / logs[0].std() < 1.15
        assert ks_2samp(*logs).statistic < farthest
    one_time = [(customers["frequency"] == 1).mean() for customers in (with_segments, without)]
    assert one_time[0] == pytest.approx(one_time[1], abs=0.06)


def test_a_world_without_structure_has_similar_lines(planted: Dataset, unstructured: Dataset) -> None:
    with_segments, without = sales(frame(planted)), sales(frame(unstructured))
    assert len(with_segments) == pytest.approx(len(without), rel=0.15)
    for column in ("quantity", "unit_price"):
        assert ks_2samp(with_segments[column], without[column]).statistic < 0.06
    countries = [frame["country"].value_counts(normalize=True) for frame in (with_segments, without)]
    assert countries[0]["United Kingdom"] == pytest.approx(countries[1]["United Kingdom"], abs=0.05)


@pytest.mark.slow
def test_the_planted_number_of_segments_is_best_only_where_it_was_planted(
    planted: Dataset, unstructured: Dataset
) -> None:
    def silhouettes(dataset: Dataset) -> dict[int, float]:
        features = rfm(frame(dataset)).head(2000)
        return {k: float(silhouette_score(*partition(features, k))) for k in range(2, 8)}

    with_segments, without = silhouettes(planted), silhouettes(unstructured)
    assert max(with_segments, key=lambda k: with_segments[k]) == len(PLANTED_SEGMENTS)
    assert with_segments[5] > without[5] + 0.1
    assert max(without, key=lambda k: without[k]) == 2  # one cloud: every finer cut is worse


# --- the folder --------------------------------------------------------------------------------------


def test_a_large_world_comes_in_pieces_with_invoices_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 200)
    world = SyntheticWorld(customers=900, folder=str(tmp_path)).read(ibis.duckdb.connect())
    parts = sorted((Path(world.source) / writer.TRANSACTIONS).iterdir())
    tables = [pd.read_parquet(part) for part in parts]
    assert [table["customer_id"].nunique() for table in tables] == [200, 200, 200, 200, 100]
    assert all(table["timestamp"].is_monotonic_increasing for table in tables)
    invoices = pd.concat([table["invoice_id"].drop_duplicates() for table in tables])
    assert invoices.is_unique
    assert world.truth is not None
    assert world.truth.index.tolist() == [str(12_346 + row) for row in range(900)]
    manifest = pd.read_json(Path(world.source) / writer.MANIFEST, typ="series")
    assert manifest["rows"] == sum(len(table) for table in tables)


def test_a_piece_needs_fewer_invoice_numbers_than_are_set_aside() -> None:
    for structure in ("planted", "none"):
        piece = pieces.draw_piece(0, pieces.WorldPlan(pieces.PIECE, structure=structure)).transactions
        numbers = pd.to_numeric(pd.Series(piece["invoice_id"].unique().to_pylist()).str.lstrip("CA"))
        assert numbers.max() - pieces.FIRST_INVOICE < 0.7 * pieces.INVOICES_A_PIECE


def test_a_killed_generation_is_not_believed(tmp_path: Path) -> None:
    customers = 40_000
    process = generate(tmp_path, customers)
    wait_for(lambda: any(tmp_path.glob("*.draft/transactions/part-*")), process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=900)
    assert [path.suffix for path in tmp_path.iterdir() if path.is_dir()] == [".draft"]

    world = SyntheticWorld(customers=customers, folder=str(tmp_path)).read(ibis.duckdb.connect())
    assert world.truth is not None
    assert world.transactions.customer_id.nunique().to_pyarrow().as_py() == customers == len(world.truth)
    assert not any(tmp_path.glob("*.draft"))


def test_two_processes_may_ask_for_the_same_world_at_once(tmp_path: Path) -> None:
    processes = [generate(tmp_path, 5000) for _ in range(2)]
    answers = [process.communicate(timeout=900)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert answers[0] == answers[1]
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == 1


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    blocked = tmp_path / "worlds"
    blocked.write_text("a file where the folder should be")
    with pytest.raises(DataError, match=r"can't be written to .*worlds.*data\.folder"):
        SyntheticWorld(folder=str(blocked)).read(ibis.duckdb.connect())


@pytest.mark.parametrize(
    ("parameter", "value", "message"),
    [
        ("customers", 0, r"data\.customers is 0; expected a whole number, at least 1"),
        ("customers", "many", r"data\.customers is 'many'; expected a whole number"),
        ("customers", 1.5, r"data\.customers is 1\.5; expected a whole number"),
        ("customers", True, r"data\.customers is True; expected a whole number"),
        ("seed", -1, r"data\.seed is -1; expected a whole number, at least 0"),
        ("structure", "foo", r"data\.structure is 'foo'; expected planted or none"),
    ],
)
def test_bad_parameters_are_refused(parameter: str, value: object, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SyntheticWorld(folder="unused", **{parameter: value})
