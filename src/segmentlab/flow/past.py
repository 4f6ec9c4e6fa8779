"""Customers as they were known on an earlier day: what a flow and a value model would have had to go by."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.goods import BeforeAndAfter
from segmentlab.value import ValueModel, fit_value_model


class PastValue(NamedTuple):
    """A value model of an earlier day, and what it foresees of each customer."""

    model: ValueModel
    forecast: pd.DataFrame


@dataclass(frozen=True)
class PastCustomers:
    """Customers as they were known on an earlier day, and what each spent in the days after it."""

    cut: date
    days: int
    features: pd.DataFrame
    rfm: pd.DataFrame  # for the grid that everybody could have drawn
    revenue: pd.Series
    spend: pd.Series
    baskets: BeforeAndAfter | None  # nothing where the log does not name products
    histories: pd.DataFrame | None = None  # of those who had ordered, as a value model takes them
    daily: pd.DataFrame | None = None  # first and repeat orders of each day, until today; of one day only

    @cached_property
    def value(self) -> PastValue | None:
        """What a value model that was fitted on that day foresees; none where there is nothing to fit it to.

        Who had ordered nothing is expected to spend nothing.
        """
        if self.histories is None or self.histories.empty:
            return None
        try:
            model = fit_value_model(self.histories)
        except DataError:
            return None
        forecast = model.forecast(self.histories, self.days, intervals=False)
        return PastValue(model, forecast.reindex(self.features.index).fillna(0.0))
