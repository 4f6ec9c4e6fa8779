"""Whether customers come by contract: laws of free trade say nothing of who is billed on a fixed day."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

LEAST_PAIRS: Final = 4  # of neighbouring gaps, before anything is said of a customer
LEAST_JUDGED: Final = 30  # customers, before anything is said of all
REGULAR: Final = 4.0  # order of the gaps, of which chance has 1
MOST_REGULAR: Final = 1 / 3  # share of customers, above which the data looks contractual


@dataclass(frozen=True)
class Regularity:
    """How many customers come at even gaps, of those with gaps enough to tell.

    Attributes:
        regular: Customers whose neighbouring gaps are alike.
        judged: Customers with gaps enough.

    Example:
        >>> from segmentlab.value import Regularity
        >>> Regularity(regular=90, judged=100).note[:46]
        'This looks like subscriptions: 90 of 100 custo'
    """

    regular: int
    judged: int

    @property
    def share(self) -> float:
        """The share of those who can be judged; 0 where nobody can."""
        return self.regular / self.judged if self.judged else 0.0

    @property
    def is_contractual(self) -> bool:
        """Whether so many come evenly that a law of free trade does not apply."""
        return self.judged >= LEAST_JUDGED and self.share > MOST_REGULAR

    @property
    def note(self) -> str:
        """What to say of it: nothing where customers come freely."""
        if not self.is_contractual:
            return ""
        return (
            f"This looks like subscriptions: {self.regular:,} of {self.judged:,} customers come at even "
            "gaps. Whether they are alive is no matter of chance then, as these laws have it: who is late by "
            "their own gap has left, and who is not has stayed."
        )


def measure_regularity(days: pd.DataFrame) -> Regularity:
    """Count customers whose gaps between orders are more even than chance makes them.

    Of two neighbouring gaps the first has a share of both. If orders come by chance the shares scatter
    from 0 to 1; if they come evenly all lie near one half. The order k of an Erlang law that scatters them
    as much is (1 - 4v) / (8v), where v is their mean squared distance from one half (Wheat and Morrison
    1990).

    Args:
        days: A row for each customer and day with an order: `customer_id`, `day`.

    Returns:
        How many have an order of 4 or more. In shops these are 4 to 19 %, of subscribers all.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import measure_regularity
        >>> days = pd.date_range("2024-01-01", periods=8, freq="MS")
        >>> paid = pd.DataFrame([(f"S{who}", day) for who in range(40) for day in days])
        >>> measure_regularity(paid.set_axis(["customer_id", "day"], axis=1)).is_contractual
        True
    """
    ordered = days[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    who = pd.factorize(ordered["customer_id"])[0]
    day = ordered["day"].to_numpy().astype("datetime64[D]").astype(np.int64)
    gaps = np.diff(day)
    own = np.diff(who) == 0
    both = own[1:] & own[:-1]  # two gaps of one customer
    share = gaps[:-1][both] / (gaps[:-1] + gaps[1:])[both]
    owner = who[1:-1][both]
    pairs = np.bincount(owner)
    scatter = np.bincount(owner, (share - 0.5) ** 2)
    judged = pairs >= LEAST_PAIRS
    # k of 4 or more, without a division by nothing where all gaps are equal
    spread = scatter[judged] / pairs[judged]
    return Regularity(int((1 - 4 * spread >= 8 * REGULAR * spread).sum()), int(judged.sum()))
