"""Who really was contacted: what a campaign was told to do, and what happened."""

from dataclasses import dataclass
from typing import Final

import pandas as pd

from segmentlab.campaigns.groups import CONTACT, CONTROL
from segmentlab.errors import DataError

MOST_CONTAMINATED: Final = 0.02  # of a control group: more of it takes something away from any effect
LEAST_GAP: Final = 0.3  # between the shares that were reached: below it an effect of contact is all noise
SHOWN_IDS: Final = 5


def check_groups(people: pd.DataFrame) -> None:
    """Refuse a list with people of neither group, or of both.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.campaigns import check_groups
        >>> check_groups(pd.DataFrame({"customer_id": ["a", "b"], "group": ["contact", "control"]}))
    """
    if missing := {"customer_id", "group"} - set(people):
        raise DataError(
            f"A list of a campaign has a row per customer with customer_id and group; it lacks "
            f"{', '.join(sorted(missing))}."
        )
    if unknown := sorted(set(people["group"].astype(str)) - {CONTACT, CONTROL}):
        raise DataError(
            f"group has {', '.join(unknown[:SHOWN_IDS])}: write {CONTACT} or {CONTROL} for each customer."
        )
    groups = people.groupby("customer_id")["group"].nunique()
    both = groups[groups > 1].index.astype(str).tolist()
    if both:
        raise DataError(
            f"{len(both):,} customers are in both groups, such as {', '.join(both[:SHOWN_IDS])}: nobody "
            "knows which of them were left alone. Correct the list, each customer once."
        )
    if repeated := int(people["customer_id"].duplicated().sum()):
        raise DataError(f"{repeated:,} customers stand in the list more than once. Write each once.")


@dataclass(frozen=True)
class Reached:
    """How many of each group really were contacted.

    Attributes:
        contacts: The share of those who should have been.
        controls: The share of those who should not.
        others: People who were contacted and are in neither group.
    """

    contacts: float
    controls: float
    others: int

    @property
    def is_contaminated(self) -> bool:
        """Whether so many of the control group were contacted that the comparison is of little."""
        return self.controls > MOST_CONTAMINATED

    def adjust(self, difference: float) -> float | None:
        """The effect on who was contacted because of the plan; nothing where hardly anybody was.

        The difference of the groups as they were drawn is spread over those whom the plan made the difference
        for: it holds if being on a list does nothing by itself.
        """
        gap = self.contacts - self.controls
        return difference / gap if gap >= LEAST_GAP else None

    def describe(self) -> str:
        """What happened, and what that means."""
        told = (
            f"{self.contacts:.1%} of those to be contacted were, and {self.controls:.1%} of the control "
            f"group ({self.others:,} others were as well)."
        )
        if self.is_contaminated:
            told += (
                " The control group is contaminated: the groups are compared as they were drawn, and the "
                "difference is smaller than the effect of a contact."
            )
        return told


def find_reached(people: pd.DataFrame, contacted: pd.Series) -> Reached:
    """Compare the plan with the ids of those who were contacted.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.campaigns import find_reached
        >>> people = pd.DataFrame({"customer_id": ["a", "b"], "group": ["contact", "control"]})
        >>> find_reached(people, pd.Series(["a", "z"])).others
        1
    """
    ids = set(contacted.astype(str))
    hit = people["customer_id"].isin(ids)
    share = hit.groupby(people["group"]).mean()
    return Reached(float(share.get(CONTACT, 0.0)), float(share.get(CONTROL, 0.0)), len(ids) - int(hit.sum()))
