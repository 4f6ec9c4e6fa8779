"""Uplift: what people who were contacted did more than those who were left alone, block by block.

Later spend is mostly nothing, and the rest is in few hands. So it is capped where the plan said, compared
within blocks of people of whom as much was expected, and these differences are pooled. Each group of a block
has a spread of its own, for an effect changes it: two people say little of it, but hundreds of blocks do.
"""

from typing import Final, Literal

import numpy as np
import pandas as pd
from scipy import stats

from segmentlab.campaigns.groups import LEAST_OF_GROUP, NO_BLOCK, BoolArray, IntArray

ALL_PARTS: Final = "all"
LEVEL: Final = 0.95
MORE, LESS, NO_CLAIM = "more", "less", ""
LEAST_IN_GROUP: Final = 10  # people of the smaller one: of fewer no interval is to be believed
LEAST_BUYERS: Final = 10  # people who ordered at all, of both groups

Weights = Literal["everybody", "contacts"]


def sum_blocks(values: pd.Series, control: BoolArray, blocks: IntArray) -> pd.DataFrame:
    """What each group of a block did on the mean, and how far chance moves their difference.

    Returns:
        By block `contacts`, `controls`, `contact` and `control` (means), and `variance`, of their difference.
    """
    inside = blocks != NO_BLOCK
    number, own, values_in = blocks[inside], control[inside], values.to_numpy(dtype=np.float64)[inside]
    count = int(number.max()) + 1 if len(number) else 0
    group = 2 * number + own
    people = np.bincount(group, minlength=2 * count).astype(np.float64)
    with np.errstate(invalid="ignore"):  # of a number that no block has
        means = np.bincount(group, values_in, minlength=2 * count) / people
    squares = np.bincount(group, (values_in - means[group]) ** 2, minlength=2 * count)
    variances = squares / np.maximum(people - 1, 1) / np.maximum(people, 1)
    table = pd.DataFrame(
        {
            "contacts": people[::2],
            "controls": people[1::2],
            "contact": means[::2],
            "control": means[1::2],
            "variance": variances[::2] + variances[1::2],
        }
    )
    return table[table["contacts"] + table["controls"] > 0]


def pool_blocks(table: pd.DataFrame, weights: Weights = "everybody") -> dict[str, float]:
    """The difference of the groups over blocks, with its interval.

    Args:
        table: As `sum_blocks` gives it.
        weights: Whom the mean is of: everybody in the blocks, or those who were contacted.

    Returns:
        `contact` and `control`, the means; `difference`, and the ends of its 95 % interval, `low` and `high`;
        `error`, its standard error; and `p`, how often chance alone takes them as far apart. All are missing
        where there is no block.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.campaigns import pool_blocks, sum_blocks
        >>> spend, blocks = pd.Series([3.0, 5.0, 1.0, 1.0, 9.0, 9.0, 5.0, 7.0]), np.repeat([0, 1], 4)
        >>> control = np.tile([False, False, True, True], 2)
        >>> pool_blocks(sum_blocks(spend, control, blocks))["difference"]
        3.0
    """
    if table.empty:
        return dict.fromkeys(("contact", "control", "difference", "low", "high", "error", "p"), np.nan)
    people = table["contacts"] + table["controls"]
    of = people if weights == "everybody" else table["contacts"]
    share = of / of.sum()
    error = float(np.sqrt((share**2 * table["variance"]).sum()))
    # What the smaller group knows of its spread. The degrees of Welch, block by block, are far too few.
    degrees = int(min((table[name] - 1).sum() for name in ("contacts", "controls")))
    reach = float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * error
    contact, control = float((share * table["contact"]).sum()), float((share * table["control"]).sum())
    difference = contact - control
    return {
        "contact": contact,
        "control": control,
        "difference": difference,
        "low": difference - reach,
        "high": difference + reach,
        "error": error,
        "p": float(2 * stats.t.sf(abs(difference) / error, degrees)) if error else float(difference == 0),
    }


def measure_uplift(
    people: pd.DataFrame, outcomes: pd.DataFrame, weights: Weights = "everybody"
) -> pd.DataFrame:
    """Compare the groups of a campaign, over all and part by part.

    Args:
        people: A row for each of `part`, `block` and `controlled`: whether they were left alone.
        outcomes: A column for each thing that is compared, of the same people, with `orders` among them.
        weights: Whom the means are of.

    Returns:
        A row for each part and outcome, those of all first, and alone where there is one part: `part`,
        `outcome`, `contacts` and `controls`, what `pool_blocks` tells; `doubt`: why nothing is claimed of it,
        or an empty text; and `claim`: more, less, or nothing. The more parts there are, the surer a claim of
        one of them has to be: of all of them together one in twenty is wrong where nothing has an effect.
    """
    control, blocks = people["controlled"].to_numpy(dtype=bool), people["block"].to_numpy(dtype=np.int64)
    part_of = people[blocks != NO_BLOCK].groupby("block")["part"].first()
    every = sorted(people["part"].unique(), key=_sort_part)
    tables = {str(outcome): sum_blocks(outcomes[outcome], control, blocks) for outcome in outcomes}
    rows = []
    for part in [ALL_PARTS, *(every if len(every) > 1 else [])]:
        for outcome, table in tables.items():
            own = table if part == ALL_PARTS else table[part_of.reindex(table.index) == part]
            rows.append({"part": part, "outcome": outcome, **_count(own), **pool_blocks(own, weights)})
    found = pd.DataFrame(rows)
    bought = people.assign(bought=outcomes["orders"].to_numpy() > 0)[blocks != NO_BLOCK]
    buyers = {**bought.groupby("part")["bought"].sum(), ALL_PARTS: bought["bought"].sum()}
    found["doubt"] = [
        find_doubt(int(fewest), int(buyers.get(part, 0)))
        for part, fewest in zip(found["part"], found[["contacts", "controls"]].min(axis=1), strict=True)
    ]
    parts = np.where(found["part"] == ALL_PARTS, 1, len(every))
    sure = (found["p"] * parts <= 1 - LEVEL) & (found["doubt"] == "")
    found["claim"] = np.where(sure, np.where(found["difference"] > 0, MORE, LESS), NO_CLAIM)
    return found


def find_doubt(fewest: int, buyers: int) -> str:
    """Why nothing is claimed: of so few people in the smaller group, or so few who ordered at all."""
    if not fewest:
        return "too few people for a control group"
    if fewest < LEAST_IN_GROUP:
        return f"{fewest} people in the smaller group, and {LEAST_IN_GROUP} are needed for a claim"
    if buyers < LEAST_BUYERS:
        return f"{buyers} people ordered, and {LEAST_BUYERS} are needed for a claim"
    return ""


def join_thin_blocks(control: BoolArray, blocks: IntArray, parts: IntArray) -> IntArray:
    """Join blocks that lack people of a group with their neighbour in the same part.

    Blocks are numbered so that neighbours are alike. A part without two of each group has no block.
    """
    sums = pd.DataFrame({"block": blocks, "part": parts, "controlled": control})
    sums = sums[blocks != NO_BLOCK].groupby("block").agg(
        part=("part", "first"), people=("controlled", "size"), controls=("controlled", "sum")
    )  # fmt: skip
    joined: dict[int, int] = {}
    for _, own in sums.groupby("part"):
        last, open_ones = NO_BLOCK, []
        contacts = controls = 0
        for block, people, few in zip(own.index, own["people"], own["controls"], strict=True):
            open_ones.append(int(block))
            contacts, controls = contacts + people - few, controls + few
            if min(contacts, controls) >= LEAST_OF_GROUP:
                last = open_ones[0]
                joined |= dict.fromkeys(open_ones, last)
                open_ones, contacts, controls = [], 0, 0
        joined |= dict.fromkeys(open_ones, last)
    numbers = pd.Series(blocks).map({NO_BLOCK: NO_BLOCK, **joined})
    return np.asarray(numbers, dtype=np.int64)


def _sort_part(part: str) -> tuple[int, str]:
    """Segments by their number, states by their name."""
    number = part.split(" ", 1)[0].removeprefix("-")
    return (int(number) if number.isdecimal() else 0, part)


def _count(table: pd.DataFrame) -> dict[str, int]:
    return {name: int(table[name].sum()) for name in ("contacts", "controls")}
