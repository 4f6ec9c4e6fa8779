"""How far the intervals of a campaign hold: `SEGMENTLAB_DATA=<folder> python -m bench.campaign`.

Real later spend of Online Retail II, groups that were drawn by chance, with no effect and with known ones.
The days of `WORKED_ON` were in sight while the method was chosen; `--holdout` takes others, looked at once.
"""

import argparse
import os
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from bench.value_days import read_days
from segmentlab.campaigns import (
    Rehearsal,
    draw_control,
    find_smallest_effect,
    make_blocks,
    pool_blocks,
    rehearse,
    sum_blocks,
)
from segmentlab.flow import expect_spend
from segmentlab.value import ShopLaws, learn_shop, summarize_days

WORKED_ON: Final = (date(2010, 10, 1), date(2010, 12, 18), date(2011, 2, 12), date(2011, 5, 28))
HELD_OUT: Final = (date(2010, 11, 6), date(2011, 1, 15), date(2011, 3, 26), date(2011, 6, 4))
WINDOWS: Final = (60, 183)  # days
CONTROL: Final = 0.2
EFFECT: Final = 0.2  # of spend, where there is one
MORE_ORDERS: Final = 0.05  # of those who ordered nothing, where orders are brought
OUTCOMES: Final = ("capped", "raw", "orders")
Z: Final = float(stats.norm.ppf(0.975))


class World(NamedTuple):
    """People of a day, what they did after it, and what was fixed before."""

    day: date
    days: int
    index: np.ndarray
    parts: np.ndarray
    spend: np.ndarray
    orders: np.ndarray
    rehearsal: Rehearsal


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--holdout", action="store_true", help="the days that nobody had looked at")
    parser.add_argument("--seeds", type=int, default=400)
    options = parser.parse_args()
    days = read_days(Path(os.environ["SEGMENTLAB_DATA"]))
    for window in WINDOWS:
        worlds = [make_world(days, day, window) for day in (HELD_OUT if options.holdout else WORKED_ON)]
        rows = pd.DataFrame([row for world in worlds for row in try_world(world, options.seeds)])
        print(f"\n{window} days, {len(worlds)} days, {options.seeds} seeds; control group of {CONTROL:.0%}")
        print(rows.groupby(["effect", "outcome", "way"], sort=False).mean().round(3).to_string())
        for world in worlds:
            tell_power(world, options.seeds)


def make_world(days: pd.DataFrame, day: date, window: int) -> World:
    """Everybody who had ordered by a day, in three parts by how often, with the laws of that day."""
    laws = learn_laws(days, day)
    then = day - timedelta(days=window)
    earlier = find_standing(laws, days, then)
    past = sum_window(days, then, window, earlier.index)
    standing = find_standing(laws, days, day)
    later = sum_window(days, day, window, standing.index)
    return World(
        day,
        window,
        expect_spend(laws, standing, window).to_numpy(),
        np.digitize(standing["orders"], [2, 4]).astype(np.int64),
        later["money"].to_numpy(),
        later["bought"].to_numpy(),
        rehearse(expect_spend(laws, earlier, window), past["money"]),
    )


def learn_laws(days: pd.DataFrame, day: date) -> ShopLaws:
    """As a run of that day learns them; gaps are not asked for here."""
    return learn_shop(summarize_days(days, day).assign(second_gap=30.0))


def find_standing(laws: ShopLaws, days: pd.DataFrame, day: date) -> pd.DataFrame:
    """Where everybody stands who had ordered by then."""
    return laws.place(summarize_days(days, day))


def sum_window(days: pd.DataFrame, start: date, window: int, people: pd.Index) -> pd.DataFrame:
    """Spend and orders in a window; 0 of who did nothing."""
    first = pd.Timestamp(start)
    inside = days[(days["day"] >= first) & (days["day"] < first + pd.Timedelta(window, "D"))]
    sums = inside.groupby("customer_id")[["money", "bought"]].sum()
    return sums.reindex(people).fillna(0.0).astype("float64")


def try_world(world: World, seeds: int) -> Iterator[dict[str, object]]:
    """A row for each draw, effect, outcome and way: whether it covered and claimed, and how wide it was."""
    blocks = make_blocks(world.parts, world.index, CONTROL)
    for seed in range(seeds):
        control = draw_control(blocks, CONTROL, seed)
        anyhow = np.random.default_rng(seed).permutation(control)
        for effect, (spend, orders) in make_effects(world, seed).items():
            for outcome in OUTCOMES:
                before, after = list_values(world, outcome, spend, orders)
                truth = float((after - before).mean())
                row = {"effect": effect, "outcome": outcome}
                yield row | {"way": "plain"} | judge_plain(before, after, anyhow, truth)
                values = np.where(control, before, after)
                found = pool_blocks(sum_blocks(pd.Series(values), control, blocks))
                yield row | {"way": "blocks"} | judge(found["low"], found["high"], truth, found["control"])
                if outcome == "capped":
                    yield from judge_parts(world, row, values, control, blocks, after - before)


def make_effects(world: World, seed: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """What people would do if contacted: nothing else, spend more, or some of the silent an order."""
    chance = np.random.default_rng(10_000 + seed)
    wake = (world.orders == 0) & (chance.random(len(world.orders)) < MORE_ORDERS)
    typical = float(np.median(world.spend[world.spend > 0]))
    return {
        "none": (world.spend, world.orders),
        "spend": (world.spend * (1 + EFFECT), world.orders),
        "orders": (world.spend + wake * typical, world.orders + wake),
    }


def list_values(
    world: World, outcome: str, spend: np.ndarray, orders: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """An outcome without a contact, and with one."""
    if outcome == "orders":
        return world.orders, orders
    if outcome == "raw":
        return world.spend, spend
    return tuple(np.clip(values, 0.0, world.rehearsal.cap) for values in (world.spend, spend))


def judge(low: float, high: float, truth: float, base: float) -> dict[str, float]:
    """What an interval did."""
    return {
        "covers": low <= truth <= high,
        "claims_more": low > 0,
        "claims_less": high < 0,
        "half_width": (high - low) / 2 / base,
        "truth": truth / base,
    }


def judge_plain(before: np.ndarray, after: np.ndarray, control: np.ndarray, truth: float) -> dict[str, float]:
    """The difference of means of groups that were drawn without blocks, with its usual interval."""
    contacted, left = after[~control], before[control]
    difference = contacted.mean() - left.mean()
    reach = Z * np.sqrt(contacted.var(ddof=1) / len(contacted) + left.var(ddof=1) / len(left))
    return judge(difference - reach, difference + reach, truth, before.mean())


def judge_parts(
    world: World,
    row: dict[str, str],
    values: np.ndarray,
    control: np.ndarray,
    blocks: np.ndarray,
    gain: np.ndarray,
) -> Iterator[dict[str, object]]:
    """The same within each part."""
    table = sum_blocks(pd.Series(values), control, blocks)
    part_of = pd.Series(world.parts).groupby(blocks).first()
    for part in np.unique(world.parts):
        found = pool_blocks(table[part_of.reindex(table.index) == part])
        truth = float(gain[world.parts == part].mean())
        judged = judge(found["low"], found["high"], truth, found["control"])
        sure = found["p"] * len(set(world.parts)) <= 0.05  # as a claim of one of several parts has to be
        claims = {name: judged[name] and sure for name in ("claims_more", "claims_less")}
        yield row | {"way": "a part"} | judged | claims


def tell_power(world: World, seeds: int) -> None:
    """Whether the smallest effect, told before, is seen four times in five."""
    blocks = make_blocks(world.parts, world.index, CONTROL)
    control = draw_control(blocks, CONTROL, 0)
    smallest = find_smallest_effect(world.rehearsal, world.index, control, blocks)
    assert smallest is not None
    capped = np.clip(world.spend, 0.0, world.rehearsal.cap)
    seen = []
    for seed in range(seeds):
        control = draw_control(blocks, CONTROL, seed)
        values = pd.Series(np.where(control, capped, capped * (1 + smallest.share)))
        seen.append(pool_blocks(sum_blocks(values, control, blocks))["low"] > 0)
    at_5000 = smallest.share * np.sqrt(len(capped) / 5_000)
    print(
        f"{world.day}: {len(capped):,} people, {np.mean(world.spend <= 0):.0%} spent nothing; cap "
        f"{world.rehearsal.cap:,.0f}; smallest effect {smallest.share:.1%} ({at_5000:.1%} at 5,000), "
        f"seen in {np.mean(seen):.0%}"
    )


if __name__ == "__main__":
    main()
