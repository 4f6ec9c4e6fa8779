"""The plan of a campaign: all that is fixed before anybody is contacted, and a digest of it."""

import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd

from segmentlab.campaigns.goals import Goal
from segmentlab.campaigns.groups import (
    CONTACT,
    CONTROL,
    FloatArray,
    IntArray,
    count_control,
    draw_control,
    find_block_size,
    make_blocks,
)
from segmentlab.campaigns.power import Rehearsal, SmallestEffect, find_smallest_effect
from segmentlab.errors import ConfigError, DataError

NAME_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,79}")
PARTS_BY: Final = ("segment", "state")
PLAN_COLUMNS: Final = (
    "customer_id", "segment", "name", "state", "part", "group", "block", "action", "channel", "expected",
    "value",
)  # fmt: skip


@dataclass(frozen=True)
class CampaignRules:
    """What somebody decides about a campaign.

    Attributes:
        name: By which it is measured later.
        goal: Whom it is for, and what is done.
        budget: Money for contacts.
        cost: Of one contact.
        margin: The share of spend that is earned.
        control: The share of people who are left alone.
        days: How long it is waited before it is measured.
        per: What is told apart: segments or states.
        channels: The ways of contact; each has a list of its own.
        seed: Of the draw of the control group.
    """

    name: str
    goal: Goal
    budget: float
    cost: float
    margin: float = 1.0
    control: float = 0.2
    days: int = 60
    per: str = "segment"
    channels: Sequence[str] = ("email",)
    seed: int = 0

    def __post_init__(self) -> None:
        self._check_names()
        if not (math.isfinite(self.cost) and self.cost >= 0):
            raise ConfigError(f"cost={self.cost}: write what one contact costs, 0 or more, as in 0.5.")
        if not (math.isfinite(self.budget) and self.budget > 0):
            raise ConfigError(
                f"budget={self.budget}: write the money that may be spent on contacts, as in 500. With a "
                "budget of nothing nobody is contacted."
            )
        if self.budget < self.cost:
            raise ConfigError(f"budget={self.budget:g} is less than one contact costs (cost={self.cost:g}).")
        if not 0 < self.margin <= 1:
            raise ConfigError(f"margin={self.margin}: write the share of spend that is earned, as in 0.4.")
        if self.days < 1:
            raise ConfigError(f"days={self.days}: write 1 day or more.")
        find_block_size(self.control)  # refuses what is no share

    def _check_names(self) -> None:
        if not NAME_FORM.fullmatch(self.name):
            raise ConfigError(
                f"name={self.name}: write letters, digits, _ and -, at most 80, as in name=spring_2011."
            )
        if self.per not in PARTS_BY:
            raise ConfigError(f"per={self.per}: write {' or '.join(PARTS_BY)}.")
        bad = [one for one in self.channels if not NAME_FORM.fullmatch(one)]
        if bad or not self.channels or len(set(self.channels)) < len(self.channels):
            raise ConfigError(
                f"channels={list(self.channels)}: write one name or several, each once, of letters, digits, "
                "_ and -, as in [email,post]: each names a file."
            )

    @property
    def most_contacts(self) -> int | None:
        """How many contacts the budget pays for; None where they cost nothing."""
        return math.floor(round(self.budget / self.cost, 9)) if self.cost else None


@dataclass(frozen=True)
class CampaignPlan:
    """Who is contacted, who is not, and what was fixed beforehand.

    Attributes:
        rules: What was decided.
        start: The day as of which people were chosen; what they do from it on counts.
        people: A row for each, in the order of their ids: `PLAN_COLUMNS`. `group` is contact or control,
            `block` -1 where nobody can be compared with them, and `value` what a contact is expected to earn
            if the goal's plausible effect is true.
        rehearsal: What people like these did in an earlier window, and the cap.
        smallest: The smallest effect that can be seen; None without a control group.
        counts: Of whom the goal is about, who is left out and why.
    """

    rules: CampaignRules
    start: date
    people: pd.DataFrame
    rehearsal: Rehearsal
    smallest: SmallestEffect | None
    counts: Mapping[str, int]

    @property
    def end(self) -> date:
        """The first day that does not count any more."""
        return self.start + timedelta(days=self.rules.days)

    @property
    def contacts(self) -> int:
        """How many are contacted."""
        return int((self.people["group"] == CONTACT).sum())

    def tell(self, **beside: object) -> dict[str, Any]:
        """What is fixed, as it is written into plan.json: no clock, so the same plan has the same facts.

        Args:
            **beside: What else belongs to it, such as the address of the model.
        """
        rules = asdict(self.rules)
        chosen = self.people[["customer_id", "group", "part", "block", "channel"]]
        when = {quantity: list(bound) for quantity, bound in self.rules.goal.when.items()}
        facts: dict[str, Any] = {
            **beside,
            **rules,
            "goal": {**rules["goal"], "when": when},
            "channels": list(self.rules.channels),
            "start": self.start.isoformat(),
            "end": self.end.isoformat(),
            "cap": round(self.rehearsal.cap, 6),
            "rehearsed_on": self.rehearsal.people,
            "smallest_effect": None if self.smallest is None else _round_all(asdict(self.smallest)),
            "contacts": self.contacts,
            "controls": len(self.people) - self.contacts,
            "blocks": int(self.people["block"].max()) + 1,
            "people_sha256": hashlib.sha256(chosen.to_csv(index=False).encode()).hexdigest(),
        }  # fmt: skip
        written = json.dumps(facts, sort_keys=True)
        return {**facts, "digest": hashlib.sha256(written.encode()).hexdigest()}

    def list_parts(self) -> pd.DataFrame:
        """A row for each part: people, contacts, controls, what is expected, cost, and what can be seen."""
        rows = []
        for part, own in self.people.groupby("part", sort=False):
            control, blocks = (own["group"] == CONTROL).to_numpy(), own["block"].to_numpy(dtype=np.int64)
            smallest = find_smallest_effect(
                self.rehearsal, own["expected"].to_numpy(dtype=np.float64), control, blocks
            )
            rows.append(
                {
                    "part": part,
                    "people": len(own),
                    "contacts": int((~control).sum()),
                    "controls": int(control.sum()),
                    "expected": own["expected"].mean(),
                    "value": own.loc[~control, "value"].sum(),
                    "cost": float((~control).sum()) * self.rules.cost,
                    "smallest_effect": np.nan if smallest is None else smallest.share,
                }
            )
        return pd.DataFrame(rows).sort_values("value", ascending=False, kind="stable", ignore_index=True)


def plan_campaign(
    rules: CampaignRules, customers: pd.DataFrame, rehearsal: Rehearsal, start: date, taken: pd.Index
) -> CampaignPlan:
    """Choose who is worth a contact, as far as the budget goes, and who of them is left alone.

    Args:
        rules: What was decided.
        customers: Of whom the goal is about, each once: `customer_id`, `segment`, `name`, `state`,
            `expected` (spend in the days of the campaign) and `channel`.
        rehearsal: What such people did before.
        start: The day.
        taken: The customers of other campaigns that run in these days.

    Raises:
        DataError: Nobody is left, or nobody is worth what a contact costs.
    """
    free = customers[~customers["customer_id"].isin(taken)].sort_values("customer_id", ignore_index=True)
    value = rules.margin * rules.goal.plausible * free["expected"] - rules.cost
    worth = free.assign(value=value)[value > 0]
    _refuse_empty(rules, customers, free, worth)
    # Who brings most comes first; of equals the earlier id.
    ranked = worth.sort_values(["value", "customer_id"], ascending=[False, True], kind="stable")
    chosen, blocks = _choose_people(rules, ranked)
    control = draw_control(blocks, rules.control, rules.seed)
    people = chosen.assign(group=np.where(control, CONTROL, CONTACT), block=blocks, action=rules.goal.action)
    index = people["expected"].to_numpy(dtype=np.float64)
    counts = {
        "fitting": len(customers),
        "in_other_campaigns": len(customers) - len(free),
        "not_worth_a_contact": len(free) - len(worth),
        "beyond_budget": len(worth) - len(people),
    }
    smallest = find_smallest_effect(rehearsal, index, control, blocks)
    return CampaignPlan(rules, start, people[list(PLAN_COLUMNS)], rehearsal, smallest, counts)


def _choose_people(rules: CampaignRules, ranked: pd.DataFrame) -> tuple[pd.DataFrame, IntArray]:
    """The first so many, in the order of their ids, whose contacts the budget pays; their parts and blocks.

    Small parts have no control group and cost more contacts, so it is tried with fewer until it fits.
    """
    most = rules.most_contacts
    count = len(ranked) if most is None else min(len(ranked), math.floor(most / (1 - rules.control) + 1e-9))
    while True:
        chosen = name_parts(ranked.head(count), rules.per).sort_values("customer_id", ignore_index=True)
        parts = pd.factorize(chosen["part"], sort=True)[0].astype(np.int64)
        index: FloatArray = chosen["expected"].to_numpy(dtype=np.float64)
        blocks = make_blocks(parts, index, rules.control)
        contacts = count - int(count_control(blocks, rules.control).sum())
        if most is None or contacts <= most:
            return chosen, blocks
        count -= contacts - most


def name_parts(people: pd.DataFrame, per: str) -> pd.DataFrame:
    """The people with the part that each is in, as it is told: a segment by number and name, or a state."""
    if per == "state":
        return people.assign(part=people["state"].replace("", "no state"))
    return people.assign(part=people["segment"].astype(str) + " " + people["name"])


def _refuse_empty(
    rules: CampaignRules, customers: pd.DataFrame, free: pd.DataFrame, worth: pd.DataFrame
) -> None:
    if free.empty:
        raise DataError(
            f"name={rules.name}: all {len(customers):,} customers whom goal={rules.goal.name} is about are "
            "in other campaigns of these days. Wait until these end, or choose another goal."
        )
    if worth.empty:
        best = rules.margin * rules.goal.plausible * free["expected"].max()
        raise DataError(
            f"name={rules.name}: nobody is worth a contact. At most {best:.2f} is expected to be earned of "
            f"one (margin * goal.plausible * what they will spend), and it costs {rules.cost:g}. Look at "
            "cost=, margin= and goal.plausible=."
        )


def _round_all(values: Mapping[str, float]) -> dict[str, float | None]:
    """What plan.json says of them: JSON has no infinity."""
    return {key: round(value, 6) if math.isfinite(value) else None for key, value in values.items()}
