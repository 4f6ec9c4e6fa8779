"""A forecast of spend beside what came: tenths of customers by what was expected, and orders week by week."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

TENTHS: Final = 10


@dataclass(frozen=True)
class LaterValue:
    """What the laws of a day foresaw of the days after it, and what came.

    Attributes:
        cut: The day.
        days: How many days after it were looked at.
        tenths: As `compare_tenths` has it.
        weeks: As `track_orders` has it; None where orders are not known day by day.
    """

    cut: date
    days: int
    tenths: pd.DataFrame
    weeks: pd.DataFrame | None

    @property
    def level(self) -> float | None:
        """How many ordered for each one who was expected to; none where nobody was."""
        expected = float(self.tenths["buyers_expected"].sum())
        return float(self.tenths["buyers"].sum()) / expected if expected > 0 else None


def compare_tenths(forecast: pd.DataFrame, spend: pd.Series) -> pd.DataFrame:
    """Divide customers into tenths by what they were expected to spend, and say what came of each.

    Args:
        forecast: By customer `buys` and `spend`, as a value model has them.
        spend: What the same customers spent.

    Returns:
        A row for each tenth (index `tenth`, 1 for those of whom least was expected): `customers`,
        `buyers_expected`, `buyers`, `spend_expected` and `spend`, which are sums.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.evaluation import compare_tenths
        >>> told = pd.DataFrame({"buys": [0.1, 0.9], "spend": [1.0, 90.0]}, index=["anna", "bert"])
        >>> compare_tenths(told, pd.Series([0.0, 80.0], index=["anna", "bert"]))["spend"].tolist()
        [0.0, 80.0]
    """
    order = forecast["spend"].rank(method="first").to_numpy() - 1
    tenth = pd.Series(np.floor(order * TENTHS / len(order)).astype(np.int64) + 1, index=forecast.index)
    came = spend.reindex(forecast.index)
    table = pd.DataFrame(
        {
            "customers": 1,
            "buyers_expected": forecast["buys"],
            "buyers": (came > 0).astype("int64"),
            "spend_expected": forecast["spend"],
            "spend": came,
        }
    )
    return table.groupby(tenth.rename("tenth")).sum()
