"""Customers whose whole life is known: their log is a shop's, and their truth is that of the log."""

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation.diagnostics import compare_with_truth
from segmentlab.transactions import Dataset, SyntheticWorld
from segmentlab.transactions.shop import pieces
from segmentlab.transactions.shop.baskets import fill_baskets
from segmentlab.transactions.shop.calendar import DAYS, ORDINARY
from segmentlab.transactions.shop.lives import SEASON, Shares, draw_lives, draw_orders

SHARES = {"after_law": 0.3, "seasonal": 0.2, "subscribers": 0.2}
# Of the worlds of before, which have none: kept from before there were any.
DIGESTS = {
    "planted": "2dba91400218f224ddc01e73e985ecc847d12a0789419d6c9eff22696bd271c3",
    "none": "527b0a18556ad01e3310fb10e66a8d50419910ad6777e171ee050b2a57fe6353",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> SyntheticWorld:
    return SyntheticWorld(customers=3_000, **SHARES, folder=str(tmp_path_factory.mktemp("worlds")))


@pytest.fixture(scope="module")
def mixed(world: SyntheticWorld) -> Dataset:
    return world.read(ibis.duckdb.connect())


@pytest.fixture(scope="module")
def truth(world: SyntheticWorld) -> pd.DataFrame:
    return world.read_truth()


@pytest.fixture(scope="module")
def orders(mixed: Dataset) -> pd.DataFrame:
    """Days of sales of known customers, and what was bought before anything is taken back."""
    lines = mixed.transactions.to_pyarrow().to_pandas()
    sold = lines[lines["customer_id"].notna() & (lines["quantity"] > 0) & (lines["unit_price"] > 0)]
    sold = sold.assign(day=sold["timestamp"].dt.normalize(), money=sold["quantity"] * sold["unit_price"])
    return sold.groupby(["customer_id", "day"], as_index=False)["money"].sum()


@pytest.mark.parametrize("structure", ["planted", "none"])
def test_a_world_without_them_is_that_of_before(tmp_path: Path, structure: str) -> None:
    world = SyntheticWorld(customers=300, structure=structure, folder=str(tmp_path))
    assert world.read(ibis.duckdb.connect()).digest == DIGESTS[structure]
    assert [path.name for path in tmp_path.iterdir() if path.is_dir()] == [f"{structure}-300-seed0-v1"]


def test_the_same_shares_give_the_same_bytes_and_others_another_world(tmp_path: Path) -> None:
    engine = ibis.duckdb.connect()
    digests = [
        SyntheticWorld(customers=300, folder=str(tmp_path / folder), **shares).read(engine).digest
        for folder, shares in (("one", SHARES), ("two", SHARES), ("one", {**SHARES, "seasonal": 0.1}))
    ]
    assert digests[0] == digests[1] != digests[2]
    with_law = SyntheticWorld(customers=300, after_law=1.0, folder=str(tmp_path))
    assert with_law.read(engine).truth is None, "nobody is planted there"


def test_the_log_is_one_of_a_shop(mixed: Dataset, orders: pd.DataFrame, truth: pd.DataFrame) -> None:
    assert set(orders["customer_id"]) == set(truth.index)
    day = (orders["day"].to_numpy() - np.datetime64("2009-12-01")).astype("timedelta64[D]").astype(int)
    assert (np.diff(ORDINARY)[day] > 0).all(), "the shop was closed"
    lines = mixed.transactions.to_pyarrow().to_pandas()
    assert lines["timestamp"].is_monotonic_increasing
    assert lines[["invoice_id", "product_id", "quantity", "unit_price"]].notna().all(axis=None)
    assert lines.groupby("invoice_id")["customer_id"].nunique().max() == 1


def test_kinds_have_their_shares_and_only_the_planted_have_segments(
    mixed: Dataset, truth: pd.DataFrame
) -> None:
    shares = truth["kind"].value_counts(normalize=True)
    for kind, share in {"law": 0.3, "seasonal": 0.2, "subscriber": 0.2, "planted": 0.3}.items():
        assert shares[kind] == pytest.approx(share, abs=0.03)
    assert mixed.truth is not None
    assert set(mixed.truth.index) == set(truth.index[truth["kind"] == "planted"])
    numbers = truth.index.astype(int).to_series(index=truth.index)
    middle = numbers.groupby(truth["kind"]).mean() - 12_346
    assert middle.between(1_300, 1_700).all(), "a customer's number says nothing of the kind"


def test_agreement_with_the_truth_counts_who_is_planted() -> None:
    planted = pd.Series({"a": "loyal", "b": "lapsed", "c": "loyal"}, name="planted")
    labels = np.array([0, 1, 0, 1, 0])
    assert compare_with_truth(pd.Index(list("abcxy")), labels, planted) == 1


def test_who_has_left_orders_on_that_day_for_the_last_time(orders: pd.DataFrame, truth: pd.DataFrame) -> None:
    last = orders.groupby("customer_id")["day"].max().reindex(truth.index)
    gone = truth["left"].notna()
    assert gone[truth["kind"] != "planted"].mean() == pytest.approx(0.45, abs=0.05)
    assert not gone[truth["kind"] == "planted"].any()
    assert (last[gone] == truth.loc[gone, "left"]).all()


def test_orders_bring_what_is_known_of_them(orders: pd.DataFrame, truth: pd.DataFrame) -> None:
    mean = orders.groupby("customer_id")["money"].mean().reindex(truth.index)
    ratio = np.log(mean / truth["spend"])
    pays = truth["kind"] == "subscriber"
    assert ratio[pays].abs().lt(1e-9).mean() > 0.9, "but for charges and lines that stand twice"
    assert ratio[truth["kind"] == "law"].median() == pytest.approx(0, abs=0.1)
    assert ratio[truth["kind"] == "planted"].median() == pytest.approx(0, abs=0.3)


def test_sums_are_met_within_half_of_the_smallest_price() -> None:
    rng = np.random.default_rng(0)
    wanted = np.r_[rng.lognormal(np.log(5_000), 1.0, 2_000), 1.0, 30.0]
    lines = fill_baskets(rng, wanted)
    got = np.bincount(lines.invoice, lines.quantity * lines.pence, len(wanted))
    assert np.abs(got - wanted)[:-2].max() <= 9.5
    assert got[-2] == 19, "an order has a piece at least"
    assert lines.quantity.min() >= 1
    assert np.bincount(lines.invoice).mean() == pytest.approx(5, abs=2)


def test_customers_of_a_season_come_in_theirs_only(orders: pd.DataFrame, truth: pd.DataFrame) -> None:
    own = orders.assign(begin=truth["season"].reindex(orders["customer_id"]).to_numpy()).dropna()
    since = (own["day"].dt.day_of_year - own["begin"]) % 365
    assert (since <= SEASON + 12).all(), "12 days at Christmas, when the shop is closed"
    assert (since <= SEASON + 2).mean() > 0.97
    assert truth["season"].notna().equals(truth["kind"] == "seasonal")


def test_every_order_has_a_day_of_its_own() -> None:
    rng = np.random.default_rng(0)
    lives = draw_lives(rng, np.array([500, 500, 500]))
    hasty = lives.take(np.arange(1_500))
    hasty.gap[:100] = 0.7
    orders, left = draw_orders(rng, hasty)
    each = pd.DataFrame({"customer": orders.customer, "day": orders.day})
    assert not each.duplicated().any()
    assert each.groupby("customer")["day"].apply(lambda day: day.is_monotonic_increasing).all()
    assert each["customer"].nunique() == 1_500
    assert orders.day.max() < DAYS
    assert 0 < left.mean() < 1


def test_rates_are_those_of_the_law() -> None:
    """Orders after the first one of those who cannot leave, beside what their rate lets expect."""
    rng = np.random.default_rng(1)
    lives = draw_lives(rng, np.array([4_000, 4_000, 0]))
    lives.leaves[:] = 0
    lives.begin[:] = DAYS - 365 - lives.part * lives.length  # everybody comes first a year before the end
    orders, left = draw_orders(rng, lives)
    repeats = np.bincount(orders.customer, minlength=8_000) - 1
    for kind in (0, 1):
        own = lives.kind == kind
        assert repeats[own].sum() / (365 / lives.gap[own]).sum() == pytest.approx(1, abs=0.04)
    assert not left.any()


def test_pieces_of_a_large_world_have_numbers_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    for shares in (Shares(after_law=1.0), Shares(subscribers=1.0)):
        piece = pieces.draw_piece(0, pieces.WorldPlan(pieces.PIECE, shares=shares))
        assert len(piece.transactions["invoice_id"].unique()) < 0.7 * pieces.INVOICES_A_PIECE
    monkeypatch.setattr(pieces, "PIECE", 200)
    plan = pieces.WorldPlan(500, structure="none", shares=Shares(0.5, 0.2, 0.2))
    parts = [pieces.draw_piece(number, plan) for number in range(3)]
    ids = [name for part in parts if part.truth for name in part.truth["customer_id"].to_pylist()]
    assert sorted(ids) == [str(12_346 + row) for row in range(500)]


def test_what_is_known_of_a_world_without_them(tmp_path: Path) -> None:
    truth = SyntheticWorld(customers=60, folder=str(tmp_path)).read_truth()
    assert set(truth["kind"]) == {"planted"}
    assert truth["planted"].notna().all()
    assert truth[["gap", "leaves", "left", "spend", "season"]].isna().all(axis=None)
    with pytest.raises(DataError, match=r"no segments .*data\.after_law=0\.3"):
        SyntheticWorld(customers=60, structure="none", folder=str(tmp_path)).read_truth()
    some = SyntheticWorld(customers=60, structure="none", seasonal=0.5, folder=str(tmp_path)).read_truth()
    assert set(some["kind"]) == {"population", "seasonal"}
    assert some["left"].dropna().dt.date.le(date(2011, 12, 9)).all()


@pytest.mark.parametrize(
    ("shares", "message"),
    [
        ({"after_law": 1.5}, r"data\.after_law is 1\.5; expected a share"),
        ({"seasonal": -0.1}, r"data\.seasonal is -0\.1; expected a share"),
        ({"subscribers": "all"}, r"data\.subscribers is 'all'; expected a share"),
        ({"seasonal": float("nan")}, r"data\.seasonal is nan; expected a share"),
        ({"after_law": 0.7, "seasonal": 0.5}, r"data\.after_law=0\.7 \+ data\.seasonal=0\.5 is more than 1"),
    ],
)
def test_shares_that_can_not_be_are_refused(shares: dict[str, float], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        SyntheticWorld(folder="unused", **shares)
