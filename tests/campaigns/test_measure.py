"""What a campaign brought: by hand, by many draws, and where the lists are not what they were."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.campaigns import (
    ALL_PARTS,
    CAPPED_SPEND,
    RAW_SPEND,
    CampaignResult,
    check_groups,
    choose_parts,
    draw_control,
    find_reached,
    join_thin_blocks,
    make_blocks,
    measure_campaign,
    pool_blocks,
    sum_blocks,
)
from segmentlab.errors import DataError

CAP, COST = 200.0, 0.5


def make_campaign(effect: float = 0.0, seed: int = 0, count: int = 600) -> tuple[pd.DataFrame, pd.DataFrame]:
    """People in two parts, and what they did: half of them nothing, a few very much."""
    chance = np.random.default_rng(seed)
    parts = np.arange(count) % 2
    index = chance.gamma(0.5, 100, count)
    blocks = make_blocks(parts, index, 0.2)
    control = draw_control(blocks, 0.2, seed)
    people = pd.DataFrame(
        {
            "customer_id": np.arange(count).astype(str),
            "part": np.array(["0 Best", "1 Rest"])[parts],
            "group": np.where(control, "control", "contact"),
            "block": blocks,
        }
    )
    buys = chance.random(count) < 0.5
    spend = index * chance.lognormal(0, 0.7, count) * buys
    spend = np.where(control | (parts == 1), spend, spend + effect)
    return people, pd.DataFrame({"orders": buys * 1.0, "spend": spend})


def measure(effect: float = 0.0, seed: int = 0, **more: object) -> CampaignResult:
    people, did = make_campaign(effect, seed)
    return measure_campaign(people, did, did * 0, cap=CAP, cost=COST, **more)  # type: ignore[arg-type]


def test_differences_within_blocks_are_pooled_by_their_size() -> None:
    """Two blocks of four and of six, by hand."""
    spend = pd.Series([10.0, 12.0, 4.0, 6.0, 1.0, 3.0, 5.0, 3.0, 0.0, 2.0])
    control = np.array([0, 0, 1, 1, 0, 0, 0, 0, 1, 1], dtype=bool)
    blocks = np.array([0] * 4 + [1] * 6)
    table = sum_blocks(spend, control, blocks)
    assert table["contact"].tolist() == [11.0, 3.0]
    assert table["control"].tolist() == [5.0, 1.0]
    assert table["variance"].tolist() == [2 / 2 + 2 / 2, 8 / 3 / 4 + 2 / 2]
    found = pool_blocks(table)
    assert found["difference"] == pytest.approx(0.4 * 6 + 0.6 * 2)
    assert found["error"] == pytest.approx(np.sqrt(0.16 * 2 + 0.36 * (8 / 12 + 1)))
    of_contacts = pool_blocks(table, "contacts")["difference"]
    assert of_contacts == pytest.approx((2 * 6 + 4 * 2) / 6)


def test_intervals_cover_what_is_true_and_claim_little_where_nothing_is() -> None:
    """The bench has the figures on real spend; this is the guard that sees a wrong sign or a lost root."""
    rows = []
    for seed in range(300):
        people, did = make_campaign(seed=seed)
        control, blocks = (people["group"] == "control").to_numpy(), people["block"].to_numpy()
        rows.append(pool_blocks(sum_blocks(did["spend"].clip(upper=CAP), control, blocks)))
    covers = np.mean([row["low"] <= 0 <= row["high"] for row in rows])
    assert 0.9 <= covers <= 0.985
    assert np.mean([row["low"] > 0 for row in rows]) <= 0.07


def test_an_effect_is_found_in_the_part_where_it_is() -> None:
    result = measure(effect=60.0)
    best, rest = (result.find_row(part=part) for part in ("0 Best", "1 Rest"))
    assert best["low"] > 0
    assert rest["low"] < 0 < rest["high"]
    assert result.answer.startswith("The campaign brought more")
    assert result.find_row()["difference"] == pytest.approx((best["difference"] + rest["difference"]) / 2)
    raw = result.find_row(RAW_SPEND)
    assert raw["doubt"], "nothing is claimed of spend as it is"
    earned = result.earnings.set_index("part")
    assert earned.loc["0 Best", "per_contact"] == pytest.approx(best["difference"] - COST)
    assert earned.loc[ALL_PARTS, "contacts"] == 480


def test_nothing_is_counted_above_the_cap() -> None:
    people, did = make_campaign()
    rich = did.assign(spend=did["spend"].where(did.index != 7, 1e9))
    result = measure_campaign(people, rich, did, cap=CAP, cost=COST)
    assert abs(result.find_row()["difference"]) < CAP
    assert abs(result.find_row(RAW_SPEND)["difference"]) > 1e5


def test_a_choice_of_parts_by_halves_promises_less_than_hindsight() -> None:
    """Without any effect each choice of the best is luck: on the mean halves promise less than nothing."""
    gains = []
    for seed in range(60):
        people, did = make_campaign(seed=seed)
        people["controlled"] = people["group"] == "control"
        gains.append(choose_parts(did["spend"].clip(upper=CAP), people, COST, 1.0))
    chosen, hindsight = (np.mean([gain[key] for gain in gains]) for key in ("chosen", "in_hindsight"))
    assert hindsight > 500
    assert chosen < hindsight / 3


def test_groups_that_differed_before_are_told() -> None:
    people, did = make_campaign()
    spoilt = did.assign(spend=did["spend"] + 80 * (people["group"] == "contact"))
    result = measure_campaign(people, did, spoilt, cap=CAP, cost=COST)
    assert any("differed before already" in note for note in result.notes)
    assert not any("differed before already" in note for note in measure().notes)


def test_who_really_was_contacted_is_told_and_adjusted_for() -> None:
    people, _ = make_campaign()
    contacts = people.loc[people["group"] == "contact", "customer_id"]
    half = contacts.iloc[::2]
    result = measure(effect=60.0, contacted=half)
    assert result.reached is not None
    assert result.reached.contacts == pytest.approx(0.5)
    adjusted = result.reached.adjust(3.0)
    assert adjusted == pytest.approx(6.0)
    assert any("Per person who really was contacted" in note for note in result.notes)


def test_a_contaminated_control_group_is_told() -> None:
    people, _ = make_campaign()
    result = measure(contacted=people["customer_id"])
    assert result.reached is not None
    assert result.reached.is_contaminated
    assert result.reached.adjust(3.0) is None
    assert any("contaminated" in note for note in result.notes)
    assert any("no effect can be told" in note for note in result.notes)
    assert find_reached(people, pd.Series(["nobody"])).others == 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"customer_id": ["1", "1", "2"]}, "in both groups, such as 1"),
        ({"group": ["contact", "contact", "treated"]}, "group has treated"),
        ({"group": ["contact", "control", "control"], "customer_id": ["1", "2", "2"]}, "more than once"),
    ],
)
def test_lists_that_contradict_themselves_are_refused(change: dict[str, list[str]], message: str) -> None:
    people = pd.DataFrame({"customer_id": ["1", "2", "3"], "group": ["contact", "control", "control"]})
    with pytest.raises(DataError, match=message):
        check_groups(people.assign(**change))
    with pytest.raises(DataError, match="it lacks group"):
        check_groups(people[["customer_id"]])


def test_too_few_people_or_buyers_claim_nothing() -> None:
    people, did = make_campaign(effect=60.0)
    few = people.index < 60
    small = measure_campaign(people[few], did[few], did[few] * 0, cap=CAP, cost=COST)
    assert "are needed for a claim" in small.find_row(part="0 Best")["doubt"]
    silent = measure_campaign(people, did * 0, did * 0, cap=CAP, cost=COST)
    assert "0 people ordered" in silent.answer
    alone = people[few].assign(block=-1)
    with pytest.raises(DataError, match="nothing to compare with"):
        measure_campaign(alone, did[few], did[few], cap=CAP, cost=COST)


def test_a_small_part_without_a_control_group_is_kept_and_nothing_is_said_of_it() -> None:
    people, did = make_campaign()
    people.loc[:2, ["part", "block", "group"]] = ["7 Tiny", -1, "contact"]
    result = measure_campaign(people, did, did * 0, cap=CAP, cost=COST)
    row = result.find_row(part="7 Tiny")
    assert row["doubt"] == "too few people for a control group"
    assert np.isnan(row["difference"])
    assert any("3 people are in parts that are too small" in note for note in result.notes)
    assert result.earnings.set_index("part").loc["7 Tiny", "contacts"] == 3


def test_blocks_that_lost_people_join_their_neighbours_of_the_same_part() -> None:
    """A customer was forgotten: the second block has one person of its control group left."""
    blocks = np.repeat([0, 1, 2, 3], 4)
    control = np.array([0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 1, 0, 0, 0, 0], dtype=bool)
    parts = np.repeat([0, 0, 0, 1], 4)
    assert join_thin_blocks(control, blocks, parts).tolist() == [0] * 4 + [1] * 8 + [-1] * 4
    last = join_thin_blocks(control[:8], blocks[:8], parts[:8])
    assert last.tolist() == [0] * 8


def test_outcomes_and_parts_have_their_rows_in_order() -> None:
    table = measure().uplift
    assert table["part"].tolist() == [ALL_PARTS] * 3 + ["0 Best"] * 3 + ["1 Rest"] * 3
    assert table["outcome"].tolist()[:3] == ["orders", CAPPED_SPEND, RAW_SPEND]
