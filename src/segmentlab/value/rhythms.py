"""How evenly customers order: their gaps, the periods that they left out, and how far off they were."""

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.value.histories import FloatValues, OrderTimes, collapse_histories, summarize_days

RHYTHM_COLUMNS: Final = ("gap", "missed", "scatter")
HALF_A_DAY: Final = 0.5  # nothing is known of an order but its day


@dataclass(frozen=True)
class RhythmTimes(OrderTimes):
    """Histories with the rhythm of each.

    Attributes:
        gap: The customer's period in days.
        doubt: How far it may be off, as a share of itself.
        spread: How far orders are off their day, as a share of the period.
    """

    gap: FloatValues
    doubt: FloatValues
    spread: FloatValues

    @property
    def silence(self) -> FloatValues:
        """Periods without an order until today, who may still come on that day."""
        return np.asarray(np.maximum(self.age - self.recency - HALF_A_DAY, 0) / self.gap)


def summarize_rhythms(days: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Make of the days on which customers ordered their history and their rhythm.

    Args:
        days: A row for each customer and day, as `summarize_days` takes them.
        as_of: The day on which it is asked.

    Returns:
        By customer what `summarize_days` has, and `gap`, the mean days of a period; `missed`, the periods
        that they left out and came back (a gap twice as long as their median is two periods); `scatter`, how
        far orders were off their day on the mean, as a share of the gap. All three are 0 of who came once.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.value import summarize_rhythms
        >>> paid = pd.to_datetime(["2024-01-01", "2024-01-31", "2024-03-01", "2024-04-30", "2024-05-30"])
        >>> days = pd.DataFrame({"customer_id": "anna", "day": paid, "money": 9.99})
        >>> summarize_rhythms(days, date(2024, 6, 20)).loc["anna", ["gap", "missed", "repeats"]].tolist()
        [30.0, 1.0, 4.0]
    """
    histories = summarize_days(days, as_of)
    past = days[days["day"] < pd.Timestamp(as_of)]
    ordered = past[past["bought"]] if "bought" in past else past
    ordered = ordered[["customer_id", "day"]].drop_duplicates().sort_values(["customer_id", "day"])
    gaps = ordered.groupby("customer_id")["day"].diff().dt.days
    table = pd.DataFrame({"customer_id": ordered["customer_id"], "gap": gaps}).dropna()
    each = table.groupby("customer_id")["gap"]
    # None between what came late and the next one, which was in time.
    periods = np.rint(table["gap"] / each.transform("median"))
    sums = table.assign(periods=periods).groupby("customer_id")[["gap", "periods"]].sum()
    sums = sums.assign(
        missed=(sums["periods"] - each.size()).clip(lower=0), gap=sums["gap"] / sums["periods"]
    )
    own = sums["gap"].reindex(table["customer_id"]).to_numpy()
    # A day is known to the day, so that nobody is more even than a day allows.
    off = np.hypot(table["gap"] / own - periods, HALF_A_DAY / own)
    sums["scatter"] = off.groupby(table["customer_id"]).mean()
    return histories.join(sums[["gap", "missed", "scatter"]].reindex(histories.index).fillna(0.0))


def read_rhythms(rhythms: pd.DataFrame) -> OrderTimes:
    """The histories of a table of rhythms, row by row.

    Raises:
        DataError: The table has no rhythm, or one that can't be.
    """
    missing = [name for name in RHYTHM_COLUMNS if name not in rhythms]
    if missing:
        raise DataError(
            f"Rhythms of customers lack {', '.join(missing)}: summarize_rhythms makes them of the days on "
            "which customers ordered."
        )
    times, places = collapse_histories(rhythms)
    values = rhythms[list(RHYTHM_COLUMNS)].to_numpy(dtype=np.float64)
    wrong = ~np.isfinite(values).all(axis=1) | (values < 0).any(axis=1)
    wrong |= (values[:, 0] == 0) != (rhythms["repeats"].to_numpy() == 0)
    if wrong.any():
        raise DataError(
            f"{wrong.sum():,} of {len(wrong):,} customers have a gap, missed periods or a scatter that can't "
            f"be, first '{rhythms.index[wrong.argmax()]}'. Make them with summarize_rhythms, or mend them."
        )
    return times.select(places)
