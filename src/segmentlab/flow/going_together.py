"""What goes together, of the customers of a segmentation or of a log alone."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.flow.result import FittedSegments, Result
from segmentlab.flow.steps import StepTimer
from segmentlab.goods import BasketLimits, BasketPortrait, gather_baskets, portray_baskets
from segmentlab.modelling import NOISE
from segmentlab.transactions import CleaningRule, CustomersOnly, Dataset, clean_until


def find_together(
    dataset: Dataset | CustomersOnly,
    cleaning: Mapping[str, CleaningRule],
    as_of: date | None,
    labels: pd.Series,
    names: Mapping[int, str],
    limits: BasketLimits,
) -> BasketPortrait:
    """The rules of what cleaning leaves before the day, overall and by the labels of customers.

    An error says why there are none.
    """
    if isinstance(dataset, CustomersOnly):
        raise DataError(f"{dataset.name} has customers and no transactions, so there are no baskets.")
    cleaned, _ = clean_until(dataset, cleaning, as_of)
    baskets = gather_baskets(cleaned.transactions)
    if isinstance(baskets, str):
        raise DataError(f"{dataset.source}: nothing can go together: {baskets}.")
    found = portray_baskets(baskets, labels, names, limits)
    if len(labels) and not found.parts["baskets"].iloc[1:].any():
        raise DataError(
            f"None of the {len(labels):,} customers with a segment has a basket here: they are "
            f"{', '.join(map(repr, labels.index[:3]))}. Give the segments of the customers of this log."
        )
    return found


def find_segment_rules(
    dataset: Dataset | CustomersOnly, found: FittedSegments | Result, limits: BasketLimits
) -> BasketPortrait:
    """The rules of the customers that were segmented, overall and in each of the segments."""
    labels = found.customers.set_index("customer_id")["segment"]
    plan, names = found.plan, found.portrait.called
    inside = labels[labels != NOISE]
    return find_together(dataset, plan.cleaning, plan.as_of, inside, names, limits)


def add_baskets(result: Result, opened: Callable[[], Dataset | CustomersOnly], steps: StepTimer) -> Result:
    """The same with what goes together, where the plan asks for it; a text says why there is nothing.

    Only then the data is opened, of which features may be known without it.
    """
    plan = result.plan
    if plan.baskets is None:
        return result
    with steps("baskets"):
        try:
            found = find_segment_rules(opened(), result, plan.baskets)
        except (ConfigError, DataError) as error:
            return replace(result, baskets=str(error))
    return replace(result, baskets=found)
