"""What to expect of customers, judged by the days before: forecast, intervals that were tried, and doubts."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.value.blend import blend_score
from segmentlab.value.hindsight import RHYTHM, fit_law, look_back, summarize_law
from segmentlab.value.intervals import set_levels
from segmentlab.value.model import USUAL_LEVELS, ValueModel
from segmentlab.value.regularity import measure_regularity
from segmentlab.value.rhythms import summarize_rhythms
from segmentlab.value.subscribers import explain_no_rhythm

FORESEEN: Final = (0.8, 1.25)  # buyers for each one expected, in which a level counts as foreseen
YEAR: Final = 365  # days
SEED: Final = 0  # of the places of equal outcomes


@dataclass(frozen=True)
class Outlook:
    """What is expected of each customer, by which model, and what speaks against it.

    Attributes:
        customers: As `ValueModel.forecast` has it, with the score blended where the history allows it.
        model: The model of today: a `RhythmModel` where customers are subscribers.
        levels: Buyers for each one expected, in the horizons that ended today and one horizon ago.
        season: The same in the horizon that began a year ago; None where the log does not reach so far.
        notes: What can't be told, and why.
    """

    customers: pd.DataFrame
    model: ValueModel
    levels: tuple[float, ...]
    season: float | None
    notes: tuple[str, ...]

    @property
    def is_level_foreseen(self) -> bool:
        """Whether probabilities may be taken at their word, or tell no more than who comes before whom."""
        return len(self.levels) == 2 and self.season is not None and are_foreseen(*self.levels, self.season)


def are_foreseen(*levels: float) -> bool:
    """Whether about as many came as were expected, each time."""
    low, high = FORESEEN
    return all(low <= level <= high for level in levels)


def look_ahead(days: pd.DataFrame, as_of: date, horizon: int, law: str = "mbg_nbd") -> Outlook:
    """Forecast orders and spend of every customer, with all that earlier days teach about such forecasts.

    The horizon that ends today widens the intervals until they would have held what they promise, and
    teaches the ridge that the score is blended with. That one, the one before it and the one that began a
    year ago show whether levels are foreseen: a season can make all probabilities too high or too low, and
    ranks still hold.

    Where many customers look like subscribers (`measure_regularity`) the rhythm of each is taken, unless the
    law of free trade foresaw the last horizon better; the notes say so.

    Args:
        days: A row for each customer and day, as `summarize_days` takes them.
        as_of: Today: nothing from this day on counts.
        horizon: Days ahead.
        law: Of orders: `mbg_nbd`, `bg_nbd` or `pareto_nbd`.

    Returns:
        The forecast, the model, and what can't be told.

    Raises:
        DataError: Nobody has ordered before `as_of`, or kept anything.

    Example:
        >>> from datetime import date
        >>> import numpy as np
        >>> import pandas as pd
        >>> from segmentlab.value import look_ahead
        >>> chance = np.random.default_rng(0)
        >>> log = pd.DataFrame({"customer_id": chance.integers(0, 200, 900), "money": 10.0})
        >>> log["day"] = pd.Timestamp("2024-01-01") + pd.to_timedelta(chance.integers(0, 200, 900), unit="D")
        >>> outlook = look_ahead(log, date(2024, 7, 1), 60)
        >>> len(outlook.levels), bool(outlook.customers["buys"].between(0, 1).all())
        (2, True)
    """
    past = days[days["day"] < pd.Timestamp(as_of)]
    if past.empty:
        raise DataError(f"Nobody has ordered before {as_of}, so nothing can be said of what will come.")
    law, rhythm_note = _choose_law(past, as_of, horizon, law)
    people = summarize_law(past, as_of, law)
    model = fit_law(people, law)
    earlier = [look_back(past, as_of - timedelta(days=horizon * number), horizon, law) for number in (1, 2)]
    levels = tuple(one.level for one in earlier if one is not None)
    year_ago = look_back(past, as_of - timedelta(days=max(YEAR, horizon)), horizon, law)
    season = None if year_ago is None else year_ago.level
    last = earlier[0]
    order_levels = spend_levels = USUAL_LEVELS
    if last is not None:
        places = last.model.place_outcomes(last.histories, horizon, last.outcomes, SEED)
        order_levels, spend_levels = (set_levels(places[what].to_numpy()) for what in ("orders", "spend"))
    customers = model.forecast(people, horizon, order_levels=order_levels, spend_levels=spend_levels)
    if last is not None:
        customers = customers.assign(score=blend_score(past, as_of, customers, last))
    notes = [
        *model.notes,
        rhythm_note,
        _doubt_levels(levels, season, horizon),
    ]
    return Outlook(customers, model, levels, season, tuple(note for note in notes if note))


def _choose_law(days: pd.DataFrame, as_of: date, horizon: int, law: str) -> tuple[str, str]:
    """The law that was asked for, or that of subscribers where it foresees better; and what to say of it.

    Few shops have subscribers only: which law does better for a mix shows in the horizon that ended today.
    """
    regularity = measure_regularity(_select_orders(days))
    if not regularity.is_contractual:
        return law, ""
    reason = explain_no_rhythm(summarize_rhythms(days, as_of))
    if reason:
        return law, f"{regularity.note} {reason}"
    free, even = (look_back(days, as_of - timedelta(days=horizon), horizon, name) for name in (law, RHYTHM))
    if free is not None and even is not None and free.error < even.error:
        return law, (
            f"{regularity.note} All others come more freely: {law} foresaw the last {horizon} days of all "
            f"customers better than their rhythm (fit_rhythm_model), so it is taken ({free.error:.3f} "
            f"against {even.error:.3f}, mean square error of the probability of an order)."
        )
    return RHYTHM, (
        f"{regularity.note} So orders are expected by the rhythm of each customer (fit_rhythm_model), and "
        f"not by {law}."
    )


def _select_orders(days: pd.DataFrame) -> pd.DataFrame:
    return days[days["bought"]] if "bought" in days else days


def _doubt_levels(levels: tuple[float, ...], season: float | None, horizon: int) -> str:
    if not levels:
        return (
            f"The log is too short, or knows too few customers, to try a forecast of {horizon} days on an "
            "earlier day: intervals are those of the law, and no level has been tested."
        )
    known = (*levels, *(() if season is None else (season,)))
    if not are_foreseen(*known):
        seen = ", ".join(f"{level:.2f}" for level in known)
        return (
            f"For each customer who was expected to order within {horizon} days, so many did in earlier "
            f"periods: {seen}. So it is known who comes before whom, and not how many will come: use ranks."
        )
    if season is None or len(levels) < 2:
        return (
            f"The log does not hold a year and {horizon} days more, so what the season does to the number of "
            "orders is not known: use ranks."
        )
    return ""
