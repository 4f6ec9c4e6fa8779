"""What a value model can't tell of these customers, in sentences for whoever reads its numbers."""

from collections.abc import Iterator
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.value.fitting import Fit

LEAST_RETURNED: Final = 30  # customers with a second order, before a law is more than a guess
LEAST_AGE: Final = 28.0  # of the oldest customer, in days


def list_doubts(histories: pd.DataFrame, orders: Fit, spend: Fit) -> Iterator[str]:
    """Say what histories are too thin for, and where a fit has no answer.

    Args:
        histories: By customer `repeats`, `recency`, `age` and `spend`.
        orders: The fit of the law of orders.
        spend: The fit of the law of spend.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.value import fit_value_model
        >>> people = pd.DataFrame({"repeats": [0, 2, 1], "recency": [0, 5, 3], "age": 7})
        >>> for note in fit_value_model(people.assign(spend=[5.0, -1.0, 8.0])).notes[:3]:
        ...     print(note[:50])
        Only 2 customers ordered a second time, and 30 are
        1 of 3 customers kept nothing (refunds taken off):
        The first order was 7 units of time ago: of longer
    """
    returned = int((histories["repeats"] > 0).sum())
    if not returned:
        yield (
            "Nobody ordered a second time, so how often customers come back and when they leave can't be "
            "told, nor how much the orders of one customer differ: that hardly any order is expected says "
            "no more than that nobody has come back yet."
        )
    elif returned < LEAST_RETURNED:
        yield (
            f"Only {returned} customers ordered a second time, and {LEAST_RETURNED} are needed before a law "
            "of orders is more than a guess."
        )
    kept_nothing = int((histories["spend"] <= 0).sum())
    if kept_nothing:
        yield (
            f"{kept_nothing:,} of {len(histories):,} customers kept nothing (refunds taken off): the law of "
            "spend is fitted without them, and they count as having spent nothing."
        )
    if len(histories) > 1 and np.ptp(histories["spend"].to_numpy(dtype=np.float64)) == 0:
        yield "All customers spend alike, so how much orders differ can't be told: intervals are too narrow."
    oldest = float(histories["age"].max())
    if oldest < LEAST_AGE:
        yield f"The first order was {oldest:g} units of time ago: of longer horizons little can be told."
    yield from _doubt_fit("orders", orders)
    yield from _doubt_fit("spend", spend)


def _doubt_fit(what: str, fit: Fit) -> Iterator[str]:
    if not fit.converged:
        yield f"The fit of {what} did not come to its end: its numbers are not to be relied on."
    elif fit.at_bounds:
        yield (
            f"The data does not tell {', '.join(fit.at_bounds)} of the law of {what}: it stands at the end "
            "of what is allowed."
        )
