"""A shop whose customers have a taste of their own: its law, and the oracle that knows what they will buy."""

from datetime import date
from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions import SyntheticWorld
from segmentlab.transactions.shop import pieces
from segmentlab.transactions.shop.catalogue import PRODUCTS, make_assortment
from segmentlab.transactions.shop.choices import FAVOURITE
from segmentlab.transactions.shop.oracle import foresee_purchases
from segmentlab.transactions.shop.ranges import MONTH_OF_DAY, make_offer

CUSTOMERS = 1_500
DAY, DAYS = date(2011, 9, 11), 90
EDGES = [0, 0.003, 0.01, 0.03, 0.1, 0.3, 0.6, 1.01]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(tmp_path_factory.mktemp("worlds"))


@pytest.fixture(scope="module")
def world(folder: str) -> SyntheticWorld:
    return SyntheticWorld(customers=CUSTOMERS, tastes="personal", folder=folder)


def read_sales(world: SyntheticWorld) -> pd.DataFrame:
    """What known customers bought, without charges."""
    lines = world.read(ibis.duckdb.connect()).transactions.to_pandas()
    sold = lines["customer_id"].notna() & (lines["quantity"] > 0) & (lines["unit_price"] > 0)
    return lines[sold & lines["product_id"].str.fullmatch(r"\d{5}[A-Z]?")]


@pytest.fixture(scope="module")
def sales(world: SyntheticWorld) -> pd.DataFrame:
    return read_sales(world)


@pytest.fixture(scope="module")
def later(sales: pd.DataFrame) -> pd.DataFrame:
    """What was bought within the days, once per customer and product."""
    day = sales["timestamp"] - pd.Timestamp(DAY)
    within = (day >= pd.Timedelta(0)) & (day < pd.Timedelta(days=DAYS))
    return sales.loc[within, ["customer_id", "product_id"]].drop_duplicates()


def count_hits(lists: pd.DataFrame, later: pd.DataFrame) -> int:
    return len(lists.merge(later, on=["customer_id", "product_id"]))


def test_who_comes_when_for_how_many_lines_is_as_without(world: SyntheticWorld, sales: pd.DataFrame) -> None:
    usual = read_sales(SyntheticWorld(customers=CUSTOMERS, folder=world.folder))
    visits = [table.groupby(["customer_id", "timestamp"]).size() for table in (usual, sales)]
    assert visits[0].index.equals(visits[1].index)
    assert (visits[0] != visits[1]).mean() < 0.001, "but for dirt"
    money = [np.log(table["quantity"] * table["unit_price"]).mean() for table in (usual, sales)]
    assert money[0] == pytest.approx(money[1], abs=0.02)


def test_it_is_another_world_and_the_same_each_time(world: SyntheticWorld, tmp_path: Path) -> None:
    engine = ibis.duckdb.connect()
    again = SyntheticWorld(customers=CUSTOMERS, tastes="personal", folder=str(tmp_path)).read(engine)
    assert Path(again.source).name == f"planted-{CUSTOMERS}-personal-seed0-v1"
    assert again.digest == world.read(engine).digest
    assert again.digest != SyntheticWorld(customers=CUSTOMERS, folder=world.folder).read(engine).digest
    assert not any("taste" in path.name for path in Path(again.source).rglob("*")), "nobody may see them"


def test_segments_are_found_as_before(world: SyntheticWorld, sales: pd.DataFrame) -> None:
    value = sales.assign(value=sales["quantity"] * sales["unit_price"]).groupby("customer_id")
    features = pd.DataFrame(
        {
            "recency": (pd.Timestamp("2011-12-10") - value["timestamp"].max()).dt.days,
            "frequency": value["invoice_id"].nunique(),
            "monetary": value["value"].sum(),
        }
    )
    planted = world.read_truth()["planted"].reindex(features.index)
    space = StandardScaler().fit_transform(np.log1p(features))
    found = KMeans(5, n_init=10, random_state=0).fit_predict(space)
    assert adjusted_rand_score(planted, found) > 0.9


def test_products_come_and_go_in_sets_and_no_range_is_empty(sales: pd.DataFrame) -> None:
    offer = make_offer()
    assert np.array_equal(np.sort(offer.brings), np.arange(PRODUCTS))
    assert (offer.on_sale == offer.on_sale[:, offer.brings]).all()
    assert 0.1 < (~offer.on_sale).any(axis=0).mean() < 0.3
    assert np.allclose(np.add.reduceat(offer.find_shares_of_ranges(3), offer.ends[:-1]), 1)
    codes = pd.Index(make_assortment().codes[:PRODUCTS].to_pylist())
    day = (sales["timestamp"] - pd.Timestamp("2009-12-01")).dt.days
    assert offer.on_sale[MONTH_OF_DAY[day], codes.get_indexer(sales["product_id"])].all()


def test_favourites_are_bought_again_and_again(world: SyntheticWorld, sales: pd.DataFrame) -> None:
    tastes = world.read_tastes()
    assert set(tastes["customer_id"]) == set(sales["customer_id"])
    assert not tastes.duplicated(["customer_id", "product_id"]).any()
    assert (tastes.groupby("customer_id")["share"].sum() <= FAVOURITE + 1e-9).all()
    assert tastes["interval"].median() == pytest.approx(45, rel=0.05)
    counts = sales.groupby(["customer_id", "product_id"])["invoice_id"].nunique()
    regular = sales.groupby("customer_id")["invoice_id"].nunique()
    regular = regular.index[regular >= 10]
    best = tastes.drop_duplicates("customer_id").set_index("customer_id")["product_id"][regular]
    often = counts.reindex(pd.MultiIndex.from_arrays([best.index, best]), fill_value=0)
    assert often.mean() > 2 * counts[counts.index.get_level_values("customer_id").isin(regular)].mean()


def test_the_oracle_is_calibrated(later: pd.DataFrame) -> None:
    """Of chances of every size, so many came as they say: within four standard deviations and 3 %."""
    plan = pieces.WorldPlan(CUSTOMERS, tastes="personal")
    day = (DAY - date(2009, 12, 1)).days
    choices, names = pieces.draw_choices(0, plan, day - 1)
    codes = pd.Index(make_assortment().codes[:PRODUCTS].to_pylist())
    customer = pd.Index(names.to_pylist()).get_indexer(later["customer_id"])
    came = np.zeros((CUSTOMERS, PRODUCTS), dtype=bool)
    came[customer, codes.get_indexer(later["product_id"])] = True
    blocks = list(foresee_purchases(choices, day - 1, DAYS))
    chance = np.concatenate([block.bought for block in blocks])
    came = came[np.concatenate([block.customer for block in blocks])]
    assert chance.min() >= 0
    assert chance.max() <= 1
    assert came.sum() == pytest.approx(chance.sum(), rel=0.025)
    size = np.digitize(chance, EDGES)
    for number in range(1, len(EDGES)):
        own = chance[size == number]
        spread = np.sqrt((own * (1 - own)).sum())
        assert came[size == number].sum() == pytest.approx(own.sum(), abs=4 * spread + 0.03 * own.sum())


def test_lists_of_the_oracle_hit_as_they_say_and_beat_popularity(
    world: SyntheticWorld, sales: pd.DataFrame, later: pd.DataFrame
) -> None:
    known = sales.loc[sales["timestamp"] < pd.Timestamp(DAY), ["customer_id", "product_id"]].drop_duplicates()
    for leave_out, times in ((None, 1.5), (known, 2.5)):
        lists = world.list_likeliest(DAY, DAYS, top=10, leave_out=leave_out)
        people = lists["customer_id"].unique()
        assert set(people) == set(known["customer_id"]) & set(later["customer_id"])
        assert (
            lists.groupby("customer_id")["chance"].apply(lambda chance: chance.is_monotonic_decreasing).all()
        )
        assert lists["rank"].max() == lists.groupby("customer_id").size().min() == 10
        hits = count_hits(lists, later)
        spread = np.sqrt((lists["chance"] * (1 - lists["chance"])).sum())
        assert hits == pytest.approx(lists["chance"].sum(), abs=4 * spread)
        popular = pd.DataFrame({"product_id": known["product_id"].value_counts().index[:100]})
        rivals = pd.DataFrame({"customer_id": people}).merge(popular, how="cross")
        if leave_out is not None:
            both = rivals.merge(known, how="left", indicator=True)["_merge"] == "both"
            rivals = rivals[~both.to_numpy()]
            assert not len(lists.merge(known, on=["customer_id", "product_id"]))
        assert hits > times * count_hits(rivals.groupby("customer_id").head(10), later)


def test_pieces_and_mixed_worlds_have_tastes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pieces, "PIECE", 100)
    world = SyntheticWorld(customers=250, tastes="personal", structure="none", after_law=0.4, folder="unused")
    tastes = world.read_tastes()
    lists = world.list_likeliest(date(2011, 3, 1), 200, top=2)
    assert 120 < tastes["customer_id"].nunique() < 180
    assert set(lists["customer_id"]) < set(tastes["customer_id"])
    assert lists["customer_id"].nunique() > 20
    nobody = world.list_likeliest(date(2009, 12, 2), 1, top=2)
    assert list(nobody.columns) == ["customer_id", "product_id", "rank", "chance"]


def test_what_can_not_be_asked_is_refused(world: SyntheticWorld) -> None:
    with pytest.raises(ConfigError, match=r"data\.tastes is 'own'; expected segment or personal"):
        SyntheticWorld(tastes="own", folder="unused")
    with pytest.raises(DataError, match=r"no taste of their own.*data\.tastes=personal"):
        SyntheticWorld(folder="unused").read_tastes()
    with pytest.raises(DataError, match=r"data\.tastes=personal"):
        SyntheticWorld(folder="unused").list_likeliest(DAY)
    with pytest.raises(ConfigError, match=r"as_of=2012-01-01 is no day of the history"):
        world.list_likeliest(date(2012, 1, 1))
    with pytest.raises(ConfigError, match="expected a whole number"):
        world.list_likeliest(DAY, days=0)
    with pytest.raises(DataError, match="leave_out has no column product_id"):
        world.list_likeliest(DAY, leave_out=pd.DataFrame({"customer_id": ["12346"]}))
