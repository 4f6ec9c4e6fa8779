"""What came of a campaign: uplift of each part, what it earned, and whether that may be believed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pandas as pd

from segmentlab.campaigns.contacted import Reached, check_groups, find_reached
from segmentlab.campaigns.earnings import choose_parts, list_earnings
from segmentlab.campaigns.groups import CONTACT, CONTROL, NO_BLOCK
from segmentlab.campaigns.uplift import (
    ALL_PARTS,
    LESS,
    MORE,
    NO_CLAIM,
    Weights,
    join_thin_blocks,
    measure_uplift,
)
from segmentlab.errors import DataError

ORDERS, CAPPED_SPEND, RAW_SPEND = "orders", "capped_spend", "raw_spend"
RAW_DOUBT: Final = "a few customers decide it"
OTHERS_BEFORE: Final = 3.3  # standard errors: of a thousand fair draws one is as far apart before


@dataclass(frozen=True)
class CampaignResult:
    """The answer, and the tables behind it.

    Attributes:
        uplift: A row for each part and outcome, those of all first, as `measure_uplift` gives them.
        before: The same of the window before, in which nothing had been done yet.
        earnings: What each part earned, by capped spend.
        choice: What a choice of parts would have earned.
        reached: Who really was contacted; None where nobody said.
        notes: What has to be known before anything of it is believed.
    """

    uplift: pd.DataFrame
    before: pd.DataFrame
    earnings: pd.DataFrame
    choice: Mapping[str, float]
    reached: Reached | None
    notes: tuple[str, ...]

    def find_row(self, outcome: str = CAPPED_SPEND, part: str = ALL_PARTS) -> pd.Series:
        """The figures of one part and outcome."""
        rows = self.uplift[(self.uplift["part"] == part) & (self.uplift["outcome"] == outcome)]
        return rows.iloc[0]

    @property
    def answer(self) -> str:
        """What the campaign brought, in one sentence."""
        row = self.find_row()
        if row["doubt"]:
            return f"Nothing is claimed of this campaign: {row['doubt']}."
        told = (
            f"Per contact {row['difference']:+,.2f} of capped spend ({row['low']:+,.2f} to "
            f"{row['high']:+,.2f}), beside {row['control']:,.2f} without a contact"
        )
        meant = {
            MORE: "The campaign brought more",
            LESS: "The campaign took something away",
            NO_CLAIM: "What it brought can't be told from chance",
        }
        return f"{meant[row['claim']]}. {told}."


def list_outcomes(did: pd.DataFrame, cap: float) -> pd.DataFrame:
    """What is compared: orders, spend between nothing and the cap, and spend as it is."""
    return pd.DataFrame(
        {
            ORDERS: did["orders"].to_numpy(),
            CAPPED_SPEND: did["spend"].clip(0.0, cap).to_numpy(),
            RAW_SPEND: did["spend"].to_numpy(),
        }
    )


def compare_outcomes(
    people: pd.DataFrame, did: pd.DataFrame, cap: float, weights: Weights = "everybody"
) -> pd.DataFrame:
    """The groups by all that is compared. Spend as it is stands beside, and nothing is claimed of it."""
    table = measure_uplift(people, list_outcomes(did, cap), weights)
    raw = (table["outcome"] == RAW_SPEND) & (table["doubt"] == "")
    return table.assign(doubt=table["doubt"].mask(raw, RAW_DOUBT), claim=table["claim"].mask(raw, NO_CLAIM))


def measure_campaign(
    people: pd.DataFrame,
    during: pd.DataFrame,
    before: pd.DataFrame,
    *,
    cap: float,
    cost: float,
    margin: float = 1.0,
    contacted: pd.Series | None = None,
) -> CampaignResult:
    """Compare the groups of a campaign that is over.

    Args:
        people: Of everybody in it, each once: `customer_id`, `group`, `part` and `block`, as planned.
        during: `orders` and `spend` of each in the days of the campaign, in the same order.
        before: The same of as many days before.
        cap: What is counted of somebody's spend, as the plan fixed it.
        cost: Of a contact.
        margin: The share of spend that is earned.
        contacted: The ids of those who really were contacted, where that is known.

    Raises:
        DataError: Somebody is in both groups, or nobody was left alone.

    Example:
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.campaigns import measure_campaign
        >>> number = np.arange(200)
        >>> people = pd.DataFrame({"customer_id": number.astype(str), "block": number // 10, "part": "all"})
        >>> people["group"] = np.where(number % 5 == 0, "control", "contact")
        >>> did = pd.DataFrame({"orders": 1.0, "spend": np.where(number % 5 == 0, 10.0, 13.0) + number % 2})
        >>> measure_campaign(people, did, did * 0, cap=100.0, cost=0.5).answer[:27]
        'The campaign brought more. '
    """
    check_groups(people)
    people = people.reset_index(drop=True)
    people = people.assign(controlled=people["group"] == CONTROL)
    codes = pd.factorize(people["part"], sort=True)[0].astype("int64")
    blocks = people["block"].to_numpy(dtype="int64")
    people["block"] = join_thin_blocks(people["controlled"].to_numpy(dtype=bool), blocks, codes)
    if (people["block"] == NO_BLOCK).all():
        raise DataError(
            "No part of this campaign has two people who were left alone and two who were contacted, so "
            "there is nothing to compare with."
        )
    uplift, earlier = compare_outcomes(people, during, cap), compare_outcomes(people, before, cap)
    contacts = people[~people["controlled"]].groupby("part").size()
    counted = pd.Series({**contacts, ALL_PARTS: int(contacts.sum())})
    capped = uplift[uplift["outcome"] == CAPPED_SPEND].reset_index(drop=True)
    reached = None if contacted is None else find_reached(people, contacted)
    return CampaignResult(
        uplift=uplift,
        before=earlier,
        earnings=list_earnings(capped, counted, cost, margin),
        choice=choose_parts(list_outcomes(during, cap)[CAPPED_SPEND], people, cost, margin),
        reached=reached,
        notes=tuple(_list_notes(people, earlier, reached, capped)),
    )


def _list_notes(
    people: pd.DataFrame, before: pd.DataFrame, reached: Reached | None, capped: pd.DataFrame
) -> Iterator[str]:
    alone = people[people["block"] == NO_BLOCK]
    if len(alone):
        yield (
            f"{len(alone):,} people are in parts that are too small for a control group: they were "
            f"{CONTACT}ed, and nothing is said of them."
        )
    if reached is not None:
        yield reached.describe()
        adjusted = reached.adjust(capped["difference"].iloc[0])
        if adjusted is None:
            yield "Hardly more of the one group than of the other were contacted: no effect can be told."
        elif reached.contacts < 1 or reached.controls > 0:
            yield (
                f"Per person who really was contacted because of the plan that is {adjusted:+,.2f}: it holds "
                "if being on a list does nothing by itself."
            )
    for _, row in before[(before["part"] == ALL_PARTS) & (before["outcome"] != RAW_SPEND)].iterrows():
        if abs(row["difference"]) > OTHERS_BEFORE * row["error"]:
            yield (
                f"The groups differed before already ({row['outcome']}: {row['difference']:+,.2f} per "
                "person): by chance that happens once in a thousand draws. Look whether they are the groups "
                "that were drawn, and whether another campaign reached one of them."
            )
    if len(capped) > 2:
        yield (
            f"There are {len(capped) - 1} parts: of so many intervals some lie beside 0 by chance, so a "
            "claim of one part has to be surer than its interval."
        )
