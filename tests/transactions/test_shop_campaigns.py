"""Campaigns in the generated shop: what they add is known, and nothing else changes."""

from pathlib import Path

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions import SyntheticWorld
from segmentlab.transactions.shop import pieces
from segmentlab.transactions.shop.campaign import EFFECTS

CUSTOMERS, DAY, DAYS = 3_000, "2011-09-11", 60


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("worlds")


@pytest.fixture(scope="module")
def groups() -> pd.DataFrame:
    ids = [str(12_346 + row) for row in range(CUSTOMERS)]
    group = np.where(np.arange(CUSTOMERS) % 5 == 0, "control", "contact")
    return pd.DataFrame({"customer_id": ids, "group": group, "channel": "email"})[: CUSTOMERS - 10]


@pytest.fixture(scope="module")
def world(folder: Path, groups: pd.DataFrame) -> SyntheticWorld:
    return with_campaign(write_people(folder, groups), folder=folder)


def write_people(folder: Path, groups: pd.DataFrame) -> Path:
    groups.to_csv(folder / "people.csv", index=False)
    return folder / "people.csv"


def with_campaign(file: Path, **choices: object) -> SyntheticWorld:
    usual = {"customers": CUSTOMERS, "campaign_day": DAY, "campaign_days": DAYS}
    return SyntheticWorld(campaign=str(file), **{**usual, **choices, "folder": str(choices["folder"])})


def read_lines(world: SyntheticWorld) -> pd.DataFrame:
    return world.read(ibis.duckdb.connect()).transactions.to_pandas()


@pytest.mark.parametrize("tastes", ["segment", "personal"])
def test_all_else_is_line_by_line_as_without(folder: Path, groups: pd.DataFrame, tastes: str) -> None:
    without = read_lines(SyntheticWorld(customers=CUSTOMERS, tastes=tastes, folder=str(folder)))
    with_it = with_campaign(write_people(folder, groups), tastes=tastes, folder=folder)
    lines, effects = read_lines(with_it), with_it.read_effects()
    added = ~lines["invoice_id"].isin(without["invoice_id"])
    pd.testing.assert_frame_equal(lines[~added].reset_index(drop=True), without)
    extra = lines[added]
    first = pd.Timestamp(DAY)
    assert extra["timestamp"].between(first, first + pd.Timedelta(days=DAYS)).all()
    assert not (extra["timestamp"].dt.day_of_week == 5).any(), "the shop is closed on Saturdays"
    assert set(extra["customer_id"]) <= set(groups.loc[groups["group"] == "contact", "customer_id"])
    money = (extra["quantity"] * extra["unit_price"]).groupby(extra["customer_id"]).sum()
    assert money.to_dict() == pytest.approx(effects.loc[effects["orders"] > 0, "spend"].to_dict())
    assert extra["invoice_id"].nunique() == effects["orders"].sum()
    assert lines["timestamp"].is_monotonic_increasing


def test_what_is_added_has_the_known_mean(world: SyntheticWorld, groups: pd.DataFrame) -> None:
    effects, truth = world.read_effects(), world.read_truth()
    assert effects["group"].equals(groups.set_index("customer_id")["group"].reindex(effects.index))
    assert len(effects) == len(groups)
    assert effects["planted"].equals(truth["planted"].reindex(effects.index))
    contacted = effects[effects["group"] == "contact"]
    assert (effects.loc[effects["group"] == "control", effects.columns[2:]] == 0).all(axis=None)
    for segment, own in contacted.groupby("planted"):
        effect = EFFECTS[segment]
        assert set(own["expected_orders"]) == {effect}
        spread = np.sqrt(effect * (1 - effect) / len(own))
        assert own["orders"].mean() == pytest.approx(effect, abs=4 * spread + 1e-12)
        around = own["spend"].std() / np.sqrt(len(own))
        assert own["spend"].mean() == pytest.approx(own["expected_spend"].mean(), abs=4 * around + 1e-12)


def test_who_else_is_contacted_changes_nothing_for_a_customer(
    world: SyntheticWorld, folder: Path, groups: pd.DataFrame
) -> None:
    groups[groups["customer_id"].astype(int) % 2 == 0].to_parquet(folder / "even.parquet")
    half = with_campaign(folder / "even.parquet", folder=folder).read_effects()
    assert half["orders"].equals(world.read_effects()["orders"].reindex(half.index))


def test_another_file_day_or_length_is_another_world(folder: Path) -> None:
    small = {"customers": 60, "folder": folder}
    for name, group in (("one.csv", "contact"), ("two.csv", "control")):
        (folder / name).write_text(f"customer_id,group\n12346,contact\n12350,{group}\n")
    worlds = [
        with_campaign(folder / "one.csv", **small),
        with_campaign(folder / "two.csv", **small),
        with_campaign(folder / "one.csv", campaign_day="2011-09-12", **small),
        with_campaign(folder / "one.csv", campaign_days=30, **small),
        SyntheticWorld(customers=60, folder=str(folder)),
    ]
    read = [made.read(ibis.duckdb.connect()) for made in worlds]
    assert len({made.source for made in read}) == 5
    assert read[0].digest != read[1].digest, "though neither may have an order more"
    assert read[4].digest not in {made.digest for made in read[:4]}


def test_pieces_and_mixed_worlds_have_campaigns_too(
    folder: Path, groups: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pieces, "PIECE", 100)
    groups[:250].to_csv(folder / "mixed.csv", index=False)
    mixed = with_campaign(folder / "mixed.csv", customers=250, after_law=0.5, folder=folder)
    effects, truth = mixed.read_effects(), mixed.read_truth()
    assert set(effects.index) == set(truth.index[truth["kind"] == "planted"])
    assert effects["orders"].sum() > 0
    assert read_lines(mixed)["invoice_id"].str.fullmatch(r"[CA]?\d+").all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,group\n12346,contact\n", r"bad\.csv has no column customer_id; its columns are id, group"),
        ("customer_id\n12346\n", r"has no column group"),
        ("", r"bad\.csv can't be read as a CSV or Parquet file"),
        (
            "customer_id,group\n12346,contact\n1,control\nx,contact\n",
            r"customer_id: row 2: '1', row 3: 'x'; this",
        ),
        (
            "customer_id,group\n12346.0,contact\n",
            r"row 1: '12346\.0'; this world has customers 12346 to 15345",
        ),
        ("customer_id,group\n12346,contact\n12346,control\n", r"row 1: '12346', row 2.*one group only"),
        (
            "customer_id,group\n12346,treated\n",
            r"column group: row 1: 'treated'; expected contact or control",
        ),
        ("customer_id,group\n12346,\n", r"column group: row 1: ''"),
        ("customer_id,group\n12346,control\n", r"nobody is in the group contact"),
        ("customer_id,group\n", r"nobody is in the group contact"),
    ],
)
def test_files_that_can_not_be_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        with_campaign(tmp_path / "bad.csv", folder=tmp_path).read_effects()


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        ({"campaign_day": "soon"}, r"data\.campaign_day is 'soon'; expected a day such as 2011-09-01"),
        ({"campaign_day": "2009-11-01"}, r"does not lie within the history, which runs from 2009-12-01"),
        ({"campaign_day": "2011-10-20"}, r"data\.campaign_days=60.*expected a day until 2011-10-11"),
        ({"campaign_day": "2010-12-25", "campaign_days": 5}, r"the shop is closed in all 5 days"),
        ({"campaign_days": 0}, r"data\.campaign_days is 0; expected a whole number"),
        ({"campaign_day": None}, r"give both data\.campaign=\.\.\. and data\.campaign_day"),
        ({"structure": "none"}, r"data\.structure=none has none"),
    ],
)
def test_campaigns_that_can_not_be_are_refused(
    tmp_path: Path, choices: dict[str, object], message: str
) -> None:
    (tmp_path / "people.csv").write_text("customer_id,group\n12346,contact\n")
    with pytest.raises(ConfigError, match=message):
        with_campaign(tmp_path / "people.csv", **choices, folder=tmp_path).read_effects()


def test_a_world_without_a_campaign_or_its_file_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no campaign: give data\.campaign="):
        SyntheticWorld(customers=50, folder=str(tmp_path)).read_effects()
    with pytest.raises(DataError, match=r"data\.campaign: there is no file .*gone\.csv"):
        with_campaign(tmp_path / "gone.csv", folder=tmp_path).read_effects()
