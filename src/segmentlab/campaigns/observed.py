"""Comparisons without chance: people who took something, against others of whom as much was expected.

Nobody drew who takes a coupon. Who means to buy takes it, so a difference after it may have been there
before. What is known is taken out, what is left is shown, and the word observational stands everywhere.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.campaigns.groups import CONTROL, NO_BLOCK
from segmentlab.campaigns.measure import CAPPED_SPEND, compare_outcomes
from segmentlab.campaigns.uplift import join_thin_blocks, pool_blocks, sum_blocks
from segmentlab.errors import DataError

ANSWER_START: Final = "Observational, so no proof of an effect"
FINE_BLOCK: Final = 4  # people, before blocks without both kinds join their neighbours
LEAST_TAKERS: Final = 20
REASONS_FOR_DOUBT: Final = (
    "Nobody drew at random who took it: people choose, and who means to buy anyway chooses oftener.",
    "People are compared within blocks of like expected spend of one part. What is not in the log, such as "
    "an intention or a need, can't be taken out.",
    "Whoever took it may be those who were asked, and who was asked may have been chosen for their value.",
)


@dataclass(frozen=True)
class ObservedComparison:
    """What takers did beside others, and what speaks against believing it.

    Attributes:
        uplift: As `measure_uplift` gives it; means are of takers.
        placebo: The same of the window before, when nobody had taken it.
        balance: How alike both were before, as `balance_groups` gives it.
        notes: What has to be known of it.
    """

    uplift: pd.DataFrame
    placebo: pd.DataFrame
    balance: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def answer(self) -> str:
        """The difference in one sentence that nobody can take for an effect."""
        row = self.uplift[self.uplift["outcome"] == CAPPED_SPEND].iloc[0]
        before = self.placebo[self.placebo["outcome"] == CAPPED_SPEND].iloc[0]
        told = (
            f"{ANSWER_START}: who took it spent {row['difference']:+,.2f} (capped) against others of whom as "
            f"much was expected ({row['low']:+,.2f} to {row['high']:+,.2f}). "
        )
        if before["claim"]:
            return told + (
                f"In the days before, when nobody had taken it, they differed as well "
                f"({before['difference']:+,.2f}): the people differ, and this comparison can't be believed."
            )
        return told + f"In the days before they differed by {before['difference']:+,.2f}, within chance."


def compare_takers(
    people: pd.DataFrame,
    during: pd.DataFrame,
    earlier: pd.DataFrame,
    before: pd.DataFrame,
    facts: pd.DataFrame,
    cap: float,
) -> ObservedComparison:
    """Compare people who took something with others of whom as much was expected.

    Args:
        people: Of everybody known on the first day: `part`, `expected` and `taker`.
        during: `orders` and `spend` of each from that day on, in the same order.
        earlier: Of everybody known one window before: `part`, `expected` on that day, and `taker`.
        before: What each of these did in that window.
        facts: What was known of `people` on the first day: a column for each thing.
        cap: What is counted of somebody's spend.
    """
    blocked = block_takers(people.reset_index(drop=True))
    uplift = compare_outcomes(blocked, during, cap, "contacts")
    past = block_takers(earlier.reset_index(drop=True))
    placebo = compare_outcomes(past, before, cap, "contacts")
    notes: tuple[str, ...] = ()
    alone = blocked[(blocked["block"] == NO_BLOCK) & blocked["taker"]]
    if len(alone):
        notes = (f"{len(alone):,} takers have nobody like them among the others, and are left out.",)
    return ObservedComparison(uplift, placebo, balance_groups(blocked, facts), notes)


def block_takers(people: pd.DataFrame) -> pd.DataFrame:
    """Put takers beside others of whom as much was expected.

    Args:
        people: `part`, `expected` and `taker` of each.

    Returns:
        The same with `group`, `controlled` and `block`; -1 where nobody of the other kind is alike.

    Raises:
        DataError: There are too few takers, or nobody else.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.campaigns import block_takers
        >>> people = pd.DataFrame({"expected": np.arange(80.0), "taker": [True, False] * 40, "part": "all"})
        >>> int(block_takers(people)["block"].nunique())
        20
    """
    takers = int(people["taker"].sum())
    if takers < LEAST_TAKERS or len(people) - takers < LEAST_TAKERS:
        raise DataError(
            f"{takers:,} of {len(people):,} customers who were known before took it: {LEAST_TAKERS} takers "
            f"and {LEAST_TAKERS} others are needed. Look at compare= and since=."
        )
    parts = pd.factorize(people["part"], sort=True)[0].astype(np.int64)
    order = np.lexsort((-people["expected"].to_numpy(dtype=np.float64), parts))
    own = parts[order]
    inside = np.arange(len(order)) - np.searchsorted(own, own)
    starts = (inside % FINE_BLOCK == 0).cumsum() - 1
    blocks = np.empty(len(order), dtype=np.int64)
    blocks[order] = starts
    controlled = ~people["taker"].to_numpy(dtype=bool)
    blocks = join_thin_blocks(controlled, blocks, parts)
    if (blocks == NO_BLOCK).all():
        raise DataError("No part has two takers and two others, so nobody can be compared. Look at compare=.")
    return people.assign(controlled=controlled, block=blocks, group=np.where(controlled, CONTROL, "taker"))


def balance_groups(people: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """How alike the groups were before, plainly and within blocks, in standard deviations.

    Args:
        people: `block` and `controlled` of each.
        facts: What is known of each from before: a column for each thing.

    Returns:
        By fact `contact` and `control` (means), `plain` and `within_blocks`.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.campaigns import balance_groups
        >>> people = pd.DataFrame({"block": 0, "controlled": [False, False, True, True]})
        >>> balance_groups(people, pd.DataFrame({"orders": [3.0, 5.0, 1.0, 3.0]}))["plain"].round(2).tolist()
        [1.22]
    """
    control = people["controlled"].to_numpy(dtype=bool)
    blocks = people["block"].to_numpy(dtype=np.int64)
    rows = []
    for fact in facts:
        values = facts[fact].astype("float64").reset_index(drop=True)
        spread = float(values.std())
        plain = float(values[~control].mean() - values[control].mean())
        pooled = pool_blocks(sum_blocks(values, control, blocks), "contacts")["difference"]
        rows.append(
            {
                "fact": fact,
                "contact": float(values[~control].mean()),
                "control": float(values[control].mean()),
                "plain": plain / spread if spread else 0.0,
                "within_blocks": pooled / spread if spread else 0.0,
            }
        )
    return pd.DataFrame(rows)
